package api

import (
	"crypto/sha256"
	"net/netip"
	"strconv"
	"time"
)

// wrongGuesses counts wrong passwords by user name and by address. A name that nobody has is counted like any other, so
// that the limit tells nothing about who exists.
type wrongGuesses struct {
	limit  int
	window time.Duration
	counts *memory[guesser, int]
}

// guesser is what is counted by: "user name" or "address", and which. A name is as long as the caller likes, so its hash is kept.
type guesser struct {
	rule string
	who  [sha256.Size]byte
}

func guesserOf(rule, who string) guesser { return guesser{rule, sha256.Sum256([]byte(who))} }

// guessersMost bounds the table: some 2 MB.
const guessersMost = 20_000

func newWrongGuesses(limit int, window time.Duration) *wrongGuesses {
	return &wrongGuesses{limit: limit, window: window, counts: newMemory[guesser, int](guessersMost, window)}
}

func guessers(name, address string) []guesser {
	of := []guesser{guesserOf("address", network(address))}
	if name != "" {
		of = append(of, guesserOf("user name", name))
	}
	return of
}

// network is whom an address belongs to: of IPv6 that is a /64, as one host has as many addresses in it as it likes.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

func (w *wrongGuesses) count(name, address string) {
	for _, g := range guessers(name, address) {
		w.counts.change(g, func(n int) int { return n + 1 })
	}
}

// forgive forgets the wrong passwords of a name that has proved itself; its address may be many people's.
func (w *wrongGuesses) forgive(name string) { w.counts.forget(guesserOf("user name", name)) }

// tooMany is the platform's 429, or nil.
func (w *wrongGuesses) tooMany(name, address string) error {
	for _, g := range guessers(name, address) {
		if n, until, ok := w.counts.get(g); ok && n >= w.limit {
			return w.exceeded(g, until)
		}
	}
	return nil
}

func (w *wrongGuesses) exceeded(g guesser, until time.Time) *problem {
	perHour := int(float64(w.limit) * float64(time.Hour) / float64(w.window))
	rule := "wrong passwords of one " + g.rule
	p := tooMany(boundGuesses, beyondRate(perHour, rule), until.Sub(w.counts.now()))
	p.header["X-RateLimit-Limit"] = strconv.Itoa(perHour)
	p.header["X-RateLimit-Reset"] = strconv.FormatInt(until.Unix(), 10)
	p.header["X-RateLimit-Rule"] = rule
	return p
}
