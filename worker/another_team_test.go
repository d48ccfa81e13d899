package worker

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"proactive/schema"
)

const deskCatalogue = `
providers: [{provider_code: sn, name: ServiceNow}]
users: [{user_name: fred.luddy}]
remedial_actions:
  - {name: desk, kind: flow_action, target: desk, task_queue: desk, timeout: 1m, from_report: [log]}
resolutions:
  - {name: desk, type: remedial_action, remedial_action: desk}
issues:
  - {provider: sn, issue_code: "1", short_description: A log, resolution: desk, deployed: true}
`

func (w *world) willingDesk() {
	desk := sdkworker.New(w.client(), "desk", sdkworker.Options{})
	desk.RegisterActivityWithOptions(func(context.Context, schema.ActionInput) (schema.ActionResult, error) {
		return schema.ActionResult{Status: schema.ActionSucceeded}, nil
	}, activity.RegisterOptions{Name: "desk"})
	require.NoError(w.t, desk.Start())
	w.t.Cleanup(desk.Stop)
}

// What Temporal would refuse, or lose, must not wedge the run.
func TestParametersForAnotherTeamAreBounded(t *testing.T) {
	w := newWorld(t, deskCatalogue)
	w.willingDesk()
	w.engine()
	w.becomes(w.report("1", with(`{"log":"`+strings.Repeat("<", 100_000)+`"}`)), schema.ClosedComplete)
	issue := w.becomes(w.report("1", with(`{"log":"`+strings.Repeat("<", 1_000_000)+`"}`)), schema.ClosedIncomplete)
	assert.Equal(t, schema.InvalidParameters, issue.EndReason)
}

// Our run is gone, after the retention or deleted by hand, and somebody else's workflow has the id now.
func TestTheJanitorLeavesAStrangersRunAlone(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.enroll()
	stop := w.engine()
	w.running()
	stop()
	w.exec(`UPDATE sn_pren_experience_issue SET experience_id = 'mine'`)
	_, err := w.client().ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "mine", TaskQueue: "nobody"}, "Stranger")
	require.NoError(t, err)
	w.overdue()
	w.sweep(w.connected())
	w.becomes("mine", schema.ClosedIncomplete)
	w.engine()
	w.eventually("the inbox is empty", func() bool { return w.one(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0" })
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, w.describe("mine").GetStatus())
}
