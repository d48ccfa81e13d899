package postgres

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAWaitThatIsOverClosesWithTheFallback(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting(withDetails(`{"a": "first"}`))
	verdict, err := w.db.ExpireWait(t.Context(), id, 1)
	require.NoError(t, err)
	require.Equal(t, schema.Verdict{Step: 1, State: schema.ClosedIncomplete, EndReason: schema.ActionWaitExpired}, verdict)
	again, err := w.db.ExpireWait(t.Context(), id, 1)
	require.NoError(t, err)
	require.Equal(t, verdict, again)
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM incident`))
	w.refused(schema.NotAwaited, "100", withID(id))
	w.sound()
}

func TestAnExpiryOfAnEarlierStepDoesNothing(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	w.submit("200", withID(id))
	for _, expect := range []schema.State{schema.Open, schema.InProgress, schema.ActionWait} {
		verdict, err := w.db.ExpireWait(t.Context(), id, 1)
		require.NoError(t, err)
		require.Equal(t, schema.Verdict{Step: 2, State: expect}, verdict)
		switch expect {
		case schema.Open:
			w.begin(id, 2)
		case schema.InProgress:
			w.conclude(id, success(2))
		}
	}
	w.sound()
}

func TestAChainedReportAndTheEndOfTheWaitAgreeOnWhoWasFirst(t *testing.T) {
	w := newIssueWorld(t)
	other := w.several(1)[0]
	chained := 0
	for round := range 60 {
		id := w.waiting(withID(fmt.Sprintf("round-%d", round)))
		var verdict schema.Verdict
		var expired, submitted error
		atOnce(
			func() error { verdict, expired = w.db.ExpireWait(t.Context(), id, 1); return nil },
			func() error { _, submitted = other.Submit(t.Context(), report("100", withID(id))); return nil },
		)
		require.NoError(t, expired, "round %d", round)
		if submitted == nil {
			chained++
			require.Equal(t, schema.Verdict{Step: 2, State: schema.Open}, verdict, "round %d", round)
		} else {
			require.True(t, errors.Is(submitted, schema.NotAwaited), "round %d: %v", round, submitted)
			require.Equal(t, schema.ClosedIncomplete, verdict.State, "round %d", round)
		}
		_, err := w.db.Cancel(t.Context(), id, "test")
		require.NoError(t, err)
	}
	t.Logf("%d of 60 were chained in time", chained)
	w.sound()
}

// Whoever waits for an issue's row finds it as the one before left it, also when that one made the next step.
func TestWhoeverWaitsBehindAChainedReportFindsTheNextStep(t *testing.T) {
	w := newIssueWorld(t)
	for what, move := range map[string]func(id string) error{
		"ExpireWait": func(id string) error {
			verdict, err := w.db.ExpireWait(t.Context(), id, 1)
			if err == nil && verdict.Step != 2 {
				err = fmt.Errorf("%+v", verdict)
			}
			return err
		},
		"Conclude":    func(id string) error { _, err := w.db.Conclude(t.Context(), id, success(1)); return err },
		"Cancel":      func(id string) error { _, err := w.db.Cancel(t.Context(), id, "test"); return err },
		"NoteAttempt": func(id string) error { return w.db.NoteAttempt(t.Context(), id, 1, "An attempt.", nil) },
	} {
		t.Run(what, func(t *testing.T) {
			w.t = t
			id := w.waiting()
			defer w.db.Cancel(t.Context(), id, "test") //nolint:errcheck // makes room for the next one
			tx, err := w.db.db.Begin()
			require.NoError(t, err)
			defer tx.Rollback() //nolint:errcheck // committed below
			_, err = tx.Exec(submitNext, append(columns(submission{Report: report("100", withID(id)), step: schema.NewSysID()}), schema.ActionWait)...)
			require.NoError(t, err)
			done := make(chan error, 1)
			go func() { done <- move(id) }()
			w.blocked()
			require.NoError(t, tx.Commit())
			require.NoError(t, <-done)
			w.sound()
		})
	}
	w.t = t
}

// blocked returns when a session of this database waits for a lock.
func (w *issueWorld) blocked() {
	w.t.Helper()
	for value[int](w, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 0 {
	}
}
