package postgres

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// audited are the rows of the audit trail of a table, as field: old -> new by user.
func (w *catalogueWorld) audited(table string) (rows []string) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Select(&rows, `
		SELECT fieldname || ': ' || oldvalue || ' -> ' || newvalue || ' by ' || "user"
		  FROM sys_audit WHERE tablename = $1 ORDER BY sys_created_on, fieldname`, table))
	return rows
}

func TestEachChangedFieldIsARowOfTheAuditTrail(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`providers: [{provider_code: sn, name: First}]`)
	w.applied(`providers: [{provider_code: sn, name: Second, active: false}]`)
	w.applied(`providers: [{provider_code: sn, name: Second, active: false}]`)
	require.Equal(t, []string{
		"active:  -> true by tester", "name:  -> First by tester", "provider_code:  -> sn by tester",
		"active: true -> false by tester", "name: First -> Second by tester",
	}, w.audited("sn_pren_provider"))
	require.Equal(t, w.value(`SELECT sys_id FROM sn_pren_provider`), w.value(`SELECT DISTINCT documentkey FROM sys_audit`))

	_, err := w.db.db.Exec(`DELETE FROM sn_pren_provider`)
	require.NoError(t, err)
	require.Equal(t, "Second by "+w.value(`SELECT session_user`), w.value(`
		SELECT oldvalue || ' by ' || "user" FROM sys_audit WHERE fieldname = 'name' AND newvalue = ''`), "whoever writes past us is who is connected")
}

func TestTheAuditTrailSaysThatASecretChangedAndNotWhich(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`service_accounts: [{user_name: tool, password: first, api_key: ` + strings.Repeat("k", 32) + `, roles: [admin]}]`)
	w.applied(`service_accounts: [{user_name: tool, password: second}]`)
	rows := w.audited("sys_user")
	require.Contains(t, rows, "user_password:  -> ******** by tester")
	require.Contains(t, rows, "api_key:  -> ******** by tester")
	require.Contains(t, rows, "user_password: ******** -> ******** by tester")
	require.Equal(t, "0", w.value(`SELECT count(*) FROM sys_audit WHERE oldvalue || newvalue ~ 'argon2|\\x'`))
	require.Contains(t, w.audited("sys_user_has_role"), "role:  -> admin by tester")
	require.Contains(t, w.audited("sys_user_has_role"), "role: admin ->  by tester", "the second file gives no roles")
}

func TestTheAuditTrailIsOnlyAddedTo(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`providers: [{provider_code: sn}]`)
	for _, statement := range []string{`DELETE FROM sys_audit`, `UPDATE sys_audit SET "user" = 'somebody else'`, `TRUNCATE sys_audit`} {
		_, err := w.db.db.Exec(statement)
		require.ErrorContains(t, err, "the audit trail is only added to")
	}
}

func TestOldRowsOfTheAuditTrailAreRemovedBatchByBatch(t *testing.T) {
	w := newCatalogueWorld(t)
	_, err := w.db.db.Exec(`
		INSERT INTO sys_audit (tablename, documentkey, fieldname, oldvalue, newvalue, "user", sys_created_on)
		SELECT 'x', '', 'x', '', '', 'x', now() - make_interval(hours => CASE WHEN n > 1100 THEN 1 ELSE 48 END) FROM generate_series(1, 1110) n`)
	require.NoError(t, err)
	for _, expected := range []int64{1000, 100, 0} {
		removed, err := w.db.RemoveAudit(t.Context(), aDay)
		require.NoError(t, err)
		require.Equal(t, expected, removed)
	}
	require.Equal(t, "10", w.value(`SELECT count(*) FROM sys_audit`))
}

// ServiceNow keeps the entries of a journal one by one as well.
func TestTheAuditTrailHasTheEntriesOfAJournalOneByOne(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	sysID := w.create("incident", given{"caller_id": "abel.tuter", "short_description": "Slow", "work_notes": "First"})
	w.update("incident", sysID, given{"work_notes": "Second\nof two lines"})
	w.update("incident", sysID, given{"work_notes": "Third"})
	_, err := w.db.db.Exec(`UPDATE incident SET work_notes = 'Another story'`)
	require.NoError(t, err)
	var entries []string
	require.NoError(t, w.db.db.Select(&entries, `
		SELECT regexp_replace(oldvalue || ' -> ' || newvalue, '\S+Z  ', '', 'g')
		  FROM sys_audit WHERE fieldname = 'work_notes' ORDER BY sys_created_on`))
	require.Equal(t, []string{
		" -> beth.anglin: First", " -> beth.anglin: Second\n    of two lines", " -> beth.anglin: Third",
		"beth.anglin: First\nbeth.anglin: Second\n    of two lines\nbeth.anglin: Third -> Another story",
	}, entries)
}

func TestTheRowsOfAChangeHaveIDsInTheirOrder(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`providers: [{provider_code: sn, name: First}]`)
	w.applied(`providers: [{provider_code: sn, name: Second}]`)
	require.Equal(t, "provider_code,name,active,name", w.value(`SELECT string_agg(fieldname, ',' ORDER BY sys_id) FROM sys_audit WHERE sys_id ~ '^[0-9a-f]{32}$'`))
}

func TestWhatIsAuditedIsNotEmptiedInOneGo(t *testing.T) {
	w := newCatalogueWorld(t)
	var tables []string
	require.NoError(t, w.db.db.Select(&tables, `
		SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
		 WHERE p.proname = 'sys_audit_write' GROUP BY 1 ORDER BY 1`))
	require.Greater(t, len(tables), 15)
	for _, table := range tables {
		_, err := w.db.db.Exec(`TRUNCATE ` + table + ` CASCADE`)
		require.ErrorContains(t, err, "the audit trail would not tell that ", table)
	}
}

// An owner of the database may write past the program, and is in the trail.
func TestTheAuditTrailTellsOfCopyAndOfWhoSignedARow(t *testing.T) {
	w := newCatalogueWorld(t)
	_, err := w.db.db.Exec(`
		INSERT INTO sys_user (sys_id, user_name, sys_updated_by) VALUES (md5('a'), 'one', 'first'), (md5('b'), 'two', 'second');
		UPDATE sys_user SET department = 'Sales', sys_mod_count = 1, sys_updated_by = CASE user_name WHEN 'one' THEN 'third' ELSE 'fourth' END;
		UPDATE sys_user SET department = 'IT'`)
	require.NoError(t, err)
	copying, err := w.db.db.Begin()
	require.NoError(t, err)
	copied, err := copying.Prepare(`COPY cmdb_ci_computer (sys_id, name) FROM STDIN`)
	require.NoError(t, err)
	_, err = copied.Exec(strings.Repeat("c", 32), "copied")
	require.NoError(t, err)
	require.NoError(t, copied.Close())
	require.NoError(t, copying.Commit())
	me := w.value(`SELECT session_user`)
	for _, row := range []string{"user_name:  -> one by first", "user_name:  -> two by second", "department:  -> Sales by third", "department:  -> Sales by fourth",
		"department: Sales -> IT by " + me} {
		require.Contains(t, w.audited("sys_user"), row)
	}
	require.Contains(t, w.audited("cmdb_ci_computer"), "name:  -> copied by system")
}
