package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// Each transaction costs a BEGIN and a COMMIT besides its statements.
func TestRoundTripsDoNotGrowByAccident(t *testing.T) {
	w := newIssueWorld(t)
	db, proxy := w.proxied()
	db.db.SetMaxOpenConns(1)
	ctx := t.Context()
	inLaptop := by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")})
	var spent map[string]int
	count := func(what string, do func() error) {
		t.Helper()
		before := proxy.RoundTrips()
		require.NoError(t, do(), what)
		spent[what] = proxy.RoundTrips() - before
	}
	for round := range 2 { // the first prepares the statements
		spent = map[string]int{}
		var id string
		var claimed []schema.Delivery
		count("a new report", func() (err error) { id, err = db.Submit(ctx, report("200", inLaptop)); return err })
		count("claim", func() (err error) { claimed, err = db.ClaimInbox(ctx, "here", 10, time.Minute); return err })
		require.Len(t, claimed, 1, "round %d", round)
		count("deliver", func() error { return db.Delivered(ctx, "here", claimed) })
		count("claim nothing", func() error { _, err := db.ClaimInbox(ctx, "here", 10, time.Minute); return err })
		count("begin", func() error { _, err := db.Begin(ctx, id, 1, runIt); return err })
		count("attempt", func() error { return db.NoteAttempt(ctx, id, 1, "An attempt.", []byte(`{}`)) })
		count("wait", func() error { _, err := db.Conclude(ctx, id, success(1)); return err })
		count("chain", func() error { _, err := db.Submit(ctx, report("300", inLaptop, withID(id))); return err })
		count("begin with a job", func() error { _, err := db.Begin(ctx, id, 2, runIt); return err })
		count("refuse", func() error {
			_, err := db.Submit(ctx, report("300", inLaptop))
			require.ErrorIs(t, err, schema.BeingResolved)
			return nil
		})
		count("close", func() error {
			_, err := db.Conclude(ctx, id, schema.Outcome{Step: 2, Reason: schema.OutcomeUnknown})
			return err
		})
		count("repeat", func() error { _, err := db.Conclude(ctx, id, success(2)); return err })
		count("read", func() error { _, err := db.Issue(ctx, id, 0); return err })
		w.exec(`DELETE FROM sn_pren_experience_issue_inbox`)
	}
	assert.Equal(t, map[string]int{"a new report": 1, "refuse": 1, "chain": 2, "claim": 1, "claim nothing": 1, "deliver": 1,
		"begin": 2, "attempt": 1, "begin with a job": 2, "wait": 2, "close": 8, "repeat": 5, "read": 2}, spent)
	assert.Equal(t, 1, proxy.Connections())
}
