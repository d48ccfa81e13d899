package journey

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The backup and the restore of docs/backup.md: the database is lost, and comes back as it was an hour ago, while Temporal went on.
func TestADatabaseThatIsRestoredFromABackupGoesOn(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"createdb", "dropdb", "pg_dump", "pg_restore"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("PostgreSQL's client programs are not here: " + program)
		}
	}
	w := newWorld(t)
	service := w.serveAndRun()
	inStep := w.waitsInTemporal("beth.anglin")
	ahead := w.waitsInTemporal("fred.luddy")
	backup := filepath.Join(t.TempDir(), "proactive.dump")
	w.postgresTool("pg_dump", "--format=custom", "--file="+backup, w.database)
	w.accepted(w.reportsAgain(ahead, "quick"))
	w.ends(ahead, "closed_complete", "resolved_silently")
	unknown := w.reports("quick")
	w.ends(unknown, "closed_complete", "resolved_silently")
	service.kill()

	w.restores(backup)
	run(t, w.env(), "", "migrate")
	counted := run(t, w.env(), "", "after-restore")
	require.Contains(t, counted, "1 unfinished issues go on")
	require.Contains(t, counted, "1 unfinished issues end as engine_lost")
	require.Contains(t, counted, "nothing was changed")
	require.NotContains(t, run(t, w.env(), "", "after-restore", "--yes"), "nothing was changed")

	w.serveAndRun()
	w.ends(ahead, "closed_incomplete", "engine_lost")
	require.Contains(t, w.incident(ahead), "its run has gone on since")
	w.accepted(w.posts(report("quick", "beth.anglin", map[string]any{"experience_id": inStep})))
	w.ends(inStep, "closed_complete", "resolved_silently")
	w.accepted(w.posts(report("quick", "fred.luddy", map[string]any{"experience_id": unknown})))
	w.ends(unknown, "closed_complete", "resolved_silently")
}

// waitsInTemporal gives an issue of a person that waits for its next report.
func (w *world) waitsInTemporal(person string) (id string) {
	w.t.Helper()
	id = w.accepted(w.posts(report("wait", person, nil)))
	w.becomes(id, "action_wait")
	eventually(w.t, "its run waits, and Temporal has all messages", func() bool {
		events := w.history(id)
		return len(events) > 0 && events[len(events)-1].GetTimerStartedEventAttributes() != nil &&
			w.value(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0"
	})
	return id
}

// restores puts the database back as the backup has it.
func (w *world) restores(backup string) {
	w.t.Helper()
	where, err := url.Parse(w.database)
	require.NoError(w.t, err)
	name := where.Path[1:]
	where.Path = "/postgres"
	w.postgresTool("dropdb", "--force", "--maintenance-db="+where.String(), name)
	w.postgresTool("createdb", "--maintenance-db="+where.String(), name)
	w.postgresTool("pg_restore", "--no-owner", "--exit-on-error", "--dbname="+w.database, backup)
}

func (w *world) postgresTool(program string, args ...string) {
	w.t.Helper()
	out, err := exec.CommandContext(w.t.Context(), program, args...).CombinedOutput()
	require.NoError(w.t, err, "%s: %s", program, out)
}
