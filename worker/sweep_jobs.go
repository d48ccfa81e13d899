package worker

import (
	"context"
	"log/slog"
	"time"
)

// jobStore is what looking after the jobs of devices needs of Postgres.
type jobStore interface {
	SweepJobs(ctx context.Context) (int, error)
}

// sweepJobs ends the jobs whose time is over, once a second, at once again while there are many.
func sweepJobs(ctx context.Context, store jobStore) {
	for ctx.Err() == nil {
		n, err := store.SweepJobs(ctx)
		if err != nil && ctx.Err() == nil {
			slog.Warn("the jobs of devices could not be looked after; this is tried again", "error", err)
		}
		if n == 0 {
			pause(ctx, time.Second)
		}
	}
}
