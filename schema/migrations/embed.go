// Package migrations holds the tables of proactive as numbered SQL files, applied in order by schema/postgres.
package migrations

import "embed"

// Files are the migrations, in goose's format.
//
//go:embed *.sql
var Files embed.FS
