package backtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// However many people report, what no limit looks back to any more is forgotten.
func TestTheLedgerForgetsWhatNoLimitLooksBackTo(t *testing.T) {
	l := newLedger()
	start := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	limits := schema.Limits{Freeze: time.Hour, Contacts: 1, ContactWindow: time.Hour}
	for n := range 3 * sweepEvery {
		at := start.Add(time.Duration(n) * time.Minute)
		user := fmt.Sprint(n)
		f := schema.StepFacts{User: user, Registry: "row", Now: at, Limits: limits}
		p := schema.PastStep{ExperienceID: user, User: user, At: at, Begun: &at, Closed: &at, Plan: &schema.Plan{Conversation: n%2 == 0}}
		o := outcome{facts: f, decision: schema.Decision{ContactAt: at}}
		if n%2 == 1 {
			o.decision.Conversation = &schema.Conversation{}
		}
		l.note(p, o)
	}
	require.Less(t, len(l.rows), 200)
	require.Less(t, len(l.contacts), 200)
	require.Less(t, len(l.quiet), 200)
	require.NotEmpty(t, l.rows)
}

func TestTheNthLatestIsCountedFromTheLatest(t *testing.T) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	all := []time.Time{at(2), at(3), at(1)}
	for n, want := range map[int]time.Time{0: at(3), 1: at(3), 2: at(2), 3: at(1), 4: {}} {
		require.Equal(t, want, nth(all, n), n)
	}
}
