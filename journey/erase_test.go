package journey

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Somebody wants to be forgotten, in the middle of their issue.
func TestSomebodyIsErased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applies("users: [{user_name: planted.person, email: planted.address@example.com, first_name: Planted, last_name: Person}]")
	w.serveAndRun()
	id := w.accepted(w.posts(report("wait", "planted.person", map[string]any{"investigative_details": map[string]string{"owner": "Planted Person"}})))
	w.becomes(id, "action_wait")

	counted := run(t, w.env(), "", "erase", "--user", "planted.person")
	require.Contains(t, counted, "1 issue, of which 1 is unfinished")
	require.Contains(t, counted, "nothing was changed")
	require.Equal(t, "action_wait", w.shows(id).State)

	run(t, w.env(), "", "erase", "--user", "planted.person", "--by", "beth.anglin", "--yes")
	w.ends(id, "closed_cancelled", "cancelled")
	w.completes(id)
	refused := w.posts(report("wait", "planted.person", nil))
	require.Equal(t, http.StatusBadRequest, refused.Status)
	require.Contains(t, refused.Text, "Could not resolve user")
	_, problems, code := try(t, w.env(), "", "erase", "--user", "planted.person")
	require.Equal(t, 1, code)
	require.Contains(t, problems, "nobody has the user_name or sys_id")
	_, problems, code = try(t, w.env(), "", "erase", "--user", "username")
	require.Equal(t, 1, code)
	require.Contains(t, problems, "is a service account")
}

// Retention, told to the running service.
func TestAnOldIssueIsRemovedAndItsIDStaysTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	service := w.serveAndRun()
	id := w.reports("quick")
	w.ends(id, "closed_complete", "resolved_silently")
	w.completes(id)
	service.kill()
	w.value(`UPDATE sn_pren_experience_issue SET closed_on = closed_on - interval '31 days' WHERE experience_id = $1 RETURNING state`, id)
	w.applies("properties: {sn_pren.experience_issue_retention_days: 30}")
	w.serveAndRun()
	eventually(t, "it is removed", func() bool { return w.value(`SELECT count(*) FROM sn_pren_experience_issue`) == "0" })
	got, err := w.client.send(http.MethodGet, issuePath+id, "", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, got.Status)
	again := w.posts(report("quick", "fred.luddy", map[string]any{"experience_id": id}))
	require.Equal(t, http.StatusBadRequest, again.Status)
	require.Contains(t, again.Text, "Existing experience issue with given experience_id is still under execution or is closed.")
}
