package activities

import (
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"time"
)

// Hosts bounds how many requests and mails of this process are on their way to one host at once. A host that is slow, or hangs,
// so holds only as many of a worker's places; a request beyond them gives its place back and comes again when it may be its turn.
type Hosts struct {
	perHost int

	mu      sync.Mutex
	hosts   map[string]*host // by host:port, those with something on its way
	held    int
	refused int64
}

// How many requests may be on their way to one host at once: unless somebody says otherwise, and at most.
const (
	DefaultPerHost = 50
	MaxPerHost     = 64
)

// NewHosts makes a bound of perHost requests to each host, from 1 to MaxPerHost.
func NewHosts(perHost int) *Hosts { return &Hosts{perHost: perHost, hosts: map[string]*host{}} }

// host is one with requests on their way.
type host struct {
	held  int
	takes time.Duration // a request, of late
	turn  time.Time     // of the one that was refused last
}

// BusyError is a host that has as many requests on their way as may be.
type BusyError struct {
	host string
	wait time.Duration // until it may be this one's turn
}

func (e *BusyError) Error() string {
	return spelt(e.host) + " has as many requests on their way as may be at once."
}

// Enter takes a place among those of a host:port, until leave is called, once; busy is not nil when there is none.
func (h *Hosts) Enter(name string) (leave func(), busy *BusyError) {
	h.mu.Lock()
	defer h.mu.Unlock()
	to, known := h.hosts[name]
	if !known {
		to = &host{takes: time.Second}
		h.hosts[name] = to
	}
	if to.held >= h.perHost {
		h.refused++
		return nil, &BusyError{name, to.wait(h.perHost)}
	}
	to.held++
	h.held++
	began := time.Now()
	return func() { h.leave(name, time.Since(began)) }, nil
}

func (h *Hosts) leave(name string, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	to := h.hosts[name]
	to.takes = (7*to.takes + took) / 8
	to.held--
	h.held--
	if to.held == 0 {
		delete(h.hosts, name)
	}
}

// wait gives everybody who is refused a turn, at the pace at which the host lets requests go: however many they are, they do not
// come again more often than there are places for them, and not all at once.
func (t *host) wait(perHost int) time.Duration {
	now := time.Now()
	if t.turn.Before(now) {
		t.turn = now
	}
	t.turn = t.turn.Add(max(t.takes/time.Duration(perHost), time.Millisecond))
	wait := t.turn.Sub(now)
	return wait + rand.N(wait/5+time.Millisecond)
}

// Count tells how many requests are on their way, and how many were refused since the process began.
func (h *Hosts) Count() (held int, refused int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held, h.refused
}

// visit is one exchange, and the hosts that it has come to.
type visit struct {
	hosts *Hosts
	leave map[string]func() // of each
}

func (h *Hosts) visit() *visit { return &visit{h, map[string]func(){}} }

// enter takes a place among those of the host of u, unless the visit has one.
func (v *visit) enter(u *url.URL) *BusyError {
	name := net.JoinHostPort(canonical(u.Hostname()), portOf(u))
	if v.leave[name] != nil {
		return nil
	}
	leave, busy := v.hosts.Enter(name)
	if busy == nil {
		v.leave[name] = leave
	}
	return busy
}

// end gives all places back.
func (v *visit) end() {
	for _, leave := range v.leave {
		leave()
	}
}
