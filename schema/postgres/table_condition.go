package postgres

import (
	"strings"

	"github.com/lib/pq"

	"proactive/schema/table"
)

// condition is one comparison. A row without a value is equal to nothing but the empty value: every negation holds for it.
func (s *selecting) condition(c table.Condition) string {
	switch c.Operator {
	case table.Equal:
		return s.equal(c.Path, c.Values[0])
	case table.NotEqual:
		return s.equal(c.Path, c.Values[0]) + ` IS NOT TRUE`
	case table.In:
		return s.in(c.Path, c.Values)
	case table.NotIn:
		return s.in(c.Path, c.Values) + ` IS NOT TRUE`
	case table.IsEmpty:
		return s.empty(c.Path)
	case table.IsNotEmpty:
		return `NOT ` + s.empty(c.Path)
	case table.Between:
		return `(` + s.compared(c.Path, table.GreaterOrEqual, c.Values[0]) + ` AND ` + s.compared(c.Path, table.LessOrEqual, c.Values[1]) + `)`
	case table.Like:
		return s.like(c)
	case table.NotLike:
		return `NOT ` + s.like(c)
	case table.StartsWith:
		return `starts_with(lower(` + s.readable(c.Path) + `), lower(` + s.arg(c.Values[0], "text") + `))`
	case table.EndsWith:
		value := `lower(` + s.arg(c.Values[0], "text") + `)`
		return `right(lower(` + s.readable(c.Path) + `), length(` + value + `)) = ` + value
	}
	return s.compared(c.Path, c.Operator, c.Values[0])
}

func (s *selecting) like(c table.Condition) string {
	return `(strpos(lower(` + s.readable(c.Path) + `), lower(` + s.arg(c.Values[0], "text") + `)) > 0)`
}

// empty: a text without a character is none.
func (s *selecting) empty(p table.Path) string {
	switch p.Field.Type {
	case table.Integer, table.Boolean, table.DateTime, table.JSON:
		return `(` + s.column(p) + ` IS NULL)`
	case table.List, table.Texts:
		return `(coalesce(cardinality(` + s.column(p) + `), 0) = 0)`
	}
	return `(` + s.shown(p) + ` = '')`
}

// equal compares with one value, in a form that an index can serve where there is one.
func (s *selecting) equal(p table.Path, value string) string {
	if value == "" {
		return s.empty(p)
	}
	switch p.Field.Type {
	case table.Integer:
		n, _ := table.Whole(value) //nolint:errcheck // checked when it was read
		return `(` + s.column(p) + ` = ` + s.arg(n, "bigint") + `)`
	case table.Boolean:
		is, _ := table.Truth(value) //nolint:errcheck // checked when it was read
		return `(` + s.column(p) + ` = ` + s.arg(is, "boolean") + `)`
	case table.DateTime:
		from, until, _ := table.Instant(value) //nolint:errcheck // checked when it was read
		return `(` + s.column(p) + ` >= ` + s.arg(from, "timestamptz") + ` AND ` + s.column(p) + ` < ` + s.arg(until, "timestamptz") + `)`
	}
	argument := s.arg(asStored(p.Field, value), "text")
	equal := s.column(p) + ` = ` + argument
	if p.Field.Stored == table.AsGiven {
		equal = `lower(` + s.text(p) + `) = lower(` + argument + `)`
	}
	return `(` + equal + s.also(narrowed, p, argument) + `)`
}

// text is what = and IN compare: a text's column as it is, for the sake of its index.
func (s *selecting) text(p table.Path) string {
	if p.Field.Type == table.String {
		return s.column(p)
	}
	return s.shown(p)
}

// asStored is a value in the case in which the field has it.
func asStored(f *table.Field, value string) string {
	switch f.Stored {
	case table.InLower:
		return strings.ToLower(value)
	case table.InUpper:
		return strings.ToUpper(value)
	}
	return value
}

// in compares with a list of values.
func (s *selecting) in(p table.Path, values []string) string {
	switch p.Field.Type {
	case table.Integer, table.Boolean, table.DateTime:
		return s.eachEqual(p, values)
	}
	var texts, alternatives []string
	for _, value := range values {
		if value == "" {
			alternatives = []string{s.empty(p)}
			continue
		}
		texts = append(texts, asStored(p.Field, value))
	}
	if len(texts) > 0 {
		alternatives = append(alternatives, s.amongTexts(p, s.arg(pq.StringArray(texts), "text[]")))
	}
	return `(` + strings.Join(alternatives, ` OR `) + `)`
}

func (s *selecting) amongTexts(p table.Path, list string) string {
	among := s.column(p) + ` = ANY (` + list + `)`
	if p.Field.Stored == table.AsGiven {
		among = `lower(` + s.text(p) + `) = ANY (ARRAY(SELECT lower(v) FROM unnest(` + list + `) v))`
	}
	return among + s.also(narrowedIn, p, list)
}

// also is what a condition about a field goes with, so that an index serves.
func (s *selecting) also(more map[string]string, p table.Path, argument string) string {
	alias, of := s.place(p)
	condition, is := more[of.Name+"."+p.Field.Name]
	if !is {
		return ""
	}
	return ` AND ` + filled(condition, alias, argument)
}

func (s *selecting) eachEqual(p table.Path, values []string) string {
	var alternatives []string
	for _, value := range values {
		alternatives = append(alternatives, s.equal(p, value))
	}
	return `(` + strings.Join(alternatives, ` OR `) + `)`
}

// compared is <, <=, > or >=; a row without a value is on neither side. A second, or a day, counts as a whole.
func (s *selecting) compared(p table.Path, o table.Operator, value string) string {
	switch p.Field.Type {
	case table.Integer:
		n, _ := table.Whole(value) //nolint:errcheck // checked when it was read
		return `(` + s.column(p) + ` ` + string(o) + ` ` + s.arg(n, "bigint") + `)`
	case table.DateTime:
		return s.comparedTime(p, o, value)
	}
	if sortsAsStored(p.Field) {
		return s.comparedAsStored(p, o, value)
	}
	text := s.shown(p)
	return `(` + text + ` <> '' AND ` + folded(text) + ` ` + string(o) + ` ` + folded(s.arg(value, "text")) + `)`
}

// comparedAsStored compares as sortKey sorts: so whoever asks for what comes after the last row of a page has the next one, and an index
// finds where it begins.
func (s *selecting) comparedAsStored(p table.Path, o table.Operator, value string) string {
	c, argument := s.column(p), s.arg(asStored(p.Field, value), "text")
	compared := c + ` ` + string(o) + ` ` + argument
	if o == table.Greater || o == table.GreaterOrEqual {
		return `(` + compared + s.also(narrowedAbove, p, argument) + `)`
	}
	return `(` + compared + ` AND ` + c + ` <> ''` + s.also(narrowedBelow, p, argument) + `)`
}

func (s *selecting) comparedTime(p table.Path, o table.Operator, value string) string {
	from, until, _ := table.Instant(value) //nolint:errcheck // checked when it was read
	c := s.column(p)
	switch o {
	case table.Less:
		return `(` + c + ` < ` + s.arg(from, "timestamptz") + `)`
	case table.LessOrEqual:
		return `(` + c + ` < ` + s.arg(until, "timestamptz") + `)`
	case table.Greater:
		return `(` + c + ` >= ` + s.arg(until, "timestamptz") + `)`
	}
	return `(` + c + ` >= ` + s.arg(from, "timestamptz") + `)`
}
