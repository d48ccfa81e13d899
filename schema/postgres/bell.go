package postgres

import (
	"sync"
)

// The topics that can be rung for, and what their keys are.
const (
	topicInbox = "inbox" // a row waits for the relay; key ""
	topicJob   = "job"   // a job is offered to a device; key: sys_id of the computer
	topicIssue = "issue" // an issue's timeline has grown; key: experience_id
)

// anyKey waits for all keys of a topic.
const anyKey = "*"

// bell wakes those who wait for something in the database: those of this process at once through a channel, those of other
// processes through one NOTIFY for many rings (see notify.go). A ring says "look again", never what is there: one that gets
// lost costs time, not data.
type bell struct {
	mu      sync.Mutex
	waiting map[ring]map[chan struct{}]struct{}
	outside map[ring]struct{} // to be told to other processes; nil while nobody tells them
	dropped bool              // more rings than outside may hold: everybody is to look
	changed chan struct{}     // outside is no longer empty
	stop    func()
}

type ring struct{ topic, key string }

// maxOutside bounds what waits to be told to other processes.
const maxOutside = 4096

func newBell() *bell {
	return &bell{waiting: map[ring]map[chan struct{}]struct{}{}, changed: make(chan struct{}, 1), stop: func() {}}
}

// ring wakes everybody who waits for topic and key, here and elsewhere.
func (b *bell) ring(topic, key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := ring{topic, key}
	b.wake(r)
	if b.outside == nil {
		return
	}
	if len(b.outside) < maxOutside {
		b.outside[r] = struct{}{}
	} else {
		b.dropped = true
	}
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// wait tells when topic and key are rung for, once per ring or more seldom. The caller ends it with stop.
func (b *bell) wait(topic, key string) (woken <-chan struct{}, stop func()) {
	r, c := ring{topic, key}, make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting[r] == nil {
		b.waiting[r] = map[chan struct{}]struct{}{}
	}
	b.waiting[r][c] = struct{}{}
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiting[r], c)
		if len(b.waiting[r]) == 0 {
			delete(b.waiting, r)
		}
	}
}

// wake must be called with mu held.
func (b *bell) wake(r ring) {
	for _, waiting := range []map[chan struct{}]struct{}{b.waiting[r], b.waiting[ring{r.topic, anyKey}]} {
		for c := range waiting {
			select {
			case c <- struct{}{}:
			default:
			}
		}
	}
}

func (b *bell) wakeAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for r := range b.waiting {
		b.wake(r)
	}
}

// takeOutside empties what other processes are to be told.
func (b *bell) takeOutside() (rings []ring, dropped bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for r := range b.outside {
		rings = append(rings, r)
	}
	clear(b.outside)
	dropped, b.dropped = b.dropped, false
	return rings, dropped
}

// tellAll lets everybody look, as some rings could not be told.
func (b *bell) tellAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropped = true
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

func (b *bell) close() { b.stop() }
