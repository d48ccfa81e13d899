package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"proactive/schema/migrations"
)

// migrationLock is the key of the advisory lock that one migrating process holds: "proactiv" in ASCII.
const migrationLock int64 = 0x70726f6163746976

// Migrate brings the tables up to date and tells which migrations it applied. Any number of processes may call it at once: one
// works, the others wait, and find nothing to do. A migration may take as long as it takes, only not wait for locks: everybody
// else would wait behind it.
func (d *DB) Migrate(ctx context.Context) (applied []string, err error) {
	d, err = open(d.dsn, 0, nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, fault("migrate", err)
	}
	defer conn.Close()
	if err := waitForLock(ctx, conn); err != nil {
		return nil, fault("wait for the migrations of another process", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock) //nolint:errcheck // the connection's end unlocks too
	provider, err := goose.NewProvider(goose.DialectPostgres, d.db.DB, migrations.Files)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fault("migrate", err)
	}
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	return applied, nil
}

// waitForLock polls instead of waiting inside the lock call: that would hold a snapshot for which a concurrent index build of
// the process that has the lock waits, and both would wait for ever.
func waitForLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var mine bool
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, migrationLock).Scan(&mine); err != nil || mine {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
