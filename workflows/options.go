package workflows

import (
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"proactive/activities"
	"proactive/schema"
)

// forGood is longer than any outage. A run that still cannot go on is ended by the janitor.
const forGood = 10 * 365 * 24 * time.Hour

// inPostgres is for local activities: a few quick statements, tried until Postgres answers. The pauses soon grow beyond a
// workflow task, so that a long outage costs timers and not heartbeats. They go on when the run is cancelled: what has begun is
// to be ended properly.
func inPostgres(ctx workflow.Context, summary string) workflow.Context {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout:    30 * time.Second,
		ScheduleToCloseTimeout: forGood, // left out, it would be the 30 s of one try
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    500 * time.Millisecond,
			BackoffCoefficient: 3,
			MaximumInterval:    time.Minute,
		},
		Summary: summary,
	})
}

// asFlowAction is for a remedial action that is an activity. Nobody on its task queue shows as a timeout before the start.
func asFlowAction(ctx workflow.Context, a schema.PlannedAction) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              a.TaskQueue,
		ScheduleToStartTimeout: schema.WaitForWorker,
		StartToCloseTimeout:    a.Timeout,
		ScheduleToCloseTimeout: a.Deadline,
		RetryPolicy:            attempts(a),
		Summary:                runSummary(a),
	})
}

// asDelivery is for one message on one channel. How often it is tried is the channel's to say: its last attempt is final, and whoever
// finds Postgres away or a host busy has made none. There is no timeout before the start: the task queue is our own, and when nobody
// listens there, nobody could act on it either.
func asDelivery(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    time.Minute,
		HeartbeatTimeout:       30 * time.Second, // a worker that dies while it delivers is noticed
		ScheduleToCloseTimeout: schema.TellWithin,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    schema.MaxRetryDelay,
		},
		Summary: summary,
	})
}

// asSubflow is for a remedial action that is a child workflow.
func (x *issue) asSubflow(ctx workflow.Context, a schema.PlannedAction) workflow.Context {
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		TaskQueue:                a.TaskQueue,
		WorkflowID:               fmt.Sprintf("%s/step-%d", x.id, x.step),
		WorkflowRunTimeout:       schema.WaitForWorker + a.Timeout, // it counts from the start, worker or not
		WorkflowExecutionTimeout: a.Deadline,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:        enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		RetryPolicy:              attempts(a),
		StaticSummary:            runSummary(a),
	})
}

// attempts tries an idempotent action again after an error or a timeout, and any other never.
func attempts(a schema.PlannedAction) *temporal.RetryPolicy {
	final := []string{notRegistered}
	if a.Input == nil {
		final = append(final, activities.Unavailable, activities.HostBusy) // no attempt: see run
	}
	return &temporal.RetryPolicy{
		InitialInterval:        time.Second,
		BackoffCoefficient:     2,
		MaximumInterval:        schema.MaxRetryDelay,
		MaximumAttempts:        int32(a.Attempts),
		NonRetryableErrorTypes: final,
	}
}
