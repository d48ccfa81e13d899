package api

import (
	"context"
	"fmt"
)

// counter is where those queue who have to prove who they are: a few are attended to at once, and the line in front is short.
type counter struct {
	windows chan struct{}
	line    chan struct{} // those at the windows, too
}

// lineAtWindow is how many may stand in line for each window.
const lineAtWindow = 64

func newCounter(windows int) *counter {
	return &counter{windows: make(chan struct{}, windows), line: make(chan struct{}, windows*(1+lineAtWindow))}
}

// enter waits for a window, which leave gives back. Its errors are a problem (429) when the line is too long, and ctx's.
func (c *counter) enter(ctx context.Context) (leave func(), err error) {
	select {
	case c.line <- struct{}{}:
	default:
		return nil, tooManyCredentials()
	}
	select {
	case c.windows <- struct{}{}:
		return func() { <-c.windows; <-c.line }, nil
	case <-ctx.Done():
		<-c.line
		return nil, fmt.Errorf("wait for a place to verify credentials: %w", ctx.Err())
	}
}

func tooManyCredentials() *problem {
	return tooMany(boundCredentials, "As many credentials are verified as may; try again later.", retryAfter)
}
