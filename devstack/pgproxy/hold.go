package pgproxy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A Phase is where traffic stops.
type Phase int

const (
	// Before: Postgres has not been told to run the statement yet.
	Before Phase = iota
	// AfterExecute: Postgres has run it and the whole answer, up to the next sync, is here; the client has seen none of it.
	AfterExecute
)

// A Held is traffic that stops once, at the first statement that fits, on whichever connection.
type Held struct {
	match    string
	phase    Phase
	ofCommit bool

	reached, released, dropped   chan struct{}
	reachOnce, releaseOnce, drop sync.Once
}

// Hold stops the next statement whose text contains match.
func (p *Proxy) Hold(match string, phase Phase) *Held { return p.hold(match, phase, false) }

// BeforeCommitOf stops the COMMIT of the next transaction that runs a statement whose text contains match.
func (p *Proxy) BeforeCommitOf(match string) *Held { return p.hold(match, Before, true) }

// AfterCommitOf stops the answer to that COMMIT: Postgres has committed, the client does not know.
func (p *Proxy) AfterCommitOf(match string) *Held { return p.hold(match, AfterExecute, true) }

func (p *Proxy) hold(match string, phase Phase, ofCommit bool) *Held {
	h := &Held{match: match, phase: phase, ofCommit: ofCommit,
		reached: make(chan struct{}), released: make(chan struct{}), dropped: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds = append(p.holds, h)
	return h
}

// Wait returns when the traffic has stopped here.
func (h *Held) Wait(ctx context.Context) error {
	select {
	case <-h.reached:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("no statement with %q came: %w", h.match, ctx.Err())
	}
}

// Release lets the traffic go on. Before it has stopped, that means: do not stop.
func (h *Held) Release() { h.releaseOnce.Do(func() { close(h.released) }) }

// Drop cuts the connection that is held, both to the client and to Postgres. Before it has stopped, it will be cut there.
func (h *Held) Drop() { h.drop.Do(func() { close(h.dropped) }) }

// stop waits for the test's decision and reports whether to go on, which makes no sense once the connection has ended.
func (h *Held) stop(ended <-chan struct{}) bool {
	h.reachOnce.Do(func() { close(h.reached) })
	select {
	case <-h.dropped:
		return false
	case <-ended:
		return false
	case <-h.released:
		return true
	}
}

// claim takes the holds that a statement on connection c fulfils.
func (p *Proxy) claim(c *connection, statement string) []*Held {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	var claimed []*Held
	p.holds = slices.DeleteFunc(p.holds, func(h *Held) bool {
		fits := strings.Contains(statement, h.match)
		if h.ofCommit {
			if fits {
				c.armed[h] = true
			}
			fits = c.armed[h] && isCommit(statement)
		}
		if fits {
			claimed = append(claimed, h)
		}
		return fits
	})
	return claimed
}

func isCommit(statement string) bool {
	first, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(statement)), " ")
	first = strings.TrimRight(first, ";")
	return first == "COMMIT" || first == "END"
}
