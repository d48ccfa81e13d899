package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// between lets something happen after the facts of a step were read and before the decision is written, once.
func between(happens func()) func(schema.StepFacts) (schema.Decision, error) {
	return func(f schema.StepFacts) (schema.Decision, error) {
		if happens != nil {
			happens()
			happens = nil
		}
		return runIt(f)
	}
}

func TestAnIssueThatIsCancelledWhileItsStepIsDecidedDoesNotBegin(t *testing.T) {
	w := newIssueWorld(t)
	id := w.in(schema.Open)
	plan, err := w.db.Begin(t.Context(), id, 1, between(func() {
		_, err := w.db.Cancel(t.Context(), id, "test")
		require.NoError(t, err)
	}))
	require.NoError(t, err)
	require.Equal(t, schema.Plan{Step: 1, Ended: schema.ClosedCancelled}, plan)
	require.Zero(t, value[int](w, `SELECT count(*) FROM ci_job`))
	w.sound()
}

func TestOfTwoThatDecideAStepAtOnceTheFirstIsFollowed(t *testing.T) {
	w := newIssueWorld(t)
	id := w.in(schema.Open)
	var first schema.Plan
	second, err := w.db.Begin(t.Context(), id, 1, between(func() {
		var err error
		first, err = w.db.Begin(t.Context(), id, 1, func(f schema.StepFacts) (schema.Decision, error) {
			f.Attempts = 7
			return runIt(f)
		})
		require.NoError(t, err)
	}))
	require.NoError(t, err)
	require.Equal(t, 7, first.Action.Attempts)
	require.Equal(t, first, second)
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM ci_job`), "one job")
	w.sound()
}

func TestManyThatBeginAStepAtOnceBeginItOnce(t *testing.T) {
	w := newIssueWorld(t)
	for range 10 {
		id := w.in(schema.Open)
		for _, err := range timesAtOnce(8, func(int) error { _, err := w.db.Begin(t.Context(), id, 1, runIt); return err }) {
			require.NoError(t, err)
		}
		require.Equal(t, 1, value[int](w, `SELECT count(*) FROM ci_job JOIN sn_pren_experience_issue i ON i.sys_id = issue WHERE experience_id = $1`, id))
		w.sound()
		_, err := w.db.Cancel(t.Context(), id, "test")
		require.NoError(t, err)
	}
}
