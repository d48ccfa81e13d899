package worker

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"proactive/schema"
)

// An issue can be called off in each state, by the API and by a click in the Temporal UI.
func TestAnIssueCanBeCalledOffInEachState(t *testing.T) {
	release := make(chan struct{})
	w := newWorld(t, withHook(hook(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})))
	t.Cleanup(func() { close(release) })
	w.enroll()
	stop := w.engine()
	for what, reach := range map[string]func() string{
		"a flow action runs": func() string { return w.becomes(w.report("100"), schema.InProgress).ExperienceID },
		"a device is at it": func() string {
			return w.becomes(w.report("400", onLaptop, with(`{"process_id": "10644"}`)), schema.InProgress).ExperienceID
		},
		"the next report is awaited": func() string {
			id := w.becomes(w.report("400", onLaptop, with(`{"process_id": "10644"}`)), schema.InProgress).ExperienceID
			w.device(schema.ActionWaits)
			return w.becomes(id, schema.ActionWait).ExperienceID
		},
	} {
		t.Run(what, func(t *testing.T) {
			w.t = t
			id := reach()
			_, err := w.db.Cancel(t.Context(), id, "test")
			require.NoError(t, err)
			w.calledOff(id, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED)

			id = reach()
			w.eventually("the run is there", func() bool { return w.client().CancelWorkflow(t.Context(), id, "") == nil })
			w.calledOff(id, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED)
		})
	}
	t.Run("nothing has begun", func(t *testing.T) {
		w.t = t
		stop()
		id := w.report("400", onLaptop, with(`{"process_id": "10644"}`))
		_, err := w.db.Cancel(t.Context(), id, "test")
		require.NoError(t, err)
		w.engine()
		w.eventually("its run is started", func() bool { return w.one(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0" })
		w.calledOff(id, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED)
	})
	w.t = t
}

func (w *world) calledOff(id string, status enumspb.WorkflowExecutionStatus) {
	w.t.Helper()
	issue := w.becomes(id, schema.ClosedCancelled)
	assert.Empty(w.t, issue.IncidentNumber)
	assert.Equal(w.t, schema.Cancelled, issue.EndReason)
	assert.Equal(w.t, status.String(), w.ended(id).String())
	assert.Nil(w.t, w.nextJob(), "its job never reaches the device")
	assert.Equal(w.t, "0", w.one(`SELECT count(*) FROM ci_job WHERE state IN ('offered', 'leased', 'begun')`))
}
