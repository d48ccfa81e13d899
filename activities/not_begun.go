package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
)

// NotBegun is what an action of our own says that has done nothing and gives its worker's place back: it is no attempt, and the
// workflow begins it again. It is the detail of an error of type Unavailable or HostBusy.
type NotBegun struct {
	Attempts int           `json:"attempts"` // those made before, since the action was begun
	Wait     time.Duration `json:"wait"`     // until it may be its turn; 0 knows no turn
}

// notBegun is the error for that. It ends the activity, so that Temporal counts no attempt and keeps no place.
func notBegun(ctx context.Context, code string, wait time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(code, code, temporal.ApplicationErrorOptions{
		NonRetryable: true,
		Category:     temporal.ApplicationErrorCategoryBenign,
		Details:      []any{NotBegun{Attempts: int(activity.GetInfo(ctx).Attempt) - 1, Wait: wait}},
	})
}
