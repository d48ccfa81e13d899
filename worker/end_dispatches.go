package worker

import (
	"context"
	"log/slog"
	"time"

	"proactive/schema"
)

// endingStore is what looking after deliveries that nobody tries needs of Postgres.
type endingStore interface {
	EndDispatches(ctx context.Context) (ended []schema.EndedDispatch, more bool, err error)
}

// endingLook is how often it looks for deliveries that nobody tries.
const endingLook = 10 * time.Second

// endDispatches gives up what nobody tries to deliver and nobody will, for as long as ctx lives, also where nobody is to be told any more.
// While there is much it rests for as long as a batch took.
func endDispatches(ctx context.Context, store endingStore) {
	for ctx.Err() == nil {
		began := time.Now()
		ended, more, err := store.EndDispatches(ctx)
		if err != nil && ctx.Err() == nil {
			slog.Warn("deliveries that nobody tries could not be looked after; this is tried again", "error", err)
		}
		tellEnded(ended)
		if more {
			pause(ctx, time.Since(began))
		} else {
			pause(ctx, endingLook)
		}
	}
}

// tellEnded says it once for each receiver and reason, as they may be very many.
func tellEnded(ended []schema.EndedDispatch) {
	type reason struct{ receiver, why string }
	count := map[reason]int{}
	for _, e := range ended {
		count[reason{e.Receiver, e.Detail}]++
	}
	for r, n := range count {
		slog.Error("deliveries were given up", "receiver", r.receiver, "count", n, "why", r.why)
	}
}
