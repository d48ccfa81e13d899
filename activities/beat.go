package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
)

// beat says that an activity is alive, until stop is called.
func beat(ctx context.Context) (stop func()) {
	ctx, stop = context.WithCancel(ctx)
	go func() {
		every := time.NewTicker(3 * time.Second)
		defer every.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-every.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return stop
}
