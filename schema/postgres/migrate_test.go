package postgres

import (
	"sync/atomic"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/schema"
	"proactive/schema/migrations"
)

func TestProcessesThatMigrateAtOnceDoItOnce(t *testing.T) {
	w := &issueWorld{t: t, url: stacktest.Database(t, "empty", func(string) error { return nil })}
	handles := w.several(6)
	var applied atomic.Int64
	errs := timesAtOnce(6, func(i int) error {
		names, err := handles[i].Migrate(t.Context())
		applied.Add(int64(len(names)))
		return err
	})
	require.Equal(t, map[string]int{"": 6}, tally(errs))
	files, err := migrations.Files.ReadDir(".")
	require.NoError(t, err)
	require.EqualValues(t, len(files), applied.Load())
	again, err := handles[0].Migrate(t.Context())
	require.NoError(t, err)
	require.Empty(t, again)
}

func TestADatabaseThatWasNotMigratedIsToldToBe(t *testing.T) {
	w := &issueWorld{t: t, url: stacktest.Database(t, "empty", func(string) error { return nil })}
	_, err := w.several(1)[0].Deployments(t.Context())
	require.ErrorIs(t, err, schema.ErrNotMigrated)
	require.ErrorContains(t, err, "run proactive migrate")
	require.NotContains(t, err.Error(), "out of reach")
}

func TestAMigrationMayTakeLongerThanAnyOtherStatement(t *testing.T) {
	w := newIssueWorld(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, w.db.db.DB, migrations.Files)
	require.NoError(t, err)
	_, err = provider.DownTo(t.Context(), 0)
	require.NoError(t, err)
	w.exec(`CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); END'`)
	w.exec(`CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION slow()`)

	usual := session["statement_timeout"]
	session["statement_timeout"] = "1s"
	t.Cleanup(func() { session["statement_timeout"] = usual })
	hurried, err := Open(w.url)
	require.NoError(t, err)
	defer hurried.Close()
	_, err = hurried.db.Exec(`CREATE VIEW any_other AS SELECT 1`)
	require.ErrorContains(t, err, "statement timeout")
	_, err = hurried.Migrate(t.Context())
	require.NoError(t, err)
}

func TestEachMigrationCanBeTakenBackAndAppliedAgain(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100")
	before := w.tables()
	provider, err := goose.NewProvider(goose.DialectPostgres, w.db.db.DB, migrations.Files)
	require.NoError(t, err)
	for range 2 {
		_, err = provider.DownTo(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, []string{"goose_db_version"}, w.tables())
		_, err = w.db.Migrate(t.Context())
		require.NoError(t, err)
		require.Equal(t, before, w.tables())
	}
}

// tables are all that a migration can leave behind.
func (w *issueWorld) tables() (names []string) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Select(&names, `
		SELECT relname FROM pg_class
		 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S') AND relname NOT LIKE 'goose%seq'
		 ORDER BY relname`))
	return names
}

func TestADatabaseIsReadyWhenItHasAtLeastTheTablesOfThisVersion(t *testing.T) {
	w := &issueWorld{t: t, url: stacktest.Database(t, "empty", func(string) error { return nil })}
	w.db = w.several(1)[0]
	err := w.db.Ready(t.Context())
	require.ErrorIs(t, err, schema.ErrNotMigrated)
	require.ErrorContains(t, err, "run proactive migrate (its last migration is 0, that of this version ")

	_, err = w.db.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.db.Ready(t.Context()))
	w.exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	require.NoError(t, w.db.Ready(t.Context()), "a newer version has migrated it, and this one serves until it is replaced")

	provider, err := goose.NewProvider(goose.DialectPostgres, w.db.db.DB, migrations.Files)
	require.NoError(t, err)
	w.exec(`DELETE FROM goose_db_version WHERE version_id = 9999`)
	_, err = provider.Down(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, w.db.Ready(t.Context()), schema.ErrNotMigrated, "a migration is missing")
}
