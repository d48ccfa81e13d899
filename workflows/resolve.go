package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

// resolve does what the plan says, and tells what came of it. Its error is of Postgres alone: a failure is an outcome.
func (x *issue) resolve(ctx workflow.Context, plan schema.Plan) (schema.Outcome, error) {
	switch {
	case x.calledOff(ctx):
		return x.outcome(schema.Cancelled, ""), nil
	case plan.Conclude != "":
		return x.outcome(plan.Conclude, ""), nil
	case plan.Conversation:
		return x.converse(ctx, plan)
	}
	return x.act(ctx, *plan.Action), nil
}

// act runs the remedial action. It never fails: a failure is an outcome.
func (x *issue) act(ctx workflow.Context, a schema.PlannedAction) schema.Outcome {
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
	x.await(ctx, a.Deadline, runSummary(a)+" on the device", func() bool {
		return x.cancelled || x.jobFinished >= x.step
	})
	if x.calledOff(ctx) {
		return x.outcome(schema.Cancelled, "")
	}
	return schema.Outcome{Step: x.step, Job: true}
}

// run runs a subflow or flow action. One of our own that could not read what to do has done nothing yet: that uses up no attempt, and
// it is begun again as long as there is time.
func (x *issue) run(ctx workflow.Context, a schema.PlannedAction) schema.Outcome {
	over := workflow.Now(ctx).Add(a.Deadline)
	for pause := time.Second; ; pause = min(2*pause, schema.MaxRetryDelay) {
		outcome, begun := x.runOnce(ctx, a)
		a.Deadline = over.Sub(workflow.Now(ctx)) - pause
		if begun || a.Deadline < a.Timeout {
			return outcome
		}
		x.await(ctx, pause, "wait for Postgres", func() bool { return x.cancelled })
		if x.calledOff(ctx) {
			return x.outcome(schema.Cancelled, "")
		}
	}
}

// runOnce starts a subflow or flow action by its type name and waits for it, or until the issue is called off.
func (x *issue) runOnce(ctx workflow.Context, a schema.PlannedAction) (outcome schema.Outcome, begun bool) {
	runCtx, stop := workflow.WithCancel(ctx)
	defer stop()
	done := x.start(runCtx, a)
	if err := workflow.Await(ctx, func() bool { return done.IsReady() || x.cancelled }); err != nil || !done.IsReady() {
		return x.outcome(schema.Cancelled, ""), true
	}
	var result schema.ActionResult
	if err := done.Get(ctx, &result); err != nil {
		if x.calledOff(ctx) {
			return x.outcome(schema.Cancelled, ""), true
		}
		return x.outcome(failure(a, err)), !notBegun(a, err)
	}
	switch result.Status {
	case schema.ActionSucceeded, schema.ActionHasFailed, schema.ActionWaits:
		return schema.Outcome{Step: x.step, Result: &result}, true
	}
	return x.outcome(schema.ActionFailed, noResult), true
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
