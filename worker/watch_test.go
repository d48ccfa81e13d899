package worker

import (
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	_ "github.com/lib/pq"

	"proactive/devstack/stacktest"
	"proactive/schema"
)

// said are the names of the events on an issue's timeline.
func said(issue schema.Issue) (names []string) {
	for _, e := range issue.Timeline {
		names = append(names, string(e.Event))
	}
	return names
}

// client is somebody else's, whose requests no test counts.
func (w *world) client() client.Client {
	w.t.Helper()
	options := w.temporal
	options.ConnectionOptions = stacktest.Unhurried()
	c, err := client.Dial(options)
	require.NoError(w.t, err)
	w.t.Cleanup(c.Close)
	return c
}

func (w *world) describe(id string) *workflowpb.WorkflowExecutionInfo {
	w.t.Helper()
	described, err := w.client().DescribeWorkflowExecution(w.t.Context(), id, "")
	require.NoError(w.t, err)
	return described.GetWorkflowExecutionInfo()
}

// ended waits until the run has ended and tells how.
func (w *world) ended(id string) (status enumspb.WorkflowExecutionStatus) {
	w.t.Helper()
	w.eventually("the run of "+id+" ends", func() bool {
		status = w.describe(id).GetStatus()
		return status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	})
	return status
}

func (w *world) history(id string) (events []*historypb.HistoryEvent) {
	w.t.Helper()
	all := w.client().GetWorkflowHistory(w.t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for all.HasNext() {
		event, err := all.Next()
		require.NoError(w.t, err)
		events = append(events, event)
	}
	return events
}

// one is a single value of the database, as text.
func (w *world) one(query string, args ...any) (text string) {
	w.t.Helper()
	require.NoError(w.t, w.sql.QueryRow(query, args...).Scan(&text))
	return text
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	_, err := w.sql.Exec(query, args...)
	require.NoError(w.t, err)
}

// hurry lets the janitor look every second, at steps that are overdue soon, without waiting for the engine to prove itself.
func (w *world) hurry() {
	w.t.Helper()
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.janitor_interval_seconds', '1'), ('sn_pren.janitor_grace_seconds', '0')`)
}
