package postgres

import (
	"context"
	"fmt"

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
	provider, err := goose.NewProvider(goose.DialectPostgres, d.db.DB, migrations.Files)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	ours := provider.ListSources()
	if needed := ours[len(ours)-1].Version; last < needed {
		return fmt.Errorf("%w (its last migration is %d, that of this version %d)", schema.ErrNotMigrated, last, needed)
	}
	return nil
}
