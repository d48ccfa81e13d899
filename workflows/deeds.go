package workflows

import (
	"go.temporal.io/sdk/workflow"

	"proactive/activities"
	"proactive/schema"
)

// do names the activities; nothing is ever called on it.
var do *activities.Activities

// begin takes up the step in Postgres.
func (x *issue) begin(ctx workflow.Context) (plan schema.Plan, err error) {
	x.tell(ctx, "Looking up the resolution.")
	err = workflow.ExecuteLocalActivity(inPostgres(ctx, "look up the resolution"), do.Begin, x.id, x.step).Get(ctx, &plan)
	return plan, err
}

// conclude ends the step in Postgres.
func (x *issue) conclude(ctx workflow.Context, outcome schema.Outcome) (verdict schema.Verdict, err error) {
	err = workflow.ExecuteLocalActivity(inPostgres(ctx, concluding(outcome)), do.Conclude, x.id, outcome).Get(ctx, &verdict)
	return verdict, err
}

// concluding says what Conclude is about to do.
func concluding(outcome schema.Outcome) string {
	switch {
	case outcome.Reason.TakesFallback(), outcome.Result != nil && outcome.Result.Status == schema.ActionHasFailed:
		return "create the fallback incident"
	case outcome.Reason == schema.IncidentRequested:
		return "create the incident"
	case outcome.Reason == schema.Cancelled:
		return "cancel the issue"
	}
	return "conclude the step"
}

// turn asks how the conversation stands, and says what Postgres cannot know.
func (x *issue) turn(ctx workflow.Context, heard schema.Heard) (turn schema.Turn, err error) {
	err = workflow.ExecuteLocalActivity(inPostgres(ctx, "take the conversation further"), do.Turn, x.id, x.step, heard).Get(ctx, &turn)
	return turn, err
}

// acted tells the conversation what came of the remedial action.
func (x *issue) acted(ctx workflow.Context, outcome schema.Outcome) (turn schema.Turn, err error) {
	err = workflow.ExecuteLocalActivity(inPostgres(ctx, "take the result to the person"), do.Acted, x.id, outcome).Get(ctx, &turn)
	return turn, err
}

// deskNotifications are the messages to the service desk.
func (x *issue) deskNotifications(ctx workflow.Context) (notifications []string, err error) {
	err = workflow.ExecuteLocalActivity(inPostgres(ctx, "look up the service desk's channels"), do.DeskNotifications, x.id).Get(ctx, &notifications)
	return notifications, err
}

// deskTold settles what came of the messages to the service desk: when none arrived, there is an incident.
func (x *issue) deskTold(ctx workflow.Context) error {
	return workflow.ExecuteLocalActivity(inPostgres(ctx, "settle the messages to the service desk"), do.DeskTold, x.id).Get(ctx, nil)
}

// expireWait ends the wait in Postgres, unless the next report was first.
func (x *issue) expireWait(ctx workflow.Context) (verdict schema.Verdict, err error) {
	err = workflow.ExecuteLocalActivity(inPostgres(ctx, "end the wait: create the fallback incident"), do.ExpireWait, x.id, x.step).Get(ctx, &verdict)
	return verdict, err
}
