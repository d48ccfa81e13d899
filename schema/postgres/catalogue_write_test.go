package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/pgproxy"
	"proactive/devstack/stacktest"
	"proactive/schema"
)

// staff is a catalogue of n people, each with two roles and a computer.
func staff(n int) string {
	var users, computers strings.Builder
	for i := range n {
		fmt.Fprintf(&users, "- {user_name: person%04d, email: person%[1]d@example.com, roles: [staff, team%d]}\n", i, i%7)
		fmt.Fprintf(&computers, "- {name: laptop%04d, assigned_to: Person%04[1]d}\n", i)
	}
	return "users:\n" + users.String() + "computers:\n" + computers.String()
}

func TestAThousandPeopleTakeHardlyMoreRoundTripsThanOne(t *testing.T) {
	proxy := pgproxy.Start(t, stacktest.Database(t, "catalogue", migrated))
	db, err := Open(proxy.URL())
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	w := &catalogueWorld{t: t, db: db}
	trips := func(text string, changes int) int {
		t.Helper()
		before := proxy.RoundTrips()
		require.Len(t, w.applied(text), changes)
		return proxy.RoundTrips() - before
	}
	trips(`users: [{user_name: a, roles: [r]}, {user_name: b}]`+"\n"+`computers: [{name: a}, {name: b}]`, 4) // prepares the statements
	one := trips(staff(1), 2)
	many := trips(staff(1_000), 1_998)
	require.LessOrEqual(t, many, one+11, "four batches, each within a savepoint")

	require.Equal(t, "1000", w.value(`SELECT count(*) FROM cmdb_ci_computer c JOIN sys_user u ON u.sys_id = c.assigned_to AND right(u.user_name, 4) = right(c.name, 4)`))
	require.Equal(t, "2000", w.value(`SELECT count(*) FROM sys_user_has_role WHERE role IN ('staff') OR role LIKE 'team_'`))
	require.Equal(t, "0", w.value(`SELECT sum(sys_mod_count) FROM sys_user`))
	require.Equal(t, "1000 tester", w.value(`SELECT concat_ws(' ', count(DISTINCT documentkey), min("user")) FROM sys_audit WHERE fieldname = 'user_name' AND newvalue LIKE 'person%'`))
}

// Of many rows that are sent together, those that differ are written, each once.
func TestOfManyRowsThoseThatDifferAreRaised(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(staff(1_000))
	noted := w.value(`SELECT count(*) FROM sys_audit`)
	known, err := w.db.Catalogue(t.Context(), []schema.Section{schema.SectionUsers, schema.SectionComputers})
	require.NoError(t, err)
	changes, err := w.db.ApplyCatalogue(t.Context(), "tester", schema.Catalogue{}, func(schema.Catalogue) (schema.Catalogue, error) {
		known.Users[7].Roles, known.Users[8].Email, known.Users[999].Roles, known.Users[999].Email = nil, "b@example.com", []string{"staff", "vip"}, "c@example.com"
		known.Computers[500].AssignedTo = ""
		return schema.Catalogue{Users: known.Users, Computers: known.Computers}, nil
	})
	require.NoError(t, err)
	require.Equal(t, []schema.Change{
		{Section: schema.SectionUsers, Key: "person0007", What: schema.RowUpdated}, {Section: schema.SectionUsers, Key: "person0008", What: schema.RowUpdated},
		{Section: schema.SectionUsers, Key: "person0999", What: schema.RowUpdated}, {Section: schema.SectionComputers, Key: "laptop0500", What: schema.RowUpdated},
	}, changes)
	require.Equal(t, "person0007 1, person0008 1, person0999 1", w.value(`
		SELECT string_agg(user_name || ' ' || sys_mod_count, ', ' ORDER BY user_name) FROM sys_user WHERE sys_mod_count > 0`))
	require.Equal(t, "laptop0500 1", w.value(`SELECT string_agg(name || ' ' || sys_mod_count, ', ') FROM cmdb_ci_computer WHERE sys_mod_count > 0`))
	require.Equal(t, "11", w.value(`SELECT count(*) - $1::int FROM sys_audit`, noted), "two addresses, who has the computer, and of four roles whose and which")
}

// What only the database can know of a row is said of that row, however many are sent with it.
func TestTheRowOfManyThatTheDatabaseRefusesIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ rule, says string }{
		"a row":             {`ALTER TABLE sys_user ADD CONSTRAINT "not today" CHECK (user_name <> 'person0777')`, `users: person0777: .*"not today"`},
		"a part of a row":   {`ALTER TABLE sys_user_has_role ADD CONSTRAINT "not today" CHECK (role <> 'team6')`, `users: person0006: .*"not today"`},
		"a section's first": {`ALTER TABLE cmdb_ci_computer ADD CONSTRAINT "not today" CHECK (name <> 'laptop0000')`, `computers: laptop0000: .*"not today"`},
		"somebody's lock": {`
			CREATE FUNCTION wait_in_vain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'locked' USING ERRCODE = 'lock_not_available'; END $$;
			CREATE TRIGGER "locked" BEFORE INSERT ON sys_user FOR EACH ROW WHEN (NEW.user_name = 'person0777') EXECUTE FUNCTION wait_in_vain()`,
			`users: person0500 to person0999: .*locked`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCatalogueWorld(t)
			_, err := w.db.db.Exec(c.rule)
			require.NoError(t, err)
			_, err = w.apply(staff(1_000))
			require.Error(t, err)
			require.Regexp(t, c.says, err.Error())
			require.Empty(t, w.value(everyRow))
			require.Equal(t, "0", w.value(`SELECT count(*) FROM sys_audit`))
		})
	}
}

// A document that nobody changes stays as it was written, also when the rest of its row is not.
func TestADocumentStaysAsItWasWritten(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(prunable)
	const parameters = `{ "a" : "\u003e<&", "b": 1.50 ,"c":"\\u0000 \" \/" }`
	_, err := w.db.db.Exec(`UPDATE sn_pren_resolution SET parameters = $1 WHERE name = 'run'`, parameters)
	require.NoError(t, err)
	require.Equal(t, []string{"resolutions run updated"}, w.applied(
		`resolutions: [{name: run, type: remedial_action, remedial_action: act, active: false, parameters: {a: "><&", b: 1.50, c: '\u0000 " /'}}]`))
	require.Equal(t, parameters, w.value(`SELECT parameters FROM sn_pren_resolution WHERE name = 'run'`))
}
