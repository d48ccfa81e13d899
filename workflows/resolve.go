package workflows

import (
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

// resolve does what the plan says, and tells what came of it. It never fails: a failure is an outcome.
func (x *issue) resolve(ctx workflow.Context, plan schema.Plan) schema.Outcome {
	switch {
	case plan.Conclude != "":
		return x.outcome(plan.Conclude, "")
	case x.calledOff(ctx):
		return x.outcome(schema.Cancelled, "")
	}
	a := *plan.Action
	x.tell(ctx, "Running the remedial action `"+a.Name+"`: "+string(a.Kind)+" `"+a.Target+"`.")
	if a.Kind == schema.CIAction {
		return x.waitForDevice(ctx, a)
	}
	return x.run(ctx, a)
}

func (x *issue) outcome(reason schema.EndReason, detail string) schema.Outcome {
	return schema.Outcome{Step: x.step, Reason: reason, Detail: detail}
}

// waitForDevice waits until the job that Begin has offered has ended. How it ended stands on the job's row.
func (x *issue) waitForDevice(ctx workflow.Context, a schema.PlannedAction) schema.Outcome {
	x.await(ctx, a.Deadline, "run the remedial action "+a.Name+" on the device", func() bool {
		return x.cancelled || x.jobFinished >= x.step
	})
	if x.calledOff(ctx) {
		return x.outcome(schema.Cancelled, "")
	}
	return schema.Outcome{Step: x.step, Job: true}
}

// run starts a subflow or flow action by its type name and waits for it, or until the issue is called off.
func (x *issue) run(ctx workflow.Context, a schema.PlannedAction) schema.Outcome {
	runCtx, stop := workflow.WithCancel(ctx)
	defer stop()
	done := x.start(runCtx, a)
	if err := workflow.Await(ctx, func() bool { return done.IsReady() || x.cancelled }); err != nil || !done.IsReady() {
		return x.outcome(schema.Cancelled, "")
	}
	var result schema.ActionResult
	if err := done.Get(ctx, &result); err != nil {
		return x.failed(ctx, a, err)
	}
	switch result.Status {
	case schema.ActionSucceeded, schema.ActionHasFailed, schema.ActionWaits:
		return schema.Outcome{Step: x.step, Result: &result}
	}
	return x.outcome(schema.ActionFailed, "It gave back no result with a status of succeeded, failed or action_wait.")
}

func (x *issue) start(ctx workflow.Context, a schema.PlannedAction) workflow.Future {
	input := schema.ActionInput{ExperienceID: x.id, Step: x.step} // our own actions load the rest by id
	if a.Input != nil {
		input = *a.Input
	}
	if a.Kind == schema.Subflow {
		return workflow.ExecuteChildWorkflow(x.asSubflow(ctx, a), a.Target, input)
	}
	return workflow.ExecuteActivity(asFlowAction(ctx, a), a.Target, input)
}

// failed tells a failure from a lack of time, and, where it must not be repeated, from not knowing.
func (x *issue) failed(ctx workflow.Context, a schema.PlannedAction, err error) schema.Outcome {
	var timeout *temporal.TimeoutError
	var application *temporal.ApplicationError
	switch {
	case x.calledOff(ctx):
		return x.outcome(schema.Cancelled, "")
	case errors.As(err, &timeout) && timeout.TimeoutType() == enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START:
		return x.outcome(schema.ActionTimedOut, "No worker took it from its task queue.")
	case errors.As(err, &timeout) && !a.Idempotent:
		return x.outcome(schema.OutcomeUnknown, "It did not answer in time.")
	case errors.As(err, &timeout):
		return x.outcome(schema.ActionTimedOut, "")
	case errors.As(err, &application):
		return x.outcome(schema.ActionFailed, "It ended with an error of type "+application.Type()+".")
	}
	return x.outcome(schema.ActionFailed, "")
}
