package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"proactive/schema"
)

// Trial is a catalogue as it would be: what stands in the tables, and what was applied to it in a transaction that was rolled back.
type Trial struct {
	d    *DB
	rows string // a JSON object of the rows of each of trialTables
}

// errRolledBack ends the transaction of a trial.
var errRolledBack = errors.New("rolled back")

// NewTrial is the catalogue as it stands.
func (d *DB) NewTrial(ctx context.Context) (*Trial, error) {
	trial := &Trial{d: d}
	err := d.inReadOnlyTx(ctx, func(t tx) error { return trial.read(ctx, t) })
	return trial, fault("read the catalogue", err)
}

// ApplyCatalogue is ApplyCatalogue of the database, but for what it leaves there, which is nothing. It holds the locks of one for as long as
// that takes, and no longer.
func (trial *Trial) ApplyCatalogue(ctx context.Context, by string, given schema.Catalogue,
	decide func(known schema.Catalogue) (schema.Catalogue, error),
) ([]schema.Change, error) {
	return trial.d.changeCatalogue(ctx, schema.CatalogueChange{By: by, Given: given, Decide: decide}, func(t tx) error {
		if err := trial.read(ctx, t); err != nil {
			return err
		}
		return errRolledBack
	})
}

func (trial *Trial) read(ctx context.Context, t tx) error {
	return t.get(ctx, &trial.rows, catalogueRows)
}

// trialTables are the tables of the catalogue that a report is decided by. People and computers are not among them.
var trialTables = []string{"sn_pren_provider", "sn_pren_issue_registry", "sn_pren_resolution", "sn_reacf_remedial_action",
	"sn_pren_notification_content", "sn_pren_notification_channel", "user_criteria", "sys_properties"}

var catalogueRows = func() string {
	var parts []string
	for _, table := range trialTables {
		parts = append(parts, fmt.Sprintf(`'%[1]s', (SELECT coalesce(json_agg(%[1]s), '[]') FROM %[1]s)`, table))
	}
	return `SELECT json_build_object(` + strings.Join(parts, ", ") + `)::text`
}()

// overTrial is a statement that begins with a CTE, over the rows of a trial: the names of its tables mean those of the parameter after the
// statement's own, of which there are n.
func overTrial(statement, properResolution string, n int) string {
	var tables []string
	for _, table := range trialTables {
		tables = append(tables, fmt.Sprintf(`%[1]s AS MATERIALIZED (SELECT * FROM json_populate_recordset(NULL::%[1]s, $%[2]d::json->'%[1]s'))`, table, n+1))
	}
	tables = append(tables, `sn_pren_proper_resolution AS (`+strings.TrimSuffix(strings.TrimSpace(properResolution), ";")+`)`)
	return strings.Replace(statement, "WITH ", "WITH "+strings.Join(tables, ", ")+", ", 1)
}
