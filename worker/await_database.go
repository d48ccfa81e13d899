package worker

import (
	"context"
	"log/slog"
	"time"
)

// awaitDatabase tries until the database answers and has the tables of this version, and says what is missing; an error is that ctx ended.
// Nothing is asked of Temporal before: a task that this process took would fail, and another one, of the version that the tables are of, can
// do it.
func (e *Engine) awaitDatabase(ctx context.Context) error {
	said := ""
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := e.lookAtDatabase(ctx)
		if err == nil || ctx.Err() != nil {
			e.state.Store("connecting")
			return ctx.Err()
		}
		if said != err.Error() {
			said = err.Error()
			slog.Warn("the database cannot be used yet, and no issue is run here; this is tried again", "reason", err)
			e.state.Store("waiting for the database")
		}
		pause(ctx, wait)
	}
}

func (e *Engine) lookAtDatabase(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return e.store.Ready(ctx)
}
