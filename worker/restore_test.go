package worker

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"proactive/devstack"
	"proactive/devstack/stacktest"
	"proactive/schema"
)

// saved keeps a copy of the database as it stands, while no engine runs. What it gives puts the copy in the database's place.
func (w *world) saved() (restore func()) {
	w.t.Helper()
	server := stacktest.Postgres(w.t)
	name := w.url[strings.LastIndex(w.url, "/")+1:]
	name, parameters, _ := strings.Cut(name, "?")
	w.leaves()
	require.NoError(w.t, server.CreateDatabase(w.t.Context(), name+"-saved", name))
	w.t.Cleanup(func() { assert.NoError(w.t, server.DropDatabase(context.Background(), name+"-saved")) })
	w.uses(w.url)
	return func() {
		w.t.Helper()
		w.leaves()
		w.uses(strings.TrimSuffix(server.URL(name+"-saved"), "?"+parameters) + "?" + parameters)
	}
}

func (w *world) leaves() {
	w.t.Helper()
	require.NoError(w.t, w.db.Close())
	require.NoError(w.t, w.sql.Close())
}

func (w *world) uses(url string) {
	w.t.Helper()
	w.url = url
	w.db = w.open(url)
	var err error
	w.sql, err = sql.Open("postgres", url)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { w.sql.Close() })
}

// afterRestore compares as the command does.
func (w *world) afterRestore() Compared {
	w.t.Helper()
	at, err := w.db.LastEvent(w.t.Context())
	require.NoError(w.t, err)
	counted, err := Restored{Store: w.db, At: at}.Compare(w.t.Context(), Config{Temporal: w.temporal})
	require.NoError(w.t, err)
	done, err := Restored{Store: w.db, At: at, Do: true}.Compare(w.t.Context(), Config{Temporal: w.temporal})
	require.NoError(w.t, err)
	require.Equal(w.t, counted, done, "what is counted is what is done")
	return done
}

// settled waits until Temporal has everything that was said.
func (w *world) settled() {
	w.t.Helper()
	w.eventually("Temporal has it all", func() bool { return w.one(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0" })
}

// restoreWorld has an enrolled laptop.
func restoreWorld(t *testing.T) *world {
	w := newWorld(t, withHook(hook(t, ok)))
	w.enroll()
	return w
}

// waits gives an issue that waits for its next report, and whose run does, too.
func (w *world) waits(id string) {
	w.t.Helper()
	require.Equal(w.t, id, w.report("200", withID(id)))
	w.becomes(id, schema.ActionWait)
	w.timer(id)
}

// timer waits until the run of an issue waits with a timer.
func (w *world) timer(id string) {
	w.t.Helper()
	w.eventually("the run waits", func() bool {
		events := w.history(id)
		return len(events) > 0 && events[len(events)-1].GetEventType() == enumspb.EVENT_TYPE_TIMER_STARTED
	})
}

// isListed waits until Temporal's list of open runs, which lags, has that of an issue.
func (w *world) isListed(id string) {
	w.t.Helper()
	c := w.client()
	w.eventually("the run of "+id+" is listed", func() bool {
		list, err := c.ListWorkflow(w.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: fmt.Sprintf("WorkflowId = '%s' AND ExecutionStatus = 'Running'", id)})
		require.NoError(w.t, err)
		return len(list.GetExecutions()) == 1
	})
}

// (a) The database knows nothing of an issue whose run waits in Temporal, or has ended there; the tool reports its id again.
func TestAnIDWhoseIssueTheRestoredDatabaseDoesNotKnowCanBeReportedAgain(t *testing.T) {
	w := restoreWorld(t)
	restore := w.saved()
	stop := w.engine()
	w.waits("waiting")
	w.becomes(w.report("100", withID("ended")), schema.ClosedComplete)
	w.ended("ended")
	before := w.describe("waiting").GetExecution().GetRunId()
	stop()
	restore()

	w.engine()
	for _, id := range []string{"waiting", "ended"} {
		_, err := w.db.Issue(t.Context(), id, 0)
		require.ErrorIs(t, err, schema.ErrNoRecord)
		w.report("100", withID(id))
		issue := w.becomes(id, schema.ClosedComplete)
		require.Equal(t, schema.ResolvedSilently, issue.EndReason)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, w.ended(id))
	}
	require.NotEqual(t, before, w.describe("waiting").GetExecution().GetRunId())
}

// The run of an issue that the database does not know finds nothing when it acts, and ends.
func TestARunWithoutAnIssueEnds(t *testing.T) {
	w := restoreWorld(t)
	restore := w.saved()
	stop := w.engine()
	w.report("202", withID("brief"))
	w.becomes("brief", schema.ActionWait)
	stop()
	restore()
	w.engine()
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, w.ended("brief"))
	require.Equal(t, "0", w.one(`SELECT count(*) FROM incident`))
}

// The same when retention removes an issue whose run is still open: an older version could not end it, or its worker is away.
func TestTheRunOfARemovedIssueEnds(t *testing.T) {
	w := restoreWorld(t)
	stop := w.engine()
	w.report("202", withID("removed"))
	w.becomes("removed", schema.ActionWait)
	w.timer("removed")
	stop()
	w.exec(`UPDATE sn_pren_experience_issue SET state = 'closed_cancelled', end_reason = 'cancelled', wait_until = NULL, closed_on = now() - interval '9 days'`)
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.experience_issue_retention_days', '8')`)
	e, _ := w.start(w.db)
	w.eventually("it is removed", func() bool { return w.one(`SELECT count(*) FROM sn_pren_experience_issue`) == "0" })
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, w.ended("removed"))
	require.Equal(t, "0", w.one(`SELECT count(*) FROM sn_pren_experience_issue_event`))
	w.eventually("it is counted", func() bool { return counted(t, e.Removals())["proactive_removed_issues_total"] == 1 })
	require.Greater(t, counted(t, e.Removals())["proactive_removed_rows_total"], 3.0)
	_, err := w.submit("100", withID("removed"))
	require.ErrorIs(t, err, schema.NotAwaited)
}

// counted are counters by name.
func counted(t *testing.T, counters prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	require.NoError(t, registry.Register(counters))
	families, err := registry.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, f := range families {
		values[f.GetName()] = f.GetMetric()[0].GetCounter().GetValue()
	}
	return values
}

// (b) The database is older than the runs of its issues.
func TestAfterARestoreWhatIsInStepGoesOnAndWhatIsAheadEnds(t *testing.T) {
	w := restoreWorld(t)
	stop := w.engine()
	w.waits("in-step")
	w.waits("ahead")
	w.waits("over")
	w.settled()
	stop()
	restore := w.saved()
	stop = w.engine()
	w.report("400", withID("ahead"), onLaptop, with(`{"process_id": "10644"}`)) // sequence number 2
	w.becomes("ahead", schema.InProgress)
	w.report("100", withID("over"))
	w.becomes("over", schema.ClosedComplete)
	w.ended("over")
	w.waits("orphan")
	w.settled()
	w.isListed("orphan")
	stop()
	restore()

	require.Equal(t, Compared{InStep: 1, Ended: 2, Orphans: 1}, w.afterRestore())
	w.engine()
	for _, id := range []string{"ahead", "over"} {
		issue := w.becomes(id, schema.ClosedIncomplete)
		assert.Equal(t, schema.EngineLost, issue.EndReason)
		assert.NotEmpty(t, issue.IncidentNumber)
	}
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, w.ended("ahead"))
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, w.ended("orphan"))
	w.report("100", withID("in-step"))
	assert.Equal(t, schema.ResolvedSilently, w.becomes("in-step", schema.ClosedComplete).EndReason)
	assert.Equal(t, 2, w.becomes("in-step", schema.ClosedComplete).Step)
}

// Whoever forgets to compare loses time, and nothing stays: messages that the run takes for repeats are not heard, and the janitor ends
// what stands still.
func TestWithoutComparingNothingIsStuckAfterARestore(t *testing.T) {
	w := restoreWorld(t)
	stop := w.engine()
	w.waits("ahead")
	w.settled()
	stop()
	restore := w.saved()
	stop = w.engine()
	w.report("200", withID("ahead"))
	w.eventually("its second step waits", func() bool { return w.becomes("ahead", schema.ActionWait).Step == 2 })
	w.timer("ahead")
	w.settled()
	stop()
	restore()

	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.engine_due_seconds', '2')`)
	w.hurry()
	w.engine()
	require.Equal(t, 1, w.becomes("ahead", schema.ActionWait).Step)
	w.report("100", withID("ahead")) // number 2 again, and step 2: the run has had both
	assert.Equal(t, schema.EngineLost, w.becomes("ahead", schema.ClosedIncomplete).EndReason)
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, w.ended("ahead"))
}

func TestNumbersOfIncidentsAreNotUsedTwiceAfterARestore(t *testing.T) {
	w := restoreWorld(t)
	restore := w.saved()
	stop := w.engine()
	told := w.becomes(w.report("300"), schema.ClosedComplete).IncidentNumber
	stop()
	restore()
	require.NoError(t, w.db.SkipNumbers(t.Context(), 10))
	w.engine()
	require.Greater(t, w.becomes(w.report("300"), schema.ClosedComplete).IncidentNumber, told)
}

// What a database from before Temporal's memory says of an unfinished issue without a run is not to be believed.
func TestAfterALongTimeAnIssueWithoutARunIsNotStartedAgain(t *testing.T) {
	w := restoreWorld(t)
	young := w.report("100")
	require.Equal(t, Compared{NoRun: 1}, w.afterRestore())
	w.becomes(young, schema.Open)
	done, err := Restored{Store: w.db, At: time.Now().Add(-48 * time.Hour), Do: true}.Compare(t.Context(), Config{Temporal: w.temporal})
	require.NoError(t, err)
	require.Equal(t, Compared{Ended: 1}, done)
	require.Equal(t, schema.EngineLost, w.becomes(young, schema.ClosedIncomplete).EndReason)
}

// (c) Temporal was restored to an earlier state, and the database was not.
func TestWhatATemporalFromBeforeDoesNotKnowEnds(t *testing.T) {
	w := restoreWorld(t)
	file, attributes := filepath.Join(t.TempDir(), "temporal.db"), map[string]string{}
	for _, name := range SearchAttributes() {
		attributes[name] = "Keyword"
	}
	own, err := devstack.StartTemporal(t.Context(), devstack.TemporalOptions{DBFile: file, Headless: true, Namespace: "own", SearchAttributes: attributes})
	require.NoError(t, err)
	t.Cleanup(own.Kill)
	w.temporal.HostPort, w.temporal.Namespace = own.Address(), "own"
	stop := w.engine()
	w.waits("closed")
	w.waits("chained")
	w.settled()
	stop()
	require.NoError(t, own.Stop())
	restore := savedFiles(t, file)
	require.NoError(t, own.Start(t.Context()))

	stop = w.engine()
	w.report("100", withID("closed"))
	w.becomes("closed", schema.ClosedComplete)
	w.report("400", withID("chained"), onLaptop, with(`{"process_id": "10644"}`))
	w.becomes("chained", schema.InProgress)
	w.waits("new")
	w.settled()
	stop()
	require.NoError(t, own.Stop())
	restore()
	require.NoError(t, own.Start(t.Context()))

	w.hurry()
	w.overdue()
	w.engine()
	for _, id := range []string{"chained", "new"} {
		issue := w.becomes(id, schema.ClosedIncomplete)
		assert.Equal(t, schema.EngineLost, issue.EndReason)
		assert.NotEmpty(t, issue.IncidentNumber)
	}
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, w.ended("chained"))
	assert.Equal(t, schema.ResolvedSilently, w.becomes("closed", schema.ClosedComplete).EndReason)
}

// savedFiles keeps the files whose names begin so. What it gives puts them back, and leaves none that came later.
func savedFiles(t *testing.T, prefix string) (restore func()) {
	t.Helper()
	saved := map[string][]byte{}
	files := func() []string {
		names, err := filepath.Glob(prefix + "*")
		require.NoError(t, err)
		return names
	}
	for _, name := range files() {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		saved[name] = text
	}
	return func() {
		t.Helper()
		for _, name := range files() {
			require.NoError(t, os.Remove(name))
		}
		for name, text := range saved {
			require.NoError(t, os.WriteFile(name, text, 0o600))
		}
	}
}
