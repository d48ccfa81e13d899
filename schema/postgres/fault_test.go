package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAStatementThatTookTooLongIsNotToldAsADatabaseOutOfReach(t *testing.T) {
	w := newIssueWorld(t)
	w.holds(`LOCK TABLE incident`)
	for limit, statement := range map[string]string{"statement_timeout": `SELECT pg_sleep(60)`, "lock_timeout": `SELECT FROM incident`} {
		waiting := w.holds(`SET LOCAL ` + limit + ` = '50ms'`)
		_, err := waiting.Exec(statement)
		err = fault("look", err)
		require.ErrorIs(t, err, schema.ErrStalled, limit)
		require.ErrorIs(t, err, schema.ErrUnavailable, "it may be asked again")
		require.NotContains(t, err.Error(), "out of reach")
		require.ErrorContains(t, err, "pg_stat_activity")
		require.True(t, waitedInVain(err) && outOfReach(err), "what depends on that goes on as before")
	}
}

func TestATableThatIsNotThereIsOfADatabaseThatIsToBeMigrated(t *testing.T) {
	w := newIssueWorld(t)
	for _, statement := range []string{`SELECT FROM no_table`, `SELECT no_column FROM incident`, `SELECT no_function()`} {
		_, err := w.db.db.Exec(statement)
		err = fault("look", err)
		require.ErrorIs(t, err, schema.ErrNotMigrated, statement)
		require.ErrorIs(t, err, schema.ErrUnavailable, "it may be asked again")
		require.False(t, outOfReach(err), "to try at once is in vain")
	}
}
