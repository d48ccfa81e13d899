package worker

import (
	"encoding/json"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

const laptop = "d049b28e936aa1106f98f6db5cba10d5"

func onLaptop(r *schema.Report) { r.Endpoint.CI = laptop }

func with(parameters string) func(*schema.Report) {
	return func(r *schema.Report) { r.InputParameters = json.RawMessage(parameters) }
}

func details(text string) func(*schema.Report) {
	return func(r *schema.Report) { r.InvestigativeDetails = json.RawMessage(text) }
}

// enroll lets the laptop have an agent.
func (w *world) enroll() {
	w.t.Helper()
	_, err := w.db.EnrollAgent(w.t.Context(), laptop)
	require.NoError(w.t, err)
}

// device does the laptop's next job as its agent would.
func (w *world) device(status schema.ActionStatus) {
	w.t.Helper()
	job := w.nextJob()
	require.NotNil(w.t, job)
	_, err := w.db.Heartbeat(w.t.Context(), laptop, job.ID)
	require.NoError(w.t, err)
	require.NoError(w.t, w.db.FinishJob(w.t.Context(), laptop, job.ID, schema.ActionResult{Status: status, Message: "So it was."}))
}

// nextJob is nil when there is nothing to do for the laptop.
func (w *world) nextJob() *schema.Job {
	w.t.Helper()
	job, _, err := w.db.NextJob(w.t.Context(), laptop, schema.AgentInfo{Version: "test", OS: "linux", Actions: []string{"end_process"}})
	require.NoError(w.t, err)
	return job
}
