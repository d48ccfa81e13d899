package postgres

import (
	"fmt"
	"strings"

	"github.com/lib/pq"

	"proactive/schema/table"
)

// selecting makes a SELECT of a selection. Names come from the dictionary and the maps beside it alone; whatever somebody wrote is an
// argument.
type selecting struct {
	from      *table.Table
	providers []string       // only rows of these; empty: all
	joins     []*table.Field // references that are walked, each once
	args      []any
}

// row is the alias of the row itself.
const row = "t"

// arg keeps a value, and gives what stands for it in the text.
func (s *selecting) arg(value any, of string) string {
	s.args = append(s.args, value)
	return fmt.Sprintf("$%d::%s", len(s.args), of)
}

// through is the alias of the row that a reference leads to.
func (s *selecting) through(f *table.Field) string {
	for i, known := range s.joins {
		if known == f {
			return fmt.Sprintf("r%d", i)
		}
	}
	s.joins = append(s.joins, f)
	return fmt.Sprintf("r%d", len(s.joins)-1)
}

// place is where a path leads: the alias of the row, and the table of the field.
func (s *selecting) place(p table.Path) (alias string, of *table.Table) {
	if p.Through == nil {
		return row, s.from
	}
	return s.through(p.Through), p.Through.Target()
}

func (s *selecting) column(p table.Path) string {
	alias, of := s.place(p)
	return column(alias, of, p.Field)
}

// shown is the text of a field.
func (s *selecting) shown(p table.Path) string {
	alias, of := s.place(p)
	return shown(alias, of, p.Field)
}

// display is what a reference shows to people. Behind another reference it is looked up: a join leads from the row itself.
func (s *selecting) display(p table.Path) string {
	target := p.Field.Target()
	of := target.Field(target.Display)
	if p.Through == nil {
		return shown(s.through(p.Field), target, of)
	}
	return `coalesce((SELECT ` + shown("d", target, of) + ` FROM ` + pq.QuoteIdentifier(target.Name) + ` d WHERE d.sys_id = ` + s.column(p) + s.own(" AND ", target, "d") + `), '')`
}

// readable is what LIKE and its kin look at.
func (s *selecting) readable(p table.Path) string {
	if p.Field.Type == table.Reference {
		return s.display(p)
	}
	return s.shown(p)
}

// source is FROM and JOIN; it comes last, when it is known what is walked.
func (s *selecting) source() string {
	var b strings.Builder
	b.WriteString("\n  FROM " + pq.QuoteIdentifier(s.from.Name) + " " + row)
	for i, f := range s.joins {
		alias := fmt.Sprintf("r%d", i)
		fmt.Fprintf(&b, "\n  LEFT JOIN %s %s ON %s.sys_id = %s%s", pq.QuoteIdentifier(f.Refers), alias, alias, column(row, s.from, f), s.own(" AND ", f.Target(), alias))
	}
	return b.String()
}

// rowsStatement reads a page of rows: for each field its text, and after that of a reference what it shows, where that is wanted.
func rowsStatement(of table.Selection) (text string, args []any) {
	s := selecting{from: of.Table, providers: of.Providers}
	var columns []string
	for _, p := range of.Fields {
		columns = append(columns, s.shown(p))
		if p.Field.Type == table.Reference && of.Displays {
			columns = append(columns, s.display(p))
		}
	}
	where, order := s.where(of), s.order(of.Query.Order)
	page := "\n LIMIT " + s.arg(of.Limit, "bigint") + " OFFSET " + s.arg(of.Offset, "bigint")
	return "SELECT " + strings.Join(columns, ",\n       ") + s.source() + where + order + page, s.args
}

// countStatement counts all rows.
func countStatement(of table.Selection) (text string, args []any) {
	s := selecting{from: of.Table, providers: of.Providers}
	where := s.where(of)
	return "SELECT count(*)" + s.source() + where, s.args
}

// where is what the rows must fulfil.
func (s *selecting) where(of table.Selection) string {
	var all []string
	if own := s.own("", of.Table, row); own != "" {
		all = append(all, own)
	}
	for _, c := range of.Query.Always {
		all = append(all, s.condition(c))
	}
	if len(of.Query.Alternatives) > 0 {
		all = append(all, s.alternatives(of.Query.Alternatives))
	}
	if since := s.since(of.Query); since != "" {
		all = append(all, since)
	}
	if len(all) == 0 {
		return ""
	}
	return "\n WHERE " + strings.Join(all, "\n   AND ")
}

// own is, behind prefix, that a row belongs to the providers; "" where that goes without saying. A reference to another one's leads nowhere.
func (s *selecting) own(prefix string, t *table.Table, alias string) string {
	condition, is := bound[t.Binding]
	if !is || len(s.providers) == 0 {
		return ""
	}
	return prefix + filled(condition, alias, s.arg(pq.StringArray(s.providers), "text[]"))
}

func (s *selecting) alternatives(of []table.Every) string {
	var alternatives []string
	for _, every := range of {
		var all []string
		for _, any := range every {
			var conditions []string
			for _, c := range any {
				conditions = append(conditions, s.condition(c))
			}
			all = append(all, "("+strings.Join(conditions, " OR ")+")")
		}
		alternatives = append(alternatives, strings.Join(all, " AND "))
	}
	return "(" + strings.Join(alternatives, "\n    OR ") + ")"
}

// order sorts, and last by the key, so that pages neither repeat a row nor leave one out. The key has the direction of the sort before it: one
// index, read from either end, serves both. Behind the key nothing is left to sort. Points in time are shown, and compared, to the second: where
// another sort follows, they are sorted so, too, for whoever reads on from the last row's second and number has lost none of that second.
func (s *selecting) order(by []table.Sort) string {
	var terms []string
	descending := false
	for i, o := range by {
		descending = o.Descending
		if o.Path.Through == nil && o.Path.Field.Name == table.SysID {
			break
		}
		key := s.sortKey(o.Path)
		if o.Path.Field.Type == table.DateTime && i < len(by)-1 {
			key = second(key)
		}
		terms = append(terms, key+s.direction(o))
	}
	for _, key := range s.key() {
		terms = append(terms, key+map[bool]string{true: " DESC"}[descending])
	}
	return "\n ORDER BY " + strings.Join(terms, ", ")
}

// second is the second of a point in time, as incident_by_second_of_update has it.
func second(at string) string { return `date_trunc('second', ` + at + ` AT TIME ZONE 'UTC')` }

// key is what tells rows apart, in the order of their sys_ids.
func (s *selecting) key() (columns []string) {
	names, has := rowKeys[s.from.Name]
	if !has {
		return []string{column(row, s.from, s.from.Field(table.SysID))}
	}
	for _, name := range names {
		columns = append(columns, row+"."+pq.QuoteIdentifier(name))
	}
	return columns
}

// direction puts rows without a value before all others. Where each row has one, nothing is said of them: no index has that order.
func (s *selecting) direction(o table.Sort) string {
	direction := map[bool]string{true: " DESC"}[o.Descending]
	if s.mayBeNull(o.Path) {
		direction += map[bool]string{false: " NULLS FIRST", true: " NULLS LAST"}[o.Descending]
	}
	return direction
}

// mayBeNull tells whether a sortKey is NULL for some rows.
func (s *selecting) mayBeNull(p table.Path) bool {
	return sortsAsStored(p.Field) && (p.Through != nil || optional[s.from.Name+"."+p.Field.Name])
}

// sortKey sorts numbers and points in time as such, ids as they are, and texts without regard to case; a reference by what it shows.
func (s *selecting) sortKey(p table.Path) string {
	if sortsAsStored(p.Field) {
		return s.column(p)
	}
	return folded(s.readable(p))
}

func sortsAsStored(f *table.Field) bool {
	switch f.Type {
	case table.Integer, table.Boolean, table.DateTime:
		return true
	}
	return f.Type == table.String && f.Stored != table.AsGiven
}

// folded is a text as it is sorted and compared by < and >: without regard to case, and the same in every database.
func folded(text string) string { return `lower(` + text + `) COLLATE "C"` }
