package agent

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// retry is how long to wait before a call is made again: longer each time, never the same for two agents, and at least as long as
// the server asks for.
type retry struct {
	first, most time.Duration
	now         time.Duration
}

// mostAsked bounds what a server may ask for.
const mostAsked = 10 * time.Minute

func (a *Agent) newRetry() *retry {
	return &retry{first: a.config.RetryFirst, most: a.config.RetryMost, now: a.config.RetryFirst}
}

func (r *retry) reset() { r.now = r.first }

// wait waits after err, or until ctx is done.
func (r *retry) wait(ctx context.Context, err error) {
	select {
	case <-ctx.Done():
	case <-time.After(r.next(err)):
	}
}

func (r *retry) next(err error) time.Duration {
	pause := r.now/2 + rand.N(r.now/2+1)
	r.now = min(2*r.now, r.most)
	var status *statusError
	if errors.As(err, &status) && status.retryAfter > pause {
		pause = min(status.retryAfter, mostAsked) + rand.N(r.first)
	}
	return pause
}
