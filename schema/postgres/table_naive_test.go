package postgres

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"proactive/schema/table"
)

// What follows is the Table API's semantics once more, without the parser and without SQL: rows are maps of Go values, and a query is
// what the generator meant by the text that it wrote.

// naiveRow is a row by field; nil is a field without a value. A reference is the row that it leads to, or a text that leads nowhere.
type naiveRow map[string]any

// naiveTerm is one comparison, and naiveQuery a whole query: alternatives of conjunctions of disjunctions.
type naiveTerm struct {
	field, operator string
	values          []string
}

type naiveSort struct {
	field string
	down  bool
}

type naiveQuery struct {
	alternatives [][][]naiveTerm
	order        []naiveSort
}

// encoded is the query as somebody would write it.
func (q naiveQuery) encoded() string {
	var alternatives []string
	for _, every := range q.alternatives {
		var all []string
		for _, any := range every {
			var one []string
			for _, t := range any {
				separator := ","
				if t.operator == "BETWEEN" {
					separator = "@"
				}
				one = append(one, strings.ReplaceAll(t.field+t.operator+strings.Join(t.values, separator), "^", "^^"))
			}
			all = append(all, strings.Join(one, "^OR"))
		}
		alternatives = append(alternatives, strings.Join(all, "^"))
	}
	text := strings.Join(alternatives, "^NQ")
	for _, o := range q.order {
		text += "^ORDERBY" + map[bool]string{true: "DESC"}[o.down] + o.field
	}
	return text
}

func (q naiveQuery) fits(row naiveRow) bool {
	some := func(any []naiveTerm) bool {
		return slices.ContainsFunc(any, func(t naiveTerm) bool { return t.fits(row) })
	}
	return slices.ContainsFunc(q.alternatives, func(every [][]naiveTerm) bool {
		return !slices.ContainsFunc(every, func(any []naiveTerm) bool { return !some(any) })
	})
}

// at walks to a field, and gives nil where the way ends.
func (r naiveRow) at(field string) any {
	first, rest, walks := strings.Cut(field, ".")
	if !walks {
		return r[first]
	}
	behind, _ := r[first].(naiveRow)
	return behind[rest]
}

// texts are what equality compares, and what LIKE looks at.
func texts(value any) (stored, seen string) {
	switch v := value.(type) {
	case naiveRow:
		stored = v["sys_id"].(string)
		seen = v["display"].(string)
		return stored, seen
	case dangling:
		return string(v), ""
	case string:
		stored = v
	case exact:
		stored = string(v)
	case int:
		stored = fmt.Sprint(v)
	case bool:
		stored = fmt.Sprint(v)
	case time.Time:
		stored = v.UTC().Format("2006-01-02 15:04:05")
	}
	return stored, stored
}

type (
	dangling string // a reference that leads nowhere
	exact    string // an id of which a and A are two
)

func (t naiveTerm) fits(row naiveRow) bool {
	value := row.at(t.field)
	stored, seen := texts(value)
	seen = strings.ToLower(seen)
	first := ""
	if len(t.values) > 0 {
		first = t.values[0]
	}
	switch t.operator {
	case "=":
		return same(value, first)
	case "!=":
		return !same(value, first)
	case "IN", "NOT IN":
		return slices.ContainsFunc(t.values, func(v string) bool { return same(value, v) }) == (t.operator == "IN")
	case "LIKE", "NOT LIKE":
		return strings.Contains(seen, strings.ToLower(first)) == (t.operator == "LIKE")
	case "STARTSWITH":
		return strings.HasPrefix(seen, strings.ToLower(first))
	case "ENDSWITH":
		return strings.HasSuffix(seen, strings.ToLower(first))
	case "ISEMPTY", "ISNOTEMPTY":
		return (stored == "") == (t.operator == "ISEMPTY")
	case "BETWEEN":
		return stored != "" && against(value, first) >= 0 && against(value, t.values[1]) <= 0
	}
	if stored == "" {
		return false
	}
	sign := against(value, first)
	return map[string]bool{"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[t.operator]
}

func same(value any, wanted string) bool {
	stored, _ := texts(value)
	if stored == "" || wanted == "" {
		return stored == wanted
	}
	switch v := value.(type) {
	case time.Time:
		return against(v, wanted) == 0
	case exact, dangling:
		return stored == wanted
	case bool:
		return v == (wanted == "true" || wanted == "1")
	}
	return strings.EqualFold(stored, wanted)
}

// against is where a value stands: before (-1), at (0) or after (1) what it is compared with, which may be a whole day.
func against(value any, with string) int {
	switch v := value.(type) {
	case int:
		var n int
		fmt.Sscan(with, &n) //nolint:errcheck // the generator writes numbers here
		return cmp.Compare(v, n)
	case time.Time:
		return cmp.Compare(v.UTC().Format("2006-01-02 15:04:05")[:len(with)], with)
	case exact:
		return cmp.Compare(string(v), with)
	}
	stored, _ := texts(value)
	return cmp.Compare(strings.ToLower(stored), strings.ToLower(with))
}

// sorted orders rows as the query says, and those that are alike by their ids, in the direction of what was sorted by last.
func (q naiveQuery) sorted(rows []naiveRow) {
	slices.SortFunc(rows, func(a, b naiveRow) int {
		down := false
		for i, o := range q.order {
			x, y := a.at(o.field), b.at(o.field)
			if i < len(q.order)-1 {
				x, y = toTheSecond(x), toTheSecond(y)
			}
			sign := before(x, y)
			if down = o.down; down {
				sign = -sign
			}
			if sign != 0 {
				return sign
			}
		}
		if down {
			a, b = b, a
		}
		return strings.Compare(a["sys_id"].(string), b["sys_id"].(string))
	})
}

// toTheSecond is a point in time as it is shown.
func toTheSecond(value any) any {
	if at, is := value.(time.Time); is {
		return at.Truncate(time.Second)
	}
	return value
}

func before(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		if _, seen := texts(b); seen == "" {
			return 0
		}
		return -1
	case b == nil:
		return -before(b, a)
	}
	switch x := a.(type) {
	case int:
		return cmp.Compare(x, b.(int))
	case bool:
		return strings.Compare(fmt.Sprint(x), fmt.Sprint(b))
	case time.Time:
		return x.Compare(b.(time.Time))
	case exact:
		return strings.Compare(string(x), string(b.(exact)))
	}
	_, seenA := texts(a)
	_, seenB := texts(b)
	return strings.Compare(strings.ToLower(seenA), strings.ToLower(seenB))
}

// generator writes queries about a table, with values that rows have, or nearly have.
type generator struct {
	*rand.Rand
	rows   []naiveRow
	fields map[string]table.Type // also those behind references
}

func (g generator) query() (q naiveQuery) {
	for range 1 + g.IntN(3) {
		var every [][]naiveTerm
		for range 1 + g.IntN(3) {
			var any []naiveTerm
			for range 1 + g.IntN(2) {
				any = append(any, g.term())
			}
			every = append(every, any)
		}
		q.alternatives = append(q.alternatives, every)
	}
	for range g.IntN(3) {
		q.order = append(q.order, naiveSort{g.field(), g.IntN(2) == 0})
	}
	if len(q.order) > 0 && g.fields[q.order[0].field] == table.DateTime {
		for i := range q.alternatives {
			q.alternatives[i] = append(q.alternatives[i], []naiveTerm{g.bound(q.order[0].field)})
		}
	}
	return q
}

// bound is a comparison with a point in time.
func (g generator) bound(field string) naiveTerm {
	t := naiveTerm{field: field, operator: []string{"=", "<", "<=", ">", ">=", "BETWEEN", ">", ">="}[g.IntN(8)]}
	for range map[bool]int{false: 1, true: 2}[t.operator == "BETWEEN"] {
		t.values = append(t.values, g.value(t, table.DateTime))
	}
	return t
}

func (g generator) field() string {
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range g.fields {
			if !yield(name) {
				return
			}
		}
	})
	return names[g.IntN(len(names))]
}

func (g generator) term() naiveTerm {
	t := naiveTerm{field: g.field()}
	of := g.fields[t.field]
	operators := []string{"=", "!=", "IN", "NOT IN", "ISEMPTY", "ISNOTEMPTY"}
	if of != table.Boolean {
		operators = append(operators, "LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH")
		if of != table.Reference {
			operators = append(operators, "<", "<=", ">", ">=", "BETWEEN")
		}
	}
	t.operator = operators[g.IntN(len(operators))]
	count := map[string]int{"ISEMPTY": 0, "ISNOTEMPTY": 0, "BETWEEN": 2, "IN": 1 + g.IntN(4), "NOT IN": 1 + g.IntN(4)}
	n, listed := count[t.operator]
	if !listed {
		n = 1
	}
	for range n {
		t.values = append(t.values, g.value(t, of))
	}
	return t
}

// value is one that a row has in the field; or a piece of one, where pieces are looked for; or none.
func (g generator) value(t naiveTerm, of table.Type) string {
	stored, seen := texts(g.rows[g.IntN(len(g.rows))].at(t.field))
	switch t.operator {
	case "LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH":
		if seen != "" && g.IntN(4) > 0 {
			runes := []rune(seen)
			from := g.IntN(len(runes))
			seen = string(runes[from : from+g.IntN(len(runes)-from)+1])
		}
		return g.otherCase(seen)
	case "<", "<=", ">", ">=", "BETWEEN":
		if stored == "" && (t.operator != ">" || of != table.String) {
			stored = map[table.Type]string{table.Integer: "2", table.DateTime: "2026-11-02"}[of]
			if stored == "" {
				stored = "m"
			}
		}
	}
	switch {
	case of == table.DateTime && len(stored) > 10 && g.IntN(2) == 0:
		stored = stored[:10]
	case of == table.String:
		stored = g.otherCase(stored)
	}
	return strings.NewReplacer(",", "", "@", "").Replace(stored)
}

func (g generator) otherCase(text string) string {
	switch g.IntN(3) {
	case 0:
		return strings.ToUpper(text)
	case 1:
		return strings.ToLower(text)
	}
	return text
}
