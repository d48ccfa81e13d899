package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAnUnfinishedIssueCanBeCancelledInEachState(t *testing.T) {
	w := newIssueWorld(t)
	for _, state := range []schema.State{schema.Open, schema.InProgress, schema.ActionWait} {
		t.Run(string(state), func(t *testing.T) {
			w.t = t
			id := w.in(state)
			got, err := w.db.Cancel(t.Context(), id, "operator")
			require.NoError(t, err)
			require.Equal(t, schema.ClosedCancelled, got)
			issue := w.issue(id)
			require.Equal(t, []any{schema.ClosedCancelled, schema.Cancelled, ""}, []any{issue.State, issue.EndReason, issue.Incident})
			kinds := w.kinds(id)
			require.Equal(t, "cancelled", kinds[len(kinds)-1], "the workflow hears of it")
			got, err = w.db.Cancel(t.Context(), id, "operator")
			require.NoError(t, err)
			require.Equal(t, schema.ClosedCancelled, got)
			require.Equal(t, kinds, w.kinds(id), "once")
			require.Equal(t, schema.ClosedCancelled, w.conclude(id, success(1)).State, "whatever the step came to")
			require.Equal(t, schema.ClosedCancelled, w.conclude(id, schema.Outcome{Step: 1, Reason: schema.Cancelled}).State)
			w.sound()
		})
	}
	w.t = t
}

func TestAnIssueClosedOtherwiseStaysAsItIs(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("400")
	w.begin(id, 1)
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.IncidentRequested})
	got, err := w.db.Cancel(t.Context(), id, "operator")
	require.NoError(t, err)
	require.Equal(t, schema.ClosedComplete, got)
	require.Equal(t, []string{"created"}, w.kinds(id))
}

func TestACancelledIssueNeverHasAnUnfinishedJob(t *testing.T) {
	w := newIssueWorld(t)
	other := w.several(1)[0]
	agent := schema.AgentInfo{Actions: []string{"end_process"}}
	withdrawn := 0
	for range 30 {
		id := w.in(schema.Open)
		errs := atOnce(
			func() error { _, err := w.db.Begin(t.Context(), id, 1, runIt); return err },
			func() error { _, err := other.Cancel(t.Context(), id, "test"); return err },
			func() error { _, _, err := other.NextJob(t.Context(), md5("fred-laptop"), agent); return err },
		)
		require.Equal(t, map[string]int{"": 3}, tally(errs))
		w.sound()
		require.Equal(t, schema.ClosedCancelled, w.issue(id).State)
		withdrawn += value[int](w, `SELECT count(*) FROM ci_job j JOIN sn_pren_experience_issue i ON i.sys_id = j.issue WHERE i.experience_id = $1`, id)
	}
	t.Logf("%d of 30 had been offered", withdrawn)
}

func TestOfACancellationAndAConclusionOneIsFirstAndBothAgree(t *testing.T) {
	w := newIssueWorld(t)
	other := w.several(1)[0]
	for range 30 {
		id := w.submit("100")
		w.begin(id, 1)
		var cancelled schema.State
		var concluded schema.Verdict
		errs := atOnce(
			func() (err error) { cancelled, err = w.db.Cancel(t.Context(), id, "test"); return err },
			func() (err error) { concluded, err = other.Conclude(t.Context(), id, success(1)); return err },
		)
		require.Equal(t, map[string]int{"": 2}, tally(errs))
		require.Equal(t, cancelled, concluded.State)
		require.Equal(t, cancelled, w.issue(id).State)
	}
	w.sound()
}
