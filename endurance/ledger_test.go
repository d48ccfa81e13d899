package endurance

import (
	"sync"
	"time"
)

// ledger is what callers and people were told.
type ledger struct {
	mu      sync.Mutex
	calls   []call
	cancels map[string]said      // by experience_id: the last word
	tooLate map[string]time.Time // by experience_id: when it was said that it is closed already
	talks   map[int]talk         // by errand
	dummies map[int]*dummy       // by errand
	sent    int
	taken   int
}

func newLedger() *ledger {
	return &ledger{cancels: map[string]said{}, tooLate: map[string]time.Time{}, talks: map[int]talk{}, dummies: map[int]*dummy{}}
}

// said is how a call was answered.
type said string

const (
	accepted      said = "accepted"
	beingResolved said = "refused: being resolved"
	notAwaited    said = "refused: not awaited"
	unclear       said = "unclear" // no answer, or one after which nobody knows
	strange       said = "strange" // an answer that nobody should get

	overtaken said = "refused: somebody was first"

	cancelled     said = "cancelled"
	closedAlready said = "closed already"
)

// call is one report that was sent, and what its caller was told.
type call struct {
	Errand         int
	ID             string // as given; "" without
	Chained        bool   // it goes on with an issue
	Code, Person   string
	Sent, Answered time.Time
	Said           said
	Got            string // the id in the answer
	Text           string // of a strange answer
}

// talk is what came of the replies of a person.
type talk struct {
	Heard   []string // replies that were acknowledged
	Unclear string   // the one after those, of which nobody knows; ""
}

func (l *ledger) noteCall(c call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
	l.sent++
	if c.Said == accepted {
		l.taken++
	}
}

func (l *ledger) noteCancel(id string, s said) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancels[id] = s; s == closedAlready {
		l.tooLate[id] = time.Now()
	}
}

func (l *ledger) noteTalk(n int, t talk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.talks[n] = t
}

func (l *ledger) noteDummy(n int, d *dummy) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dummies[n] = d
}

func (l *ledger) counts() (sent, taken int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent, l.taken
}
