package postgres

import (
	"sync/atomic"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
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

func TestAMigrationMayTakeLongerThanAnyOtherStatement(t *testing.T) {
	w := newIssueWorld(t)
	patient, err := open(w.url, 0)
	require.NoError(t, err)
	defer patient.Close()
	for setting, want := range map[string]string{"statement_timeout": "0", "lock_timeout": "5s"} {
		var is string
		require.NoError(t, patient.db.Get(&is, `SELECT current_setting($1)`, setting))
		require.Equal(t, want, is, setting)
	}
	require.Equal(t, "10s", value[string](w, `SELECT current_setting('statement_timeout')`))
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
