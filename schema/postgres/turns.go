package postgres

import (
	"context"
	"time"

	"proactive/schema"
)

// turns bound how many connections the changes of rows take, so that reports have the others. Whoever waits for a turn holds none.
type turns struct {
	taken    chan struct{}
	patience time.Duration // for a turn, and then for the catalogue's lock
}

// Changes of the catalogue take turns anyway, as there is one lock; and those of other rows are not to wait for them.
const (
	catalogueTurns = 1
	recordTurns    = 4
	turnPatience   = 4 * time.Second // twice that is less than whoever asks waits
)

func newTurns(atOnce int) turns { return turns{make(chan struct{}, atOnce), turnPatience} }

// take does work when it is its turn; schema.ErrBusy when that does not come in time.
func (t turns) take(ctx context.Context, work func() error) error {
	waited := time.NewTimer(t.patience)
	defer waited.Stop()
	select {
	case t.taken <- struct{}{}:
		defer func() { <-t.taken }()
		return work()
	case <-waited.C:
		return schema.ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inCatalogueTx is inTx for a change of the catalogue that somebody waits for: nobody else changes it meanwhile, and who cannot have it
// soon is told so with schema.ErrBusy. What it changes is audited as done by by.
func (d *DB) inCatalogueTx(ctx context.Context, by string, work func(tx) error) error {
	return d.catalogueTurns.take(ctx, func() error {
		return d.inTx(ctx, func(t tx) error {
			if _, err := t.exec(ctx, impatientWithCatalogue, by, d.catalogueTurns.patience.Milliseconds()); err != nil {
				return err
			}
			if _, err := t.exec(ctx, holdCatalogueLock, catalogueLock); err != nil {
				if foundLocked(err) {
					return schema.ErrBusy
				}
				return err
			}
			return work(t)
		})
	})
}

const impatientWithCatalogue = `SELECT set_config('proactive.user', $1, true) || set_config('lock_timeout', $2::bigint::text, true)`
