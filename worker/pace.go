package worker

import (
	"sync"
	"time"
)

const (
	leastPlaces = 2
	mostPlaces  = 64
)

// pace finds out how many messages may be on their way to Temporal at once, from how long calls take. Temporal serves its callers before
// its own tasks: a crowd of runs that are started at once keeps back what the first ones have asked for, until calls time out and the
// tasks in their answers are lost. So there are as many as make few of them wait for each other there: two or three where one machine
// does everything, dozens where the way is long. (TCP Vegas does it like that.)
type pace struct {
	mu      sync.Mutex
	places  int
	fastest time.Duration // of the calls lately: what one takes that waits for no other
}

// after learns how long a call took, and whether all places were taken. It tells how many places that makes free: 1, or 2 where there
// is to be one more, or 0 where there is to be one less.
func (p *pace) after(took time.Duration, allTaken bool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fastest == 0 || took < p.fastest {
		p.fastest = max(took, time.Microsecond)
	}
	p.fastest += p.fastest / 10_000 // what is long ago is forgotten
	waiting := float64(p.places) * float64(took-p.fastest) / float64(took+1)
	switch {
	case waiting < 1 && allTaken && p.places < mostPlaces:
		p.places++
		return 2
	case waiting > 2 && p.places > leastPlaces:
		p.places--
		return 0
	}
	return 1
}
