package api

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/semaphore"
)

// places bounds how many requests are worked on at once, and how much their bodies take. Whoever finds no place waits in a queue
// that is as long as there are places, and not for long. One guest, and all strangers together, get at most half of the places and
// of the queue: somebody who sends without end, or byte by byte, does not keep the others out.
type places struct {
	patience time.Duration
	bodies   *semaphore.Weighted // bytes

	mu     sync.Mutex
	taken  share
	queued share
	queue  []*queuer
}

// queuer waits for a place.
type queuer struct {
	guest  guest
	called chan struct{} // closed when the place is there
}

// bodyOfPlace is how much body there is room for per place, in bytes.
const bodyOfPlace = 1 << 20

func newPlaces(config Config) *places {
	half := (config.MaxRequests + 1) / 2
	return &places{
		patience: config.QueueTimeout,
		bodies:   semaphore.NewWeighted(max(int64(config.MaxRequests)*bodyOfPlace, config.MaxBody)),
		taken:    newShare(config.MaxRequests, half, half),
		queued:   newShare(config.MaxRequests, half, half),
	}
}

// enter takes a place, which leave gives back; false when there is none in time. A newcomer overtakes those only who wait for
// others of their own guest to leave.
func (p *places) enter(ctx context.Context, g guest) bool {
	p.mu.Lock()
	if p.taken.take(g) {
		p.mu.Unlock()
		return true
	}
	if !p.queued.take(g) {
		p.mu.Unlock()
		return false
	}
	q := &queuer{guest: g, called: make(chan struct{})}
	p.queue = append(p.queue, q)
	p.mu.Unlock()
	return p.wait(ctx, q)
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

// leave gives the place to the first in the queue who may have it.
func (p *places) leave(g guest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken.give(g)
	for i, q := range p.queue {
		if p.taken.take(q.guest) {
			p.dequeue(i)
			close(q.called)
			return
		}
	}
}

// dequeue must be called with mu held.
func (p *places) dequeue(i int) {
	p.queued.give(p.queue[i].guest)
	p.queue = slices.Delete(p.queue, i, i+1)
}

// room waits until there is memory for a body of so many bytes, which bodies.Release gives back.
func (p *places) room(ctx context.Context, size int64) bool {
	if p.bodies.TryAcquire(size) {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	return p.bodies.Acquire(ctx, size) == nil
}

func (p *places) count() (taken, queued int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken.had, p.queued.had
}

// place lets a request be worked on, with room for its body, before the body is read.
func (d *Door) place(c *gin.Context) {
	v, g := visitOf(c), guestOf(c)
	if !d.places.enter(c.Request.Context(), g) {
		fail(c, tooBusy())
		return
	}
	v.place = &place{guest: g}
	defer d.leavePlace(v)
	size := min(c.Request.ContentLength, d.config.MaxBody)
	if size < 0 {
		size = d.config.MaxBody // it does not say
	}
	if !d.places.room(c.Request.Context(), size) {
		fail(c, tooBusy())
		return
	}
	v.place.body = size
	c.Next()
}

// place is what a request has while it is worked on.
type place struct {
	guest guest
	body  int64 // bytes that are kept free for it
}

// leavePlace makes room for others; who only waits for news needs none.
func (d *Door) leavePlace(v *visit) {
	if v.place == nil {
		return
	}
	d.places.bodies.Release(v.place.body)
	d.places.leave(v.place.guest)
	v.place = nil
}

func tooBusy() *problem {
	return tooMany(boundPlaces, "The server works on as many requests at once as it may; try again later.", retryAfter)
}
