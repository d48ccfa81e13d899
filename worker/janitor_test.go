package worker

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
	"proactive/workflows"
)

// connected is a connection to w's namespace without an engine.
func (w *world) connected() connection {
	w.t.Helper()
	c := w.client()
	id, err := namespaceID(w.t.Context(), c, w.temporal.Namespace)
	require.NoError(w.t, err)
	return connection{Client: c, namespace: w.temporal.Namespace, namespaceID: id}
}

// sweep lets a janitor look once that has been well for long.
func (w *world) sweep(t connection) {
	w.t.Helper()
	j := newJanitor(w.db, t)
	j.wellSince = time.Now().Add(-time.Hour)
	properties, err := w.db.Properties(w.t.Context())
	require.NoError(w.t, err)
	require.NoError(w.t, j.sweep(w.t.Context(), properties))
}

// running gives an issue whose device has not come yet.
func (w *world) running(more ...func(*schema.Report)) (id string) {
	w.t.Helper()
	id = w.report("400", append(more, onLaptop, with(`{"process_id": "10644"}`))...)
	w.becomes(id, schema.InProgress)
	w.eventually("its run is known", func() bool {
		return w.one(`SELECT temporal_namespace FROM sn_pren_experience_issue WHERE experience_id = $1`, id) != ""
	})
	return id
}

func (w *world) overdue() {
	w.exec(`UPDATE sn_pren_experience_issue SET due_at = now() - interval '1 hour'`)
}

func TestATerminatedRunEndsItsIssueAsLost(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	w.hurry()
	w.engine()
	id := w.running()
	require.NoError(t, w.client().TerminateWorkflow(t.Context(), id, "", "by hand"))
	issue := w.becomes(id, schema.ClosedIncomplete)
	assert.Equal(t, schema.EngineLost, issue.EndReason)
	assert.NotEmpty(t, issue.IncidentNumber)
	assert.Nil(t, w.nextJob())
}

func TestARunThatPanicsForEverEndsItsIssueAsLostAndIsTerminated(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.hurry()
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.engine_due_seconds', '1')`)
	c := w.connected()
	panics := worker.New(c.Client, TaskQueue, worker.Options{})
	panics.RegisterWorkflowWithOptions(func(workflow.Context, schema.Start) error { panic("for ever") },
		workflow.RegisterOptions{Name: workflows.ExperienceIssueName})
	require.NoError(t, panics.Start())
	defer panics.Stop()
	ctx, cancel := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() { newRelay(w.db, c).run(ctx) })
	busy.Go(func() { newJanitor(w.db, c).run(ctx) })
	defer busy.Wait()
	defer cancel()

	id := w.report("100")
	issue := w.becomes(id, schema.ClosedIncomplete)
	assert.Equal(t, schema.EngineLost, issue.EndReason)
	assert.NotEmpty(t, issue.IncidentNumber)
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, w.ended(id))
}

func TestPointedAtAnotherNamespaceTheJanitorClosesNothing(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	stop := w.engine()
	id := w.running()
	stop()
	w.overdue()
	other := newWorld(t, withHook(nowhere))
	w.sweep(other.connected())
	assert.Equal(t, schema.InProgress, w.becomes(id, schema.InProgress).State)
	w.sweep(w.connected())
	w.becomes(id, schema.ClosedIncomplete)
}

func TestTooManyCandidatesCloseNothing(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	stop := w.engine()
	first := w.running()
	second := w.running(func(r *schema.Report) { r.Endpoint.UserName = "beth.anglin" })
	stop()
	w.overdue()
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.janitor_max_candidates', '1')`)
	w.sweep(w.connected())
	w.becomes(first, schema.InProgress)
	w.becomes(second, schema.InProgress)
	w.exec(`UPDATE sys_properties SET value = '2'`)
	w.sweep(w.connected())
	w.becomes(first, schema.ClosedIncomplete)
	w.becomes(second, schema.ClosedIncomplete)
}

func TestWhatTheEngineStillHasToHearIsNotLost(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	stop := w.engine()
	id := w.running()
	stop()
	w.device(schema.ActionSucceeded) // its message waits in the inbox
	w.overdue()
	w.sweep(w.connected())
	w.becomes(id, schema.InProgress)
	w.engine()
	w.becomes(id, schema.ClosedComplete)
}

func TestAnOpenIssueWithoutARunIsStartedAgain(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	c := w.connected()
	id := w.report("100")
	claimed, err := w.db.ClaimInbox(t.Context(), c.namespaceID, 10, time.Minute)
	require.NoError(t, err)
	require.NoError(t, w.db.Delivered(t.Context(), c.namespaceID, claimed)) // and Temporal has lost it
	w.overdue()
	w.hurry()
	w.engine()
	issue := w.becomes(id, schema.ClosedComplete)
	assert.Contains(t, said(issue), "requeued")
}

func TestARunThatVanishedInTheMiddleEndsItsIssueAsLost(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	stop := w.engine()
	id := w.running()
	stop()
	w.exec(`UPDATE sn_pren_experience_issue SET experience_id = 'nobody-knows-me'`)
	w.overdue()
	w.sweep(w.connected())
	require.NotEmpty(t, id)
	assert.Equal(t, schema.EngineLost, w.becomes("nobody-knows-me", schema.ClosedIncomplete).EndReason)
}

func TestALiveAgentOfWhomNobodyTellsTheServiceDeskBecomesAnIncident(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	w.exec(`UPDATE sn_pren_issue_registry SET fallback = 'live_agent'`)
	w.exec(`INSERT INTO sn_pren_notification_channel (sys_id, name, type, audience) VALUES (md5('desk'), 'desk', 'webhook', 'desk')`)
	stop := w.engine()
	id := w.running()
	stop()
	w.exec(`UPDATE sn_pren_experience_issue SET due_at = now() - interval '1 hour'`)
	w.sweep(w.connected())
	require.Equal(t, "live_agent", w.becomes(id, schema.ClosedIncomplete).FallbackResult)

	w.exec(`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '1 day'`)
	w.sweep(w.connected())
	require.Empty(t, w.becomes(id, schema.ClosedIncomplete).IncidentNumber, "who tells it still has to hear of that")
	w.exec(`DELETE FROM sn_pren_experience_issue_inbox`) // its run was terminated, or an older relay did not know what to do with the message
	w.exec(`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '30 minutes'`)
	w.sweep(w.connected())
	require.Empty(t, w.becomes(id, schema.ClosedIncomplete).IncidentNumber, "there is still time")
	w.exec(`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '41 minutes'`)
	w.sweep(w.connected())
	issue := w.becomes(id, schema.ClosedIncomplete)
	require.NotEmpty(t, issue.IncidentNumber)
	require.Equal(t, "incident", issue.FallbackResult)
}
