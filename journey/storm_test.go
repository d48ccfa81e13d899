package journey

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// While the action of one report is held open, everybody else who reports the same is refused, and starts nothing.
func TestOfTwoHundredSimultaneousReportsOneIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveAndRun()
	w.hook.hold()

	taken := w.storm(200, []string{beingResolved}, func(int) string { return report("held", "fred.luddy", nil) })
	require.Len(t, taken, 1)
	w.hook.isCalled(1)
	w.refused(w.posts(report("held", "fred.luddy", nil)), beingResolved)
	other := w.accepted(w.posts(report("held", "abel.tuter", nil)))
	w.hook.release()

	w.ends(taken[0], "closed_complete", "resolved_silently")
	w.ends(other, "closed_complete", "resolved_silently")
	require.ElementsMatch(t, []string{taken[0], other}, w.runs(2), "one workflow for the storm, one for the other person")
	require.Len(t, w.hook.called(), 2)
}

// Of many who would go on with the same waiting issue, one does. The others hear that it waits no longer, or that an issue with
// their code is being resolved, which it then is.
func TestOfFiftySimultaneousChainedReportsOneBecomesStepTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveAndRun()
	id := w.reports("wait")
	w.becomes(id, "action_wait")
	w.hook.hold()

	more := map[string]any{"experience_id": id}
	taken := w.storm(50, []string{notWaiting, beingResolved}, func(int) string { return report("held", "fred.luddy", more) })
	require.Equal(t, []string{id}, taken)
	w.hook.release()
	require.Equal(t, 2, w.ends(id, "closed_complete", "resolved_silently").Step)
	require.Equal(t, "2", w.value(`SELECT count(*) FROM sn_pren_experience_issue_step`))
	require.Len(t, w.hook.called(), 2)
}

// storm sends so many reports at once and gives the ids of those that were taken; all others must have been refused like this.
func (w *world) storm(n int, refusals []string, body func(i int) string) (taken []string) {
	w.t.Helper()
	answers, errs := make([]answer, n), make([]error, n)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			answers[i], errs[i] = w.client.send(http.MethodPost, createPath, body(i), asJSON)
		})
	}
	close(begin)
	all.Wait()
	for i, a := range answers {
		require.NoError(w.t, errs[i])
		if a.Status == http.StatusOK {
			taken = append(taken, a.Result.ExperienceID)
			continue
		}
		require.Equal(w.t, http.StatusBadRequest, a.Status, a.Text)
		require.Contains(w.t, refusals, a.Error.Message)
	}
	return taken
}
