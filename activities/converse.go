package activities

import (
	"context"

	"proactive/schema"
	"proactive/wording"
)

// ConversationStore is what conversations need of Postgres. Turn and Acted are moves that a repeat finds made.
type ConversationStore interface {
	Turn(ctx context.Context, experienceID string, step int, heard schema.Heard, writeCode schema.WriteCode) (schema.Turn, error)
	Acted(ctx context.Context, experienceID string, outcome schema.Outcome) (schema.Turn, error)
	DeskNotifications(ctx context.Context, experienceID string) ([]string, error)
	DeskUnreached(ctx context.Context, experienceID string) error
}

// Turn takes a conversation as far as it can go, and tells what to do next.
func (a *Activities) Turn(ctx context.Context, experienceID string, step int, heard schema.Heard) (schema.Turn, error) {
	turn, err := a.store.Turn(ctx, experienceID, step, heard, wording.Code)
	return turn, coded(ctx, err)
}

// Acted tells a conversation what came of the remedial action.
func (a *Activities) Acted(ctx context.Context, experienceID string, outcome schema.Outcome) (schema.Turn, error) {
	turn, err := a.store.Acted(ctx, experienceID, outcome)
	return turn, coded(ctx, err)
}

// DeskNotifications gives the sys_ids of the messages that tell the service desk about an issue.
func (a *Activities) DeskNotifications(ctx context.Context, experienceID string) ([]string, error) {
	notifications, err := a.store.DeskNotifications(ctx, experienceID)
	return notifications, coded(ctx, err)
}

// DeskTold settles those messages: where none of them arrived, an incident takes their place.
func (a *Activities) DeskTold(ctx context.Context, experienceID string) error {
	return coded(ctx, a.store.DeskUnreached(ctx, experienceID))
}
