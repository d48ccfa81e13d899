package postgres

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/schema/table"
)

func tableWorld(t *testing.T) *DB {
	t.Helper()
	db, err := openForTest(stacktest.Database(t, "tables", migrated))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// Every field of the dictionary can be read, shown, compared by every operator and sorted by, also behind every reference.
func TestEveryFieldOfTheDictionaryIsThere(t *testing.T) {
	db := tableWorld(t)
	values := map[table.Type]string{table.Integer: "1", table.Boolean: "true", table.DateTime: "2026-11-23"}
	for _, of := range table.All() {
		paths := of.Readable()
		for _, p := range of.Readable() {
			if target := p.Field.Target(); target != nil {
				for _, behind := range target.Readable() {
					paths = append(paths, table.Path{Through: p.Field, Field: behind.Field})
				}
			}
		}
		s := table.Selection{Table: of, Fields: paths, Displays: true, Limit: 1, Count: true, Providers: []string{"sn"}}
		for _, p := range paths {
			value := values[p.Field.Type]
			s.Query.Order = slices.Insert(s.Query.Order, 0, table.Sort{Path: p}) // the row's own sys_id ends the list
			for operator, takes := range map[table.Operator][]string{
				table.Equal: {value}, table.NotEqual: {value}, table.Less: {value}, table.LessOrEqual: {value}, table.Greater: {value},
				table.GreaterOrEqual: {value}, table.In: {value, value}, table.NotIn: {value}, table.Like: {value}, table.NotLike: {value},
				table.StartsWith: {value}, table.EndsWith: {value}, table.IsEmpty: nil, table.IsNotEmpty: nil, table.Between: {value, value},
			} {
				if p.Field.Type != table.Boolean || operator != table.Between && operator[0] != '<' && operator[0] != '>' {
					s.Query.Always = append(s.Query.Always, table.Condition{Path: p, Operator: operator, Values: takes})
				}
			}
		}
		_, err := db.Rows(t.Context(), s, func([]table.Value) error { return nil })
		require.NoError(t, err, of.Name)
	}
}

// unserved are columns that are for the engine alone.
var unserved = []string{
	"sn_pren_delivery.number", "sn_pren_experience_issue.messages", "sn_pren_experience_issue.temporal_namespace", "sn_pren_experience_issue_step.parameters_are_text",
	"sn_pren_experience_issue_step.plan", "sn_pren_experience_issue_step.verdict", "sn_pren_outcome.number", "sn_pren_outcome.position",
}

func TestEveryColumnIsAFieldOfTheDictionaryOrForTheEngineAlone(t *testing.T) {
	db := tableWorld(t)
	var without []string
	for _, of := range table.All() {
		var columns []string
		require.NoError(t, db.db.Select(&columns, `SELECT column_name FROM information_schema.columns WHERE table_name = $1`, of.Name))
		for _, column := range columns {
			if !slices.ContainsFunc(of.Fields, func(f table.Field) bool { return f.Column == column }) {
				without = append(without, of.Name+"."+column)
			}
		}
	}
	slices.Sort(without)
	require.Equal(t, unserved, without)
}

func TestTheColumnsThatMayBeNullAreKnown(t *testing.T) {
	db := tableWorld(t)
	mayBe := map[string]bool{}
	for _, of := range table.All() {
		for _, f := range of.Fields {
			var null bool
			require.NoError(t, db.db.Get(&null, `SELECT EXISTS (SELECT FROM information_schema.columns WHERE table_name = $1 AND column_name = $2 AND is_nullable = 'YES')`, of.Name, f.Column))
			if null && sortsAsStored(&f) {
				mayBe[of.Name+"."+f.Name] = true
			}
		}
	}
	require.Equal(t, mayBe, optional)
}

// Who reads versions sees nothing there that the row's own table hides.
func TestAVersionShowsWhatItsTableShows(t *testing.T) {
	var of []string
	require.NoError(t, tableWorld(t).db.Select(&of, `SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'every change makes a version'`))
	require.NotEmpty(t, of)
	for _, name := range of {
		versioned := table.Find(name)
		require.Equal(t, versioned.Access.Read, table.Find("sn_pren_version").Access.Read, name)
		for _, f := range versioned.Fields {
			require.True(t, f.ReadableBy(nil), "%s.%s", name, f.Name)
		}
	}
}
