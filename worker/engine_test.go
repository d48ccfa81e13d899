package worker

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"proactive/schema"
)

// people and what they can be helped with; %s is the address of the hook that http_request calls.
const catalogue = `
providers: [{provider_code: sn, name: ServiceNow}]
users:
  - {user_name: fred.luddy, email: fred.luddy@example.com}
  - {user_name: beth.anglin, email: beth.anglin@example.com}
computers: [{sys_id: d049b28e936aa1106f98f6db5cba10d5, name: fred-laptop, assigned_to: fred.luddy}]
remedial_actions:
  - {name: call-hook, kind: flow_action, target: http_request, timeout: 1m, attempts: 2, idempotent: true, from_report: [process_id]}
  - {name: end-process, kind: ci_action, target: end_process, timeout: 5m, attempts: 2, idempotent: true, from_report: [process_id],
     input_schema: {type: object, required: [process_id], additionalProperties: false, properties: {process_id: {type: string, pattern: "^[0-9]{1,10}$"}}}}
  - {name: ask-desk, kind: flow_action, target: ask, task_queue: desk-queue, timeout: 1m, attempts: 1, from_report: [note]}
resolutions:
  - {name: call-hook, type: remedial_action, remedial_action: call-hook, parameters: {method: POST, url: "HOOK"}}
  - {name: call-hook-then-wait, type: remedial_action, remedial_action: call-hook, parameters: {method: POST, url: "HOOK"}, on_success: action_wait}
  - {name: straight-to-incident, type: create_incident}
  - {name: end-process, type: remedial_action, remedial_action: end-process}
  - {name: ask-desk, type: remedial_action, remedial_action: ask-desk}
issues:
  - {provider: sn, issue_code: "100", short_description: High CPU usage, resolution: call-hook, deployed: true}
  - {provider: sn, issue_code: "200", short_description: Slow disk, resolution: call-hook-then-wait, action_wait: 1m, deployed: true}
  - {provider: sn, issue_code: "300", short_description: Swollen battery, resolution: straight-to-incident, deployed: true}
  - {provider: sn, issue_code: "201", short_description: Slow disk still, resolution: call-hook-then-wait, action_wait: 1s, deployed: true}
  - {provider: sn, issue_code: "202", short_description: Slow disk for a while, resolution: call-hook-then-wait, action_wait: 10s, deployed: true}
  - {provider: sn, issue_code: "400", short_description: Runaway process, resolution: end-process, deployed: true}
  - {provider: sn, issue_code: "500", short_description: Unclear, resolution: ask-desk, deployed: true}
`

// nowhere is a hook that no test means to call.
const nowhere = "http://127.0.0.1:1"

// hook is somebody else's HTTP endpoint.
func hook(t *testing.T, answer http.HandlerFunc) string {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestASilentIssueRunsItsActionAndCloses(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	w.engine()
	id := w.report("100")
	issue := w.becomes(id, schema.ClosedComplete)
	assert.Equal(t, schema.ResolvedSilently, issue.EndReason)
	assert.Equal(t, []string{"created", "begun", "action_attempt", "action_finished", "closed"}, said(issue))
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, w.ended(id))
}

func TestAnIssueCanGoStraightToAnIncident(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.engine()
	issue := w.becomes(w.report("300"), schema.ClosedComplete)
	assert.Equal(t, schema.IncidentRequested, issue.EndReason)
	assert.NotEmpty(t, issue.IncidentNumber)
}

func TestParametersThatDoNotFitRunNothing(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	w.engine()
	id := w.report("400", onLaptop, with(`{"process_id": "1; reboot"}`))
	issue := w.becomes(id, schema.ClosedIncomplete)
	assert.Equal(t, schema.InvalidParameters, issue.EndReason)
	assert.NotEmpty(t, issue.IncidentNumber)
	assert.NotContains(t, said(issue), "job_offered")
	assert.NotContains(t, said(issue), "action_attempt")
}

func TestAChainedReportIsTheNextStepOfTheSameRun(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	w.enroll()
	w.engine()
	id := w.report("200", onLaptop)
	w.becomes(id, schema.ActionWait)
	run := w.describe(id).GetExecution().GetRunId()
	require.Equal(t, id, w.report("400", withID(id), onLaptop, with(`{"process_id": "10644"}`)))
	w.becomes(id, schema.InProgress)
	_, err := w.submit("200", withID(id))
	require.ErrorIs(t, err, schema.NotAwaited, "while it runs")
	w.device(schema.ActionSucceeded)
	issue := w.becomes(id, schema.ClosedComplete)
	assert.Equal(t, 2, issue.Step)
	assert.Equal(t, run, w.describe(id).GetExecution().GetRunId())
	_, err = w.submit("200", withID(id))
	require.ErrorIs(t, err, schema.NotAwaited, "after it was closed")
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, w.ended(id))
}

func TestAWaitThatRunsOutEndsInOneIncidentWithTheDetailsOfBothSteps(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	w.engine()
	id := w.report("200", details(`{"cpu usage": "78%"}`))
	w.becomes(id, schema.ActionWait)
	w.report("201", withID(id), details(`{"disk": "full"}`))
	issue := w.becomes(id, schema.ClosedIncomplete)
	assert.Equal(t, schema.ActionWaitExpired, issue.EndReason)
	text := w.one(`SELECT string_agg(description, '') FROM incident`)
	assert.Contains(t, text, "cpu usage: 78%")
	assert.Contains(t, text, "disk: full")
	assert.Equal(t, "1", w.one(`SELECT count(*) FROM incident`))
}

func TestMessagesThatComeTwiceOrLateAreIgnored(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	w.enroll()
	w.engine()
	id := w.report("200", onLaptop)
	w.becomes(id, schema.ActionWait)
	w.report("400", withID(id), onLaptop, with(`{"process_id": "10644"}`))
	w.becomes(id, schema.InProgress) // chained was message 2
	for _, m := range []schema.Message{{Seq: 2, Kind: schema.InboxChained, Step: 2}, {Seq: 1, Kind: schema.InboxCancelled, Step: 1},
		{Seq: 2, Kind: schema.InboxJobFinished, Step: 2}, {Seq: 0, Kind: schema.InboxCancelled, Step: 2}} {
		require.NoError(t, w.client().SignalWorkflow(t.Context(), id, "", schema.SignalInbox, m))
	}
	w.device(schema.ActionSucceeded)
	assert.Equal(t, schema.ResolvedSilently, w.becomes(id, schema.ClosedComplete).EndReason)
}
