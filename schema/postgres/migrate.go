package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"

	"proactive/schema/migrations"
)

// migrationLock is the key of the advisory lock that one migrating process holds: "proactiv" in ASCII.
const migrationLock int64 = 0x70726f6163746976

// migrating is how a migration's session differs: it may take as long as it takes, only not wait for locks, as everybody else waits behind
// it. It waits longer than deadlock_timeout, after which Postgres lets a vacuum give way, and shorter than anybody behind it.
var migrating = map[string]string{"statement_timeout": anyTime["statement_timeout"], "lock_timeout": "2s"}

// persistence is how often a migration is tried that finds a table locked by others, and for how long they are left alone before the next try.
type persistence struct {
	tries int
	pause time.Duration
}

// A migration gives up after some five minutes.
var usualPersistence = persistence{tries: 60, pause: 3 * time.Second}

// Migrate brings the tables up to date and tells which migrations it applied, also when it fails. Any number of processes may call it at once:
// one works, the others wait, and find nothing to do. An older version may serve meanwhile: a migration that would have to wait for its locks,
// or stands in a circle with them, is tried again as a whole.
func (d *DB) Migrate(ctx context.Context) (applied []string, err error) {
	return d.migrate(ctx, usualPersistence)
}

func (d *DB) migrate(ctx context.Context, p persistence) (applied []string, err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, fault("migrate", err)
	}
	defer conn.Close()
	if err := waitForLock(ctx, conn); err != nil {
		return nil, fault("wait for the migrations of another process", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock) //nolint:errcheck // the connection's end unlocks too
	for try := 1; ; try++ {
		names, err := d.migrateOnce(ctx)
		applied = append(applied, names...)
		if err == nil || !heldUp(err) {
			return applied, fault("migrate", err)
		}
		if try == p.tries {
			return applied, fmt.Errorf("migrate: %d tries met locks of others; look for what holds them with SELECT * FROM pg_stat_activity ORDER BY xact_start, "+
				"let it end, and migrate again, which goes on from there: %w", try, err)
		}
		slog.Warn("a migration met locks of others; it is tried again", "try", try, "of", p.tries, "error", err)
		if err := pause(ctx, p.pause); err != nil {
			return applied, fault("migrate", err)
		}
	}
}

// migrateOnce applies what is missing on connections of its own: whatever a migration has set in its session ends with them.
func (d *DB) migrateOnce(ctx context.Context) (applied []string, err error) {
	d, err = open(d.dsn, 0, migrating)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, d.db.DB, migrations.Files)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if stopped := new(goose.PartialError); errors.As(err, &stopped) {
		results = stopped.Applied
		err = fmt.Errorf("%s: %w", stopped.Failed.Source.Path, stopped.Err)
	}
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	return applied, err
}

// heldUp tells that a migration found a table locked for too long, or was the one that had to give way in a circle of locks.
func heldUp(err error) bool { return gaveWay(err) || foundLocked(err) }

// waitForLock polls instead of waiting inside the lock call: that would hold a snapshot for which a concurrent index build of
// the process that has the lock waits, and both would wait for ever.
func waitForLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var mine bool
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, migrationLock).Scan(&mine); err != nil || mine {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
