package worker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"proactive/schema"
)

// mostTaskAttempts is how often a workflow task is tried of which workers died. One that was tried more often fails in the workers, as when
// the code panics.
const mostTaskAttempts = 3

// onlyWaits tells that a run has something to do, and that all it needs for that is a worker that takes it up.
func onlyWaits(run *workflowservice.DescribeWorkflowExecutionResponse) bool {
	if run.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return false
	}
	if task := run.GetPendingWorkflowTask(); task != nil {
		return task.GetAttempt() <= mostTaskAttempts
	}
	return slices.ContainsFunc(run.GetPendingActivities(), func(a *workflowpb.PendingActivityInfo) bool {
		return a.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED && a.GetAttempt() == 1
	})
}

// hasTime tells that an overdue candidate is left alone, as nothing of it is lost: there is more to do than the workers keep up with.
func hasTime(c schema.Candidate, run *workflowservice.DescribeWorkflowExecutionResponse, p schema.Properties) bool {
	return c.Overdue < p.Seconds(schema.EngineBacklogSeconds).Seconds() && onlyWaits(run)
}

// withoutBacklog gives those of the overdue candidates that are not left alone, as far as it takes to see that they are more than most.
func (j *janitor) withoutBacklog(ctx context.Context, overdue []schema.Candidate, most int, p schema.Properties) (lost []schema.Candidate, err error) {
	for _, c := range overdue {
		if len(lost) > most {
			break
		}
		run, err := j.t.DescribeWorkflowExecution(ctx, c.ExperienceID, "")
		switch {
		case err != nil && !notFound(err):
			return nil, fmt.Errorf("describe a run: %w", err)
		case err != nil || !hasTime(c, run, p):
			lost = append(lost, c)
		}
	}
	return lost, nil
}

// tellBacklog says when the workers begin to be behind, and when they have caught up.
func (j *janitor) tellBacklog(waiting int) {
	switch {
	case waiting > 0 && j.waiting == 0:
		slog.Warn("overdue issues only wait for a worker; they are left alone for as long as the property sn_pren.engine_backlog_seconds says. "+
			"If that goes on, start more workers", "issues", waiting)
	case waiting == 0 && j.waiting > 0:
		slog.Info("no overdue issue waits for a worker any more")
	}
	j.waiting = waiting
}
