package journey

import (
	"context"
	"log/slog"
	"strings"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"proactive/devstack/stacktest"
)

// inTemporal is a client of the world's namespace.
func (w *world) inTemporal() client.Client {
	w.t.Helper()
	c, err := client.Dial(client.Options{HostPort: w.temporal, Namespace: w.namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		ConnectionOptions: stacktest.Unhurried()})
	require.NoError(w.t, err)
	w.t.Cleanup(c.Close)
	return c
}

// run is the id of the run that an issue has now.
func (w *world) run(id string) string {
	w.t.Helper()
	described, err := w.inTemporal().DescribeWorkflowExecution(w.t.Context(), id, "")
	require.NoError(w.t, err)
	return described.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

// runs are the ids of the workflows that there are. Visibility lags, so the caller says how many to wait for.
func (w *world) runs(atLeast int) (ids []string) {
	w.t.Helper()
	c := w.inTemporal()
	eventually(w.t, "the runs are listed", func() bool {
		list, err := c.ListWorkflow(w.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000})
		require.NoError(w.t, err)
		ids = nil
		for _, execution := range list.GetExecutions() {
			ids = append(ids, execution.GetExecution().GetWorkflowId())
		}
		return len(ids) >= atLeast
	})
	return ids
}

// history is all that Temporal has written down of an issue's run.
func (w *world) history(id string) (events []*historypb.HistoryEvent) {
	w.t.Helper()
	iterator := w.inTemporal().GetWorkflowHistory(w.t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iterator.HasNext() {
		event, err := iterator.Next()
		require.NoError(w.t, err)
		events = append(events, event)
	}
	require.NotEmpty(w.t, events)
	return events
}

// terminates ends a run in Temporal, as its UI can.
func (w *world) terminates(id string) {
	w.t.Helper()
	require.NoError(w.t, w.inTemporal().TerminateWorkflow(w.t.Context(), id, "", "by hand"))
}

// completes waits until the run of an issue has ended by itself.
func (w *world) completes(id string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	require.NoError(w.t, w.inTemporal().GetWorkflow(ctx, id, "").Get(ctx, nil))
}

// completesAs waits until the run of an issue has ended by itself with a word in how.
func (w *world) completesAs(id, how string) {
	w.t.Helper()
	c := w.inTemporal()
	eventually(w.t, "the run has ended", func() bool {
		described, err := c.DescribeWorkflowExecution(w.t.Context(), id, "")
		require.NoError(w.t, err)
		status := described.GetWorkflowExecutionInfo().GetStatus()
		return status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING && strings.Contains("completed "+how, strings.ToLower(status.String()))
	})
}
