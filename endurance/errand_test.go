package endurance

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// errand is one thing that the driver does: a report, and what belongs to it. All of it is decided by the seed alone.
type errand struct {
	N        int
	At       time.Duration // since the start
	Code     string        // of the issue, in testdata/catalogue.yaml
	Person   string        // user_name
	API      int           // which of the two is asked first
	Device   int           // whose agent is to act, where one is
	Nameless bool          // the service is to make the experience_id
	Twin     twin
	Cancel   time.Duration // after so long it is called off; 0: not
	Next     bool          // it goes on with a chained report
	Replies  []string      // what the person says, in this order; then nothing
	Thinks   time.Duration // before each reply
}

// twin is a second report that is sent at the same moment.
type twin string

const (
	alone      twin = ""
	sameID     twin = "same id"     // the same report, as of a caller who does not know that it was sent
	sameMatter twin = "same matter" // another id, the same person and code
)

// mix is how often each code is reported, in parts.
var mix = []struct {
	code  string
	parts int
}{
	{"quick", 14}, {"slow", 14}, {"fails", 4}, {"fails-quietly", 2}, {"fails-live", 4}, {"hangs", 3}, {"once", 10}, {"once-hangs", 3}, {"incident", 3},
	{"end", 7}, {"end-once", 7}, {"end-soon", 7}, {"next", 8}, {"expires", 3}, {"tell", 4}, {"ask", 18}, {"team", 6},
}

// replies are what people say who are asked.
var replies = [][]string{
	{"accept", "consent", "helped", "feedback"},
	{"accept", "consent", "helped"},
	{"accept", "consent", "not_helped"},
	{"accept", "consent"},
	{"accept", "refuse"},
	{"accept"},
	{"decline"},
	nil,
}

const (
	perSecond   = 5    // errands
	peopleCount = 1200 // each is reported about every few minutes, so nobody is asked about two things at once
	maxThink    = 4    // seconds
)

// plan is the endless list of errands of a seed.
type plan struct {
	random *rand.Rand
	last   errand
}

func newPlan(seed uint64) *plan { return &plan{random: rand.New(rand.NewPCG(seed, 1))} }

func (p *plan) next() errand {
	e := errand{N: p.last.N + 1, At: p.last.At + p.upTo(2*time.Second/perSecond), Code: p.code(), API: p.random.IntN(2), Device: p.random.IntN(2)}
	e.Person = fmt.Sprintf("person-%d", e.N%peopleCount)
	e.Nameless = p.oneIn(12) && !e.ends() // a repeat would be about a process that is gone
	e.Next = e.Code == "next" && !p.oneIn(5)
	if p.oneIn(10) && !e.asks() && !e.Nameless {
		e.Twin = []twin{sameID, sameMatter}[p.random.IntN(2)]
	}
	if e.Twin == sameMatter && e.ends() {
		e.Twin = sameID
	}
	if p.oneIn(8) || e.Code == "end-soon" && p.oneIn(2) {
		e.Cancel = 10*time.Millisecond + p.upTo(3*time.Second)
	}
	if e.Code == "ask" {
		e.Replies, e.Thinks = replies[p.random.IntN(len(replies))], p.upTo(maxThink*time.Second)
	}
	p.last = e
	return e
}

func (p *plan) upTo(most time.Duration) time.Duration {
	return time.Duration(p.random.Int64N(int64(most)))
}

func (p *plan) oneIn(n int) bool { return p.random.IntN(n) == 0 }

func (p *plan) code() string {
	all := 0
	for _, m := range mix {
		all += m.parts
	}
	drawn := p.random.IntN(all)
	for _, m := range mix {
		if drawn -= m.parts; drawn < 0 {
			return m.code
		}
	}
	panic("the parts do not add up")
}

// asks tells whether a person is written to.
func (e errand) asks() bool { return e.Code == "ask" || e.Code == "tell" }

// ends tells whether an agent is to end a process.
func (e errand) ends() bool { return e.Code == "end" || e.Code == "end-once" }

// id is the experience_id that the caller gives; "" when the service is to make one.
func (e errand) id() string {
	if e.Nameless {
		return ""
	}
	return fmt.Sprintf("errand-%d", e.N)
}
