package api

import (
	"sync"

	"github.com/gin-gonic/gin"
)

// guest is whom something scarce is given to: an account, a device, a link, or somebody of whom only the address is known.
type guest struct {
	kind guestKind
	name string
}

type guestKind int

const (
	guestStranger guestKind = iota // by network
	guestAccount
	guestDevice // by its CI
	guestLink   // by the hash of its token
)

// guestOf is who has been let in.
func guestOf(c *gin.Context) guest {
	if name := visitOf(c).account.UserName; name != "" {
		return guest{guestAccount, name}
	}
	if ci := ciOf(c); ci != "" {
		return guest{guestDevice, ci}
	}
	return guest{guestStranger, network(c.ClientIP())}
}

// share counts who has how much of something, and how much all, one guest, and all strangers together may have. Of what is kept for
// strangers one gets half.
type share struct {
	all, each, strangers int
	had, hadByStrangers  int
	by                   map[guest]int
}

func newShare(all, each, strangers int) share {
	return share{all: all, each: each, strangers: strangers, by: map[guest]int{}}
}

// newHalves keeps half of all for others than one guest, and for others than strangers.
func newHalves(all int) share { return newShare(all, (all+1)/2, (all+1)/2) }

// take gives g n more; false when that is too much.
func (s *share) take(g guest, n int) bool {
	each, stranger := s.each, g.kind == guestStranger
	if stranger {
		each = (s.strangers + 1) / 2
	}
	if s.had+n > s.all || s.by[g]+n > each || stranger && s.hadByStrangers+n > s.strangers {
		return false
	}
	s.add(g, n)
	return true
}

func (s *share) give(g guest, n int) { s.add(g, -n) }

func (s *share) add(g guest, n int) {
	s.had += n
	if g.kind == guestStranger {
		s.hadByStrangers += n
	}
	if s.by[g] += n; s.by[g] == 0 {
		delete(s.by, g)
	}
}

// waiters bounds how many wait for news at once, in this process and of one guest. A waiter costs a connection and some memory.
type waiters struct {
	mu sync.Mutex
	share
}

const (
	maxStreams     = 2000 // pages that listen
	streamsOfALink = 6
	maxIssueWaits  = 1000 // requests that wait for news of an issue
	waitsOfAccount = maxIssueWaits / 2
	maxFeedWaits   = 64 // requests that wait for outcomes, each looking for itself
	feedsOfAccount = maxFeedWaits / 2
	maxDeviceWaits = 8000 // agents that wait for a job
	waitsOfDevice  = 6    // one is alive; others may not have been noticed to be gone
)

func newWaiters(all, each int) *waiters { return &waiters{share: newShare(all, each, all)} }

// enter lets g wait until leave is called; false when too many do.
func (w *waiters) enter(g guest) (leave func(), ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.take(g, 1) {
		return nil, false
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.give(g, 1)
	}, true
}

func (w *waiters) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.had
}

func tooManyWait(bound string) *problem {
	return tooMany(bound, "As many requests wait for news as may; try again later.", retryAfter)
}
