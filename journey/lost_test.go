package journey

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
)

// Somebody terminates a run in Temporal: the issue does not stay in progress for ever.
func TestAnIssueWhoseRunWasTerminatedEndsAsEngineLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applies("properties: {sn_pren.janitor_interval_seconds: 1}")
	w.serveAndRun()
	w.hook.hold()

	acting := w.accepted(w.posts(report("100", "fred.luddy", map[string]any{"investigative_details": map[string]string{"cpu usage": "99%"}})))
	w.hook.isCalled(1)
	w.terminates(acting)
	w.ends(acting, "closed_incomplete", "engine_lost")
	require.Contains(t, w.incident(acting), "cpu usage: 99%")
	w.hook.release()

	waiting := w.reports("wait")
	w.becomes(waiting, "action_wait")
	w.terminates(waiting)
	w.ends(waiting, "closed_incomplete", "engine_lost")
	w.incident(waiting)
	w.ends(w.reports("100"), "closed_complete", "resolved_silently")
}

// A wrong Temporal address must not close everything: a janitor judges only issues of the namespace that it is connected to.
func TestAJanitorInAnEmptyNamespaceClosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.impatient("600")
	right := w.serveAndRun()
	w.hook.hold()
	acting := w.reports("100")
	w.hook.isCalled(1)
	eventually(t, "the relay knows that it has delivered", func() bool {
		return w.value(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0"
	})
	right.kill()
	w.hook.release()
	w.overdue(acting)

	home := w.namespace
	_, w.namespace = stacktest.Namespace(t, searchAttributes())
	w.impatient("0")
	wrong := w.serveAndRun()
	for range 2 { // two that are really lost, one after the other, prove that the janitor is at work
		w.hook.hold()
		calls := len(w.hook.called())
		lost := w.accepted(w.posts(report("100", "beth.anglin", nil)))
		w.hook.isCalled(calls + 1)
		w.terminates(lost)
		w.ends(lost, "closed_incomplete", "engine_lost")
		w.hook.release()
	}
	require.Equal(t, "in_progress", w.shows(acting).State)
	wrong.kill()

	w.namespace = home
	w.impatient("600")
	w.serveAndRun()
	w.ends(acting, "closed_complete", "resolved_silently")
}
