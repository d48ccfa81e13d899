package postgres

import (
	"context"

	"proactive/schema"
)

// submitChained makes the next step of an issue that is in action_wait. When somebody else was first, or the issue waits for
// something else, it is refused.
func (d *DB) submitChained(ctx context.Context, s submission) error {
	var after struct {
		Taken bool   `db:"taken"`
		State string `db:"state"`
	}
	err := d.get(ctx, &after, submitNext, append(columns(s), schema.ActionWait)...)
	if violated(err) == "one open issue per person and registry row" {
		return beingResolved()
	}
	if err != nil || after.Taken {
		return err
	}
	return notAwaited(s.ExperienceID, after.State)
}
