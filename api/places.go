package api

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// places bounds how many requests are worked on at once, and how much their bodies take. Whoever finds no place waits in a queue
// that is as long as there are places, and not for long. One guest, and all strangers together, get at most half of the places, of
// the room for bodies and of the queue: somebody who sends without end, or byte by byte, does not keep the others out.
type places struct {
	patience time.Duration

	mu     sync.Mutex
	taken  share
	bodies share // bytes
	queued share
	queue  []*queuer
}

// place is what a request has while it is worked on.
type place struct {
	guest guest
	body  int // bytes that are kept free for it
}

// queuer waits for a place.
type queuer struct {
	place
	called chan struct{} // closed when the place is there
}

// bodyOfPlace is how much body there is room for per place, in bytes.
const bodyOfPlace = 1 << 20

func newPlaces(config Config) *places {
	bytes := max(config.MaxRequests*bodyOfPlace, 2*int(config.MaxBody)) // so that half is enough for one body
	return &places{patience: config.QueueTimeout, taken: newHalves(config.MaxRequests), bodies: newHalves(bytes), queued: newHalves(config.MaxRequests)}
}

// enter takes a place, which leave gives back; false when there is none in time. A newcomer overtakes those only who wait for
// others of their own guest to leave, or for more room.
func (p *places) enter(ctx context.Context, at place) bool {
	p.mu.Lock()
	if p.take(at) {
		p.mu.Unlock()
		return true
	}
	if !p.queued.take(at.guest, 1) {
		p.mu.Unlock()
		return false
	}
	q := &queuer{place: at, called: make(chan struct{})}
	p.queue = append(p.queue, q)
	p.mu.Unlock()
	return p.wait(ctx, q)
}

// take and dequeue must be called with mu held.
func (p *places) take(at place) bool {
	if !p.taken.take(at.guest, 1) {
		return false
	}
	if !p.bodies.take(at.guest, at.body) {
		p.taken.give(at.guest, 1)
		return false
	}
	return true
}

func (p *places) wait(ctx context.Context, q *queuer) bool {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	select {
	case <-q.called:
		return true
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.queue, q)
	if i < 0 {
		return true // it was called at the same moment
	}
	p.dequeue(i)
	return false
}

// leave gives the place, and what it had room for, to the first in the queue who may have it.
func (p *places) leave(at place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken.give(at.guest, 1)
	p.bodies.give(at.guest, at.body)
	for i := 0; i < len(p.queue) && p.taken.had < p.taken.all; {
		if q := p.queue[i]; p.take(q.place) {
			p.dequeue(i)
			close(q.called)
		} else {
			i++
		}
	}
}

func (p *places) dequeue(i int) {
	p.queued.give(p.queue[i].guest, 1)
	p.queue = slices.Delete(p.queue, i, i+1)
}

func (p *places) count() (taken, queued int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken.had, p.queued.had
}

// place lets a request be worked on, with room for its body, before the body is read.
func (d *Door) place(c *gin.Context) {
	v := visitOf(c)
	at := place{guestOf(c), d.bodyOf(c)}
	if !d.places.enter(c.Request.Context(), at) {
		fail(c, tooBusy())
		return
	}
	v.place = &at
	defer d.leavePlace(v)
	c.Next()
}

// bodyOf is how much of the body may be kept, in bytes.
func (d *Door) bodyOf(c *gin.Context) int {
	most, said := int(d.config.MaxBody), c.Request.ContentLength
	switch called := visitOf(c).call; {
	case called == nil:
		return 0 // it is not read
	case called.page:
		most = maxForm
	}
	if said < 0 {
		return most // it does not say
	}
	return int(min(said, int64(most)))
}

// leavePlace makes room for others; who only waits for news needs none.
func (d *Door) leavePlace(v *visit) {
	if v.place == nil {
		return
	}
	d.places.leave(*v.place)
	v.place = nil
}

func tooBusy() *problem {
	return tooMany(boundPlaces, "The server works on as many requests at once as it may; try again later.", retryAfter)
}
