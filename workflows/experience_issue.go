package workflows

import (
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

// ExperienceIssueName is the workflow's type name.
const ExperienceIssueName = "ExperienceIssue"

// issue is one run: one experience issue from its step on until it is closed.
type issue struct {
	id   string
	step int
	inbox
}

// ExperienceIssue resolves an experience issue: it takes up the step, runs what helps, concludes, and while the verdict is
// action_wait, waits for the next report. Whatever it learns from outside comes through the inbox. Its result is the last verdict,
// for people who look at the run.
func ExperienceIssue(ctx workflow.Context, start schema.Start) (schema.Verdict, error) {
	x := &issue{id: start.ExperienceID, step: start.Step}
	x.listen(ctx)
	for {
		verdict, err := x.runStep(ctx)
		if err != nil {
			return verdict, err
		}
		if verdict.State == schema.ActionWait {
			if verdict, err = x.waitForNext(ctx, verdict); err != nil {
				return verdict, err
			}
		}
		if verdict.State.Closed() {
			return verdict, x.finish(ctx, verdict)
		}
		x.step = verdict.Step
		if err := x.showState(ctx, verdict.State); err != nil {
			return verdict, err
		}
	}
}

// runStep takes the step from Begin to Conclude. What is called off before it begins is not begun.
func (x *issue) runStep(ctx workflow.Context) (schema.Verdict, error) {
	if x.calledOff(ctx) {
		return x.conclude(ctx, x.outcome(schema.Cancelled, ""))
	}
	plan, err := x.begin(ctx)
	if err != nil {
		return schema.Verdict{}, err
	}
	if plan.Ended != "" {
		return schema.Verdict{Step: x.step, State: plan.Ended}, nil
	}
	outcome, err := x.resolve(ctx, plan)
	if err != nil {
		return schema.Verdict{}, err
	}
	return x.conclude(ctx, outcome)
}

// waitForNext waits until the next report is there, the wait is over, or the issue is called off.
func (x *issue) waitForNext(ctx workflow.Context, verdict schema.Verdict) (schema.Verdict, error) {
	if err := x.showState(ctx, schema.ActionWait); err != nil {
		return verdict, err
	}
	x.tell(ctx, "Waiting for the next report, until "+verdict.WaitUntil.UTC().Format(timeFormat)+".")
	came := x.await(ctx, verdict.WaitUntil.Sub(workflow.Now(ctx)), "wait for the next action", func() bool {
		return x.cancelled || x.chained > x.step
	})
	switch {
	case x.calledOff(ctx):
		return x.conclude(ctx, x.outcome(schema.Cancelled, ""))
	case came:
		return schema.Verdict{Step: x.chained, State: schema.Open}, nil
	}
	return x.expireWait(ctx)
}

// finish leaves the final state where people in the Temporal UI look for it. A run that was cancelled there ends as cancelled.
func (x *issue) finish(ctx workflow.Context, verdict schema.Verdict) error {
	if err := x.showState(ctx, verdict.State); err != nil {
		return err
	}
	text := "Ended as `" + string(verdict.State) + "`"
	if verdict.EndReason != "" {
		text += ", `" + string(verdict.EndReason) + "`: " + verdict.EndReason.Sentence()
	}
	x.tell(ctx, text)
	if verdict.State == schema.ClosedCancelled {
		return ctx.Err()
	}
	return nil
}

// calledOff tells whether the issue was cancelled, through the API or in the Temporal UI.
func (x *issue) calledOff(ctx workflow.Context) bool { return x.cancelled || ctx.Err() != nil }
