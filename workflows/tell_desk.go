package workflows

import (
	"go.temporal.io/sdk/workflow"

	"proactive/activities"
	"proactive/schema"
)

// TellDeskName is the type name of the workflow that tells the service desk.
const TellDeskName = "TellDesk"

// TellDeskID is the id of the run that tells the service desk about an issue.
func TellDeskID(experienceID string) string { return experienceID + "/desk" }

// TellDesk tells the service desk that a person waits for a live agent, on every channel that the desk has. When it hears of it on
// none, an incident takes the place of the message. It is a workflow of its own as its issue is closed by then.
func TellDesk(ctx workflow.Context, start schema.Start) error {
	x := &issue{id: start.ExperienceID, step: start.Step}
	notifications, err := x.deskNotifications(ctx)
	if err != nil {
		return err
	}
	var sent []workflow.Future
	for _, notification := range notifications {
		sent = append(sent, workflow.ExecuteActivity(asDelivery(ctx, "tell the service desk"), activities.NotifyName, notification))
	}
	for _, one := range sent {
		one.Get(ctx, nil) //nolint:errcheck // how each ended stands in Postgres
	}
	return x.deskTold(ctx)
}
