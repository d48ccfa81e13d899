package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"proactive/schema"
)

// retentionStore is what retention needs of Postgres.
type retentionStore interface {
	Properties(ctx context.Context) (schema.Properties, error)
	RemoveIssues(ctx context.Context, keep time.Duration) (schema.Removed, error)
	RemoveTokens(ctx context.Context, keep time.Duration) (int64, error)
	RemoveOutcomes(ctx context.Context, keep time.Duration) (int64, error)
	RemoveAudit(ctx context.Context, keep time.Duration) (int64, error)
}

// retentionLook is how often it looks whether something has become old.
const retentionLook = time.Minute

// retain removes what is older than the property says, for as long as ctx lives. It needs Postgres alone: a run that is still open when its
// issue is removed finds none, and fails.
func (e *Engine) retain(ctx context.Context) {
	for ctx.Err() == nil {
		if err := errors.Join(e.removeOld(ctx), e.removeOldOutcomes(ctx), e.removeOldAudit(ctx)); err != nil && ctx.Err() == nil {
			slog.Warn("what is old could not be removed; this is tried again", "error", err)
		}
		pause(ctx, retentionLook)
	}
}

// removeOld removes batch after batch until nothing is old. After each it rests for as long as the batch took: however much there is,
// Postgres has as much time for everything else.
func (e *Engine) removeOld(ctx context.Context) error {
	properties, err := e.store.Properties(ctx)
	if err != nil {
		return err
	}
	keep := properties.KeepIssues()
	for keep > 0 && ctx.Err() == nil {
		began := time.Now()
		removed, err := e.store.RemoveIssues(ctx, keep)
		if err != nil {
			return err
		}
		tokens, err := e.store.RemoveTokens(ctx, keep)
		if err != nil {
			return err
		}
		e.removals.add(removed, tokens)
		if removed.Issues == 0 && tokens == 0 {
			return nil
		}
		pause(ctx, time.Since(began))
	}
	return nil
}

// removeOldOutcomes does the same for what the feed no longer keeps.
func (e *Engine) removeOldOutcomes(ctx context.Context) error {
	properties, err := e.store.Properties(ctx)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		began := time.Now()
		removed, err := e.store.RemoveOutcomes(ctx, properties.KeepOutcomes())
		if err != nil || removed == 0 {
			return err
		}
		e.removals.rows.Add(float64(removed))
		pause(ctx, time.Since(began))
	}
	return nil
}

// removeOldAudit does the same for the audit trail.
func (e *Engine) removeOldAudit(ctx context.Context) error {
	properties, err := e.store.Properties(ctx)
	if err != nil {
		return err
	}
	keep := properties.KeepAudit()
	for keep > 0 && ctx.Err() == nil {
		began := time.Now()
		removed, err := e.store.RemoveAudit(ctx, keep)
		if err != nil || removed == 0 {
			return err
		}
		e.removals.rows.Add(float64(removed))
		pause(ctx, time.Since(began))
	}
	return nil
}
