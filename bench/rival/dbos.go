package rival

import (
	"context"
	"log/slog"
	"time"

	transact "github.com/dbos-inc/dbos-transact-golang/dbos"
)

// dbos starts one workflow of one step for each report, whose id is the report's.
func dbos(ctx context.Context) error {
	pool, err := openPool(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	engine, err := transact.NewContext(context.WithoutCancel(ctx), transact.Config{
		AppName: "bench", SystemDBPool: pool, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	transact.RegisterWorkflow(engine, hookWorkflow)
	if err := transact.Launch(engine); err != nil {
		return err
	}
	defer transact.Shutdown(engine, time.Second)
	done := newLedger()
	return serve(ctx, func(_ context.Context, r report) error {
		started, err := transact.RunWorkflow(engine, hookWorkflow, r.ExperienceID, transact.WithWorkflowID(r.ExperienceID))
		if err != nil {
			return err
		}
		go func() {
			if _, err := started.GetResult(); err == nil {
				done.done(r.ExperienceID)
			}
		}()
		return nil
	}, done)
}

func hookWorkflow(ctx transact.Context, id string) (string, error) {
	return transact.RunAsStep(ctx, func(ctx context.Context) (string, error) { return callHook(ctx, id) })
}
