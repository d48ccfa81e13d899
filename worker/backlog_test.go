package worker

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"proactive/schema"
)

// relays delivers the inbox where no worker takes up what comes of it.
func (w *world) relays() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	var busy sync.WaitGroup
	busy.Go(func() { newRelay(w.db, w.connected()).run(ctx) })
	defer busy.Wait()
	defer cancel()
	w.eventually("the inbox is empty", func() bool { return w.one(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0" })
}

// overdueFor lets every issue be overdue for so long.
func (w *world) overdueFor(time string) {
	w.exec(`UPDATE sn_pren_experience_issue SET due_at = now() - $1::interval`, time)
}

// The backlog is longer than an issue may take: nothing is lost.
func TestARunThatOnlyWaitsForAWorkerIsLeftAloneAndGoesOn(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	id := w.report("100")
	w.relays()
	w.overdueFor("59 minutes")
	w.sweep(w.connected())
	require.Equal(t, schema.Open, w.becomes(id, schema.Open).State)
	w.engine()
	issue := w.becomes(id, schema.ClosedComplete)
	assert.NotContains(t, said(issue), "requeued")
}

func TestARunThatWaitsForAWorkerForTooLongIsLost(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	id := w.report("100")
	w.relays()
	w.overdueFor("59 minutes")
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.engine_backlog_seconds', '3000')`)
	w.sweep(w.connected())
	issue := w.becomes(id, schema.ClosedIncomplete)
	assert.Equal(t, schema.EngineLost, issue.EndReason)
	assert.NotEmpty(t, issue.IncidentNumber)
	w.relays()
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, w.ended(id))
}

func TestARunThatIsTerminatedWhileItWaitsForAWorkerIsLostAtOnce(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	id := w.report("100")
	w.relays()
	require.NoError(t, w.client().TerminateWorkflow(t.Context(), id, "", "by hand"))
	w.overdueFor("1 second")
	w.sweep(w.connected())
	assert.Equal(t, schema.EngineLost, w.becomes(id, schema.ClosedIncomplete).EndReason)
}

// A backlog is no reason for the alarm, and hides nothing that is lost.
func TestWhatOnlyWaitsForAWorkerIsNoneOfTooMany(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	stop := w.engine()
	lost := w.running()
	stop()
	one, two := w.report("100"), w.report("100", func(r *schema.Report) { r.Endpoint.UserName = "beth.anglin" })
	w.relays()
	w.overdueFor("59 minutes")
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.janitor_max_candidates', '2')`)
	w.sweep(w.connected())
	assert.Equal(t, schema.EngineLost, w.becomes(lost, schema.ClosedIncomplete).EndReason)
	w.becomes(one, schema.Open)
	w.becomes(two, schema.Open)
}

func TestWhatIsSaidOfARunThatOnlyWaitsForAWorker(t *testing.T) {
	running, paused := enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED
	task := func(attempt int32) *workflowpb.PendingWorkflowTaskInfo {
		return &workflowpb.PendingWorkflowTaskInfo{Attempt: attempt}
	}
	activity := func(state enumspb.PendingActivityState, attempt int32) *workflowpb.PendingActivityInfo {
		return &workflowpb.PendingActivityInfo{State: state, Attempt: attempt}
	}
	scheduled, started := enumspb.PENDING_ACTIVITY_STATE_SCHEDULED, enumspb.PENDING_ACTIVITY_STATE_STARTED
	for what, c := range map[string]struct {
		status     enumspb.WorkflowExecutionStatus
		task       *workflowpb.PendingWorkflowTaskInfo
		activities []*workflowpb.PendingActivityInfo
		waits      bool
	}{
		"nothing to do":                             {status: running},
		"a task":                                    {status: running, task: task(1), waits: true},
		"a task of which workers died":              {status: running, task: task(3), waits: true},
		"a task that fails":                         {status: running, task: task(4)},
		"a task that fails beside an activity":      {status: running, task: task(4), activities: []*workflowpb.PendingActivityInfo{activity(scheduled, 1)}},
		"a task that somebody has paused":           {status: paused, task: task(1)},
		"an activity":                               {status: running, activities: []*workflowpb.PendingActivityInfo{activity(started, 1), activity(scheduled, 1)}, waits: true},
		"an activity that a worker has":             {status: running, activities: []*workflowpb.PendingActivityInfo{activity(started, 1)}},
		"an activity that has failed and is paused": {status: running, activities: []*workflowpb.PendingActivityInfo{activity(scheduled, 2)}},
	} {
		assert.Equal(t, c.waits, onlyWaits(&workflowservice.DescribeWorkflowExecutionResponse{
			WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: c.status}, PendingWorkflowTask: c.task, PendingActivities: c.activities,
		}), what)
	}
}
