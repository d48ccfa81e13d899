package postgres

import (
	"time"

	"proactive/schema/table"
)

// since is where rows begin that are sorted by a point in time, if each alternative has such a bound: so an index finds the first of them.
// Whoever reads on from the last row asks for the rest of its second, or later: sys_updated_on=x^sys_id>y^NQsys_updated_on>x.
func (s *selecting) since(q table.Query) string {
	if len(q.Alternatives) == 0 || len(q.Order) == 0 || q.Order[0].Path.Field.Type != table.DateTime {
		return ""
	}
	var first time.Time
	for i, every := range q.Alternatives {
		from, bounded := begins(every, q.Order[0].Path)
		if !bounded {
			return ""
		}
		if i == 0 || from.Before(first) {
			first = from
		}
	}
	at := s.column(q.Order[0].Path)
	since := at + ` >= ` + s.arg(first, "timestamptz")
	if len(q.Order) > 1 {
		since += ` AND ` + second(at) + ` >= ` + s.arg(first, "timestamp")
	}
	return since
}

// begins is a point in time that no row of an alternative is before.
func begins(every table.Every, at table.Path) (from time.Time, bounded bool) {
	for _, any := range every {
		if len(any) > 1 || any[0].Path != at {
			continue
		}
		switch any[0].Operator {
		case table.Equal, table.Greater, table.GreaterOrEqual, table.Between:
			from, _, err := table.Instant(any[0].Values[0])
			return from, err == nil
		}
	}
	return from, false
}
