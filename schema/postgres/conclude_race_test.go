package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAResultThatComesWhileTheIssueIsCancelledFindsItCancelled(t *testing.T) {
	w := newIssueWorld(t)
	for _, code := range []string{"100", "200"} { // it would be closed, and it would wait
		id := w.submit(code)
		w.begin(id, 1)
		var verdict schema.Verdict
		concluded := make(chan error, 1)
		require.NoError(t, w.db.inTx(t.Context(), func(x tx) error {
			issue, err := lockIssue(t.Context(), x, id)
			require.NoError(t, err)
			go func() {
				var err error
				verdict, err = w.db.Conclude(t.Context(), id, success(1)) // it has read the issue in progress
				concluded <- err
			}()
			w.blocked()
			_, err = end(t.Context(), x, issue, ending{reason: schema.Cancelled, by: "test"})
			return err
		}))
		require.NoError(t, <-concluded)
		require.Equal(t, schema.ClosedCancelled, verdict.State, code)
		require.Equal(t, schema.ClosedCancelled, w.issue(id).State, code)
		w.sound()
	}
}

func TestAStepThatFollowsOneWithAJobLeavesNoneBehind(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`UPDATE sn_pren_resolution SET on_success = 'action_wait' WHERE name = 'ci'`)
	id := w.in(schema.InProgress)
	require.Equal(t, schema.ActionWait, w.conclude(id, success(1)).State)
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM ci_job WHERE state = 'withdrawn'`))
	w.submit("100", withID(id))
	w.begin(id, 2)
	w.exec(`UPDATE ci_job SET state = 'offered', ended_on = NULL`) // as if it had been offered again
	require.Equal(t, schema.ResolvedSilently, w.conclude(id, success(2)).EndReason)
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM ci_job WHERE state = 'withdrawn'`))
	w.sound()
}
