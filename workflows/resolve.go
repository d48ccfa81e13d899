package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"proactive/activities"
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

// run runs a subflow or flow action. One of our own that could not read what to do, or whose host is busy, has done nothing yet: that
// uses up no attempt, and it is begun again as long as there is time.
func (x *issue) run(ctx workflow.Context, a schema.PlannedAction) schema.Outcome {
	over, made := workflow.Now(ctx).Add(a.Deadline), 0
	for pause := time.Second; ; {
		outcome, idle := x.runOnce(ctx, a, made)
		if idle == nil {
			return outcome
		}
		left := over.Sub(workflow.Now(ctx))
		wait := pause
		if idle.Wait > 0 { // the last turn leaves time for an attempt
			wait = min(max(pause, idle.Wait), left-a.Timeout)
		}
		if wait <= 0 || left-wait < a.Timeout {
			return outcome
		}
		a.Deadline, a.Attempts, made = left-wait, a.Attempts-idle.Attempts, made+idle.Attempts
		x.await(ctx, wait, heldUpBy(idle), func() bool { return x.cancelled })
		if x.calledOff(ctx) {
			return x.outcome(schema.Cancelled, "")
		}
		pause = min(2*pause, max(schema.MaxRetryDelay, left/100)) // a history holds only so many rounds
	}
}

// heldUpBy says what holds up an action that has done nothing.
func heldUpBy(idle *activities.NotBegun) string {
	if idle.Wait > 0 {
		return "wait for the host's turn"
	}
	return "wait for Postgres"
}

// runOnce starts a subflow or flow action by its type name and waits for it, or until the issue is called off. made are the attempts of
// one that is begun again; idle is not nil when it has done nothing.
func (x *issue) runOnce(ctx workflow.Context, a schema.PlannedAction, made int) (outcome schema.Outcome, idle *activities.NotBegun) {
	runCtx, stop := workflow.WithCancel(ctx)
	defer stop()
	done := x.start(runCtx, a, made)
	if err := workflow.Await(ctx, func() bool { return done.IsReady() || x.cancelled }); err != nil || !done.IsReady() {
		return x.outcome(schema.Cancelled, ""), nil
	}
	var result schema.ActionResult
	if err := done.Get(ctx, &result); err != nil {
		if x.calledOff(ctx) {
			return x.outcome(schema.Cancelled, ""), nil
		}
		return x.outcome(failure(a, err)), notBegun(a, err)
	}
	switch result.Status {
	case schema.ActionSucceeded, schema.ActionHasFailed, schema.ActionWaits:
		return schema.Outcome{Step: x.step, Result: &result}, nil
	}
	return x.outcome(schema.ActionFailed, noResult), nil
}

func (x *issue) start(ctx workflow.Context, a schema.PlannedAction, made int) workflow.Future {
	input := schema.ActionInput{ExperienceID: x.id, Step: x.step, Attempts: made} // our own actions load the rest by id
	if a.Input != nil {
		input = *a.Input
	}
	if a.Kind == schema.Subflow {
		return workflow.ExecuteChildWorkflow(x.asSubflow(ctx, a), a.Target, input)
	}
	return workflow.ExecuteActivity(asFlowAction(ctx, a), a.Target, input)
}
