package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"sync"

	"github.com/pressly/goose/v3"

	"proactive/schema"
	"proactive/schema/migrations"
)

// Ready tells whether the database answers and has the tables of this version; schema.ErrNotMigrated says which it has instead. One that a
// newer version has migrated is ready: this version goes on with those tables.
func (d *DB) Ready(ctx context.Context) error {
	var last int64
	err := d.db.GetContext(ctx, &last, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`)
	if err != nil && !olderThanThis(err) {
		return fault("look for the last migration", err)
	}
	needed, err := newestMigration()
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if last < needed {
		return fmt.Errorf("%w (its last migration is %d, that of this version %d)", schema.ErrNotMigrated, last, needed)
	}
	return nil
}

// newestMigration is the version of the last migration that this program has: readiness is asked for every few seconds, and that stays the same.
var newestMigration = sync.OnceValues(func() (newest int64, err error) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		newest = max(newest, version)
	}
	return newest, err
})
