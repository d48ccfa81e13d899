package journey

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
	"proactive/workflows"
)

// takesUp lets every open run of the places hear a message that it has had, and waits until this worker, which has never seen them, has
// replayed each and come to where it was.
func (u *upgrade) takesUp(worker *process, places []*place) {
	u.t.Helper()
	var open []string
	c := u.inTemporal()
	for _, p := range places {
		err := c.SignalWorkflow(u.t.Context(), p.id, "", schema.SignalInbox, schema.Message{Kind: schema.InboxNoticed})
		if missing := new(serviceerror.NotFound); errors.As(err, &missing) {
			continue // not begun, or closed
		}
		require.NoError(u.t, err)
		open = append(open, p.id)
	}
	require.NotEmpty(u.t, open)
	identity := fmt.Sprintf("%d@", worker.pid())
	for _, id := range open {
		eventually(u.t, worker.name+" takes up "+id, func() bool { return taskAfterLastSignal(u.history(id), identity) })
	}
	u.t.Logf("%d runs are taken up", len(open))
}

// taskAfterLastSignal tells whether a worker has done a workflow task since the run was last told something. A run that fails in
// replay never gets there.
func taskAfterLastSignal(events []*historypb.HistoryEvent, identity string) bool {
	done := false
	for _, event := range events {
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
			done = false
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			done = done || strings.HasPrefix(event.GetWorkflowTaskCompletedEventAttributes().GetIdentity(), identity)
		}
	}
	return done
}

// nothingIsLostOrDoubled looks at everything that is there.
func (u *upgrade) nothingIsLostOrDoubled(places []*place) {
	u.t.Helper()
	eventually(u.t, "the inbox is empty", func() bool { return u.value(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0" })
	require.Equal(u.t, "0", u.value(`SELECT count(*) FROM sn_pren_experience_issue WHERE closed_on IS NULL`))
	require.Equal(u.t, "0", u.value(`SELECT count(*) FROM ci_job WHERE state IN ('offered', 'leased', 'begun')`))
	require.Equal(u.t, "0", u.value(`
		SELECT count(*) FROM sn_pren_experience_issue i
		 WHERE (SELECT array_agg(number ORDER BY number) FROM sn_pren_experience_issue_event WHERE issue = i.sys_id)
		       <> (SELECT array_agg(n) FROM generate_series(1, i.events) n)`), "every timeline is complete")
	for _, p := range places {
		want := "0"
		if strings.HasPrefix(p.ends, "closed_incomplete") && p.person != "live" {
			want = "1"
		}
		require.Equal(u.t, want, u.incidents(p.id), "incidents of %s", p.person)
		u.isToldOnce(p)
	}
	u.everyRunIsClean(places)
}

// isToldOnce looks at what has arrived at the person: one message for each occasion.
func (u *upgrade) isToldOnce(p *place) {
	u.t.Helper()
	var occasions []string
	for _, m := range u.messages(p.id) {
		require.NotContains(u.t, occasions, m.Data.Occasion, "messages to %s", p.person)
		occasions = append(occasions, m.Data.Occasion)
	}
}

// everyRunIsClean looks at the histories of all runs: each issue has one, no workflow task has failed in it, which is how a workflow
// that does something else at its replay shows, and the present code replays what the two versions have written together.
func (u *upgrade) everyRunIsClean(places []*place) {
	u.t.Helper()
	ids := append([]string(nil), u.passersBy.ended...)
	for _, p := range places {
		ids = append(ids, p.id)
	}
	others := 0
	for _, id := range u.runs(len(ids)) {
		if strings.Contains(id, "/step-") {
			continue // another team's
		}
		events := u.history(id)
		if !slices.Contains(ids, id) {
			others++
		}
		for _, event := range events {
			require.False(u.t, failedTask(event), "%s: %v", id, event)
		}
		require.NoError(u.t, replay(id, &historypb.History{Events: events}), id)
	}
	require.Equal(u.t, 2, others, "the run that told the desk, and the first issue of who is over budget")
}

// failedTask tells that a worker could not go on with a run. That something was said to the run at the last moment is no failure.
func failedTask(event *historypb.HistoryEvent) bool {
	return event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED &&
		event.GetWorkflowTaskFailedEventAttributes().GetCause() != enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
}

// replay runs the present code against a history.
func replay(id string, h *historypb.History) error {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(workflows.ExperienceIssue, workflow.RegisterOptions{Name: workflows.ExperienceIssueName})
	r.RegisterWorkflowWithOptions(workflows.TellDesk, workflow.RegisterOptions{Name: workflows.TellDeskName})
	return r.ReplayWorkflowHistoryWithOptions(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), h, worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}})
}
