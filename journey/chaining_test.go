package journey

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A second report of the same experience_id goes on as step 2 of the same run; at any other time it is refused.
func TestASecondReportGoesOnAsTheNextStepOfTheSameRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveAndRun()
	w.hook.hold()

	id := w.reports("wait")
	w.hook.isCalled(1)
	w.refused(w.reportsAgain(id, "quick"), notWaiting)
	w.hook.release()
	w.becomes(id, "action_wait")
	first := w.run(id)

	require.Equal(t, id, w.accepted(w.reportsAgain(id, "quick")))
	end := w.ends(id, "closed_complete", "resolved_silently")
	require.Equal(t, 2, end.Step)
	require.Equal(t, first, w.run(id), "step 2 belongs to the same run")
	require.Equal(t, []string{id}, w.runs(1))
	require.Len(t, w.hook.called(), 2)

	w.refused(w.reportsAgain(id, "quick"), notWaiting)
	require.Equal(t, "0", w.incidents(id))
}

// A wait that nobody ends by a report ends as action_wait_expired, with the evidence of both steps in one incident.
func TestAWaitThatRunsOutLeavesOneIncidentWithTheDetailsOfBothSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveAndRun()

	id := w.accepted(w.posts(report("wait", "fred.luddy", map[string]any{"investigative_details": map[string]string{"disk queue": "17"}})))
	w.becomes(id, "action_wait")
	w.accepted(w.posts(report("wait-briefly", "fred.luddy", map[string]any{
		"experience_id": id, "investigative_details": map[string]string{"smart status": "failing"}})))
	end := w.ends(id, "closed_incomplete", "action_wait_expired")
	require.Equal(t, 2, end.Step)

	description := w.incident(id)
	require.Contains(t, description, "disk queue: 17")
	require.Contains(t, description, "smart status: failing")
	w.refused(w.reportsAgain(id, "quick"), notWaiting)
}
