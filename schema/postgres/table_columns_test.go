package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/schema/table"
)

func tableWorld(t *testing.T) *DB {
	t.Helper()
	db, err := Open(stacktest.Database(t, "tables", migrated))
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
			s.Query.Order = append(s.Query.Order, table.Sort{Path: p})
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
