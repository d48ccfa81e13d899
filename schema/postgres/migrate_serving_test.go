package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"proactive/schema/migrations"
)

// before00010 is the last migration of the version that an upgrade here starts from.
const before00010 = 9

// newOlderWorld is an issueWorld as it stood after a migration.
func newOlderWorld(t *testing.T, last int64) *issueWorld {
	t.Helper()
	w := newIssueWorld(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, w.db.db.DB, migrations.Files)
	require.NoError(t, err)
	_, err = provider.DownTo(t.Context(), last)
	require.NoError(t, err)
	return w
}

// migrates brings the tables up to date at the same time.
func (w *issueWorld) migrates(p persistence) (done chan error) {
	done = make(chan error, 1)
	go func() {
		_, err := w.db.migrate(w.t.Context(), p)
		done <- err
	}()
	return done
}

// patientFor sets how long a migration waits for a lock.
func patientFor(t *testing.T, wait string) {
	usual := migrating["lock_timeout"]
	migrating["lock_timeout"] = wait
	t.Cleanup(func() { migrating["lock_timeout"] = usual })
}

var (
	oneTry    = persistence{tries: 1}
	manyTries = persistence{tries: 1000, pause: time.Millisecond}
)

// holds is a transaction that has done something and is not over.
func (w *issueWorld) holds(statements ...string) *sqlx.Tx {
	w.t.Helper()
	tx, err := w.db.db.Beginx()
	require.NoError(w.t, err)
	w.t.Cleanup(func() { tx.Rollback() }) //nolint:errcheck // it only holds locks
	for _, statement := range statements {
		_, err := tx.Exec(statement)
		require.NoError(w.t, err, statement)
	}
	return tx
}

// waitsFor gives the session, another one than those before, that waits for a lock on a table.
func (w *issueWorld) waitsFor(table string, before ...int) (pid int) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		var pids []int
		require.NoError(w.t, w.db.db.Select(&pids, `SELECT pid FROM pg_locks WHERE relation = $1::regclass AND NOT granted`, table))
		for _, p := range pids {
			for _, b := range before {
				if p == b {
					return false
				}
			}
			pid = p
		}
		return pid != 0
	}, 20*time.Second, time.Millisecond, "nobody waits for %s", table)
	return pid
}

// versionsAgree requires that each row of the catalogue has one version that is current, and that it says what the row says.
func (w *issueWorld) versionsAgree() {
	w.t.Helper()
	for _, table := range []string{"sn_reacf_remedial_action", "sn_pren_resolution", "sn_pren_notification_content", "sn_pren_issue_registry_template", "sn_pren_issue_registry"} {
		var wrong []string
		require.NoError(w.t, w.db.db.Select(&wrong, fmt.Sprintf(`
			SELECT concat_ws(' is not ', to_jsonb(c), v.payload)
			  FROM %s c
			  FULL JOIN (SELECT * FROM sn_pren_version WHERE "table" = '%[1]s' AND state = 'current') v ON v.record = c.sys_id
			 WHERE c.sys_id IS NULL OR v.sys_id IS NULL
			    OR EXISTS (SELECT FROM jsonb_each(v.payload::jsonb) said WHERE said.value IS DISTINCT FROM to_jsonb(c) -> said.key)`, table)))
		require.Empty(w.t, wrong, table)
	}
}

// What somebody commits while the catalogue gets its first versions has one, too.
func TestWhatIsAppliedWhileVersionsComeHasOne(t *testing.T) {
	for who, lock := range map[string]string{
		"an apply":          fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, catalogueLock),
		"somebody with SQL": `SELECT`,
	} {
		t.Run(who, func(t *testing.T) {
			w := newOlderWorld(t, 10)
			w.exec(`UPDATE sn_pren_issue_registry SET short_description = 'customised' WHERE issue_code = '200'`)
			patientFor(t, "1min")
			applying := w.holds(lock,
				`UPDATE sn_pren_resolution SET url = 'x' WHERE sys_id = md5('r flow')`,
				`INSERT INTO sn_pren_notification_content (sys_id, name) VALUES (md5('new'), 'new')`)
			migrated := w.migrates(oneTry)
			w.blocked()
			require.NoError(t, applying.Commit())
			require.NoError(t, <-migrated)
			w.versionsAgree()
			require.Equal(t, "x", value[string](w, `SELECT payload ->> 'url' FROM sn_pren_version WHERE record = md5('r flow')`))
			require.Equal(t, "sn_pren_issue_registry", value[string](w, `
				SELECT v."table" FROM sn_pren_issue_registry g JOIN sn_pren_version v ON v.sys_id = g.deployed_version WHERE g.issue_code = '200'`))
		})
	}
}

// hot are the tables that a serving version writes with every issue, and how it locks them.
var hot = map[string]string{
	"sn_pren_issue_registry":        "ROW SHARE",
	"sn_pren_experience_issue":      "ROW EXCLUSIVE",
	"sn_pren_experience_issue_step": "ROW EXCLUSIVE",
	"incident":                      "ROW EXCLUSIVE",
	"interaction":                   "ROW EXCLUSIVE",
	"sn_pren_resolution":            "ROW SHARE",
	"sn_pren_conversation":          "ROW EXCLUSIVE",
}

// Whoever has one of the tables that a migration waits for gets all others: the two never wait for each other.
func TestAMigrationThatWaitsHoldsNothingThatAServingVersionWants(t *testing.T) {
	for _, c := range []struct {
		last  int64 // migration before the one that is to wait
		table string
	}{
		{9, "incident"}, {9, "interaction"}, {9, "sn_pren_experience_issue"}, {10, "sn_pren_issue_registry"},
		{11, "sn_pren_experience_issue"}, {11, "incident"}, {12, "sn_pren_experience_issue_step"},
		{20, "sn_pren_resolution"}, {20, "sn_pren_conversation"},
	} {
		t.Run(fmt.Sprintf("%s after %d", c.table, c.last), func(t *testing.T) {
			w := newOlderWorld(t, c.last)
			patientFor(t, "1min")
			serving := w.holds("LOCK TABLE " + c.table + " IN " + hot[c.table] + " MODE")
			migrated := w.migrates(oneTry)
			w.blocked()
			for other, mode := range hot {
				_, err := serving.Exec("LOCK TABLE " + other + " IN " + mode + " MODE")
				require.NoError(t, err, other)
			}
			require.NoError(t, serving.Commit())
			require.NoError(t, <-migrated)
		})
	}
}

func TestAMigrationThatMeetsALockIsTriedAgain(t *testing.T) {
	w := newOlderWorld(t, before00010)
	patientFor(t, "50ms")
	serving := w.holds(`LOCK TABLE sn_pren_issue_registry IN ACCESS SHARE MODE`)
	migrated := w.migrates(manyTries)
	w.waitsFor("sn_pren_issue_registry", w.waitsFor("sn_pren_issue_registry"))
	require.NoError(t, serving.Rollback())
	require.NoError(t, <-migrated)
	w.versionsAgree()
}

func TestAMigrationThatHasToGiveWayInACircleOfLocksIsTriedAgain(t *testing.T) {
	w := newOlderWorld(t, before00010)
	w.exec(`CREATE SEQUENCE tries`)
	w.exec(`CREATE FUNCTION victim() RETURNS event_trigger LANGUAGE plpgsql AS $$
		BEGIN IF nextval('tries') < 4 THEN RAISE 'a circle' USING ERRCODE = 'deadlock_detected'; END IF; END $$`)
	w.exec(`CREATE EVENT TRIGGER victim ON ddl_command_start WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION victim()`)
	require.NoError(t, <-w.migrates(manyTries))
	w.versionsAgree()
}

func TestAMigrationThatAlwaysMeetsALockSaysWhichAndWhatToDo(t *testing.T) {
	w := newOlderWorld(t, before00010)
	patientFor(t, "50ms")
	serving := w.holds(`LOCK TABLE sn_pren_issue_registry IN ACCESS SHARE MODE`)
	applied, err := w.db.migrate(t.Context(), persistence{tries: 2})
	require.ErrorContains(t, err, "2 tries met locks of others")
	require.ErrorContains(t, err, "pg_stat_activity")
	require.ErrorContains(t, err, "00011_versions.sql")
	require.Equal(t, []string{"00010_audit.sql"}, applied)
	require.NoError(t, serving.Rollback())
	again, err := w.db.Migrate(t.Context())
	require.NoError(t, err)
	require.Equal(t, "00011_versions.sql", again[0])
	w.versionsAgree()
}

// A process may die before the last line of a migration is noted as done: all are run again.
func TestAMigrationThatWasNotNotedIsRunAgainAndChangesNothing(t *testing.T) {
	w := newOlderWorld(t, before00010)
	_, err := w.db.Migrate(t.Context())
	require.NoError(t, err)
	w.exec(`UPDATE sn_pren_issue_registry SET short_description = 'changed' WHERE issue_code = '100'`)
	said := `SELECT string_agg(v::text, ';' ORDER BY sys_id) || (SELECT string_agg(g::text, ';' ORDER BY sys_id) FROM sn_pren_issue_registry g) FROM sn_pren_version v`
	before := value[string](w, said)
	w.exec(`DELETE FROM goose_db_version WHERE version_id > $1`, before00010)
	_, err = w.db.Migrate(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, value[string](w, said))
	w.versionsAgree()
}

// waitsPatiently waits until a migration has waited for somebody's transaction for much longer than for a lock, which it would have given up.
func (w *issueWorld) waitsPatiently(migrated chan error) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		select {
		case err := <-migrated:
			w.t.Fatalf("the migration waited for nobody, or gave up: %v", err)
		default:
		}
		return value[bool](w, `SELECT EXISTS (SELECT FROM pg_stat_activity
			 WHERE datname = current_database() AND wait_event = 'virtualxid' AND clock_timestamp() - query_start > interval '500ms')`)
	}, 20*time.Second, 10*time.Millisecond)
}

// Somebody may look back over a database for minutes: an index that is built beside writers waits for them, and is not begun again and again.
func TestAnIndexWaitsForWhoeverHadBegunBefore(t *testing.T) {
	for _, last := range []int64{before00010, 13, 14, 17} {
		w := newOlderWorld(t, last)
		patientFor(t, "100ms")
		reading := w.holds(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`, `SELECT now()`)
		migrated := w.migrates(oneTry)
		w.waitsPatiently(migrated)
		require.NoError(t, reading.Rollback())
		require.NoError(t, <-migrated)
	}
}
