package table

import (
	"slices"
	"strings"
	"unicode/utf8"

	"proactive/schema"
)

// Parse reads an encoded query (sysparm_query) about a table, for somebody with these roles. Its semantics are ServiceNow's: ^OR binds
// tighter than ^, and ^NQ begins another query whose rows are added. A ^ within a value is doubled. Unlike there, a field or an operator
// that does not exist is a mistake: ServiceNow leaves the condition out, and so gives rows that nobody asked for. All errors are a Mistake.
func Parse(t *Table, roles schema.Roles, text string) (Query, error) {
	if len(text) > MaxQuery {
		return Query{}, Mistakef("The query has %d bytes: at most %d are read.", len(text), MaxQuery)
	}
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		return Query{}, Mistakef("The query is not valid UTF-8, or holds a NUL character.")
	}
	p := parser{table: t, roles: roles}
	for _, term := range terms(text) {
		if err := p.term(term); err != nil {
			return Query{}, err
		}
	}
	p.endAlternative()
	return p.query, nil
}

// Filter is the condition of a plain parameter, name=value: with ServiceNow's operator =.
func Filter(t *Table, roles schema.Roles, name, value string) (Condition, error) {
	if !utf8.ValidString(value) || strings.Contains(value, "\x00") {
		return Condition{}, Mistakef("The value of %q is not valid UTF-8, or holds a NUL character.", clip(name))
	}
	path, err := t.Path(name, roles)
	if err != nil {
		return Condition{}, err
	}
	c := Condition{path, Equal, []string{value}}
	return c, c.check()
}

// terms splits at each ^ that is not doubled, and makes one of those that are.
func terms(text string) (all []string) {
	var term strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '^':
			term.WriteByte(text[i])
		case i+1 < len(text) && text[i+1] == '^':
			term.WriteByte('^')
			i++
		default:
			all = append(all, term.String())
			term.Reset()
		}
	}
	return append(all, term.String())
}

type parser struct {
	table  *Table
	roles  schema.Roles
	query  Query
	now    Every // the alternative that is being read
	terms  int
	values int
}

func (p *parser) term(term string) error {
	switch {
	case term == "" || term == "EQ": // ServiceNow ends its queries so
		return nil
	case strings.HasPrefix(term, "NQ"):
		p.endAlternative()
		return p.term(term[len("NQ"):])
	case strings.HasPrefix(term, "ORDERBYDESC"):
		return p.orderDown(term[len("ORDERBYDESC"):])
	case strings.HasPrefix(term, "ORDERBY"):
		return p.orderUp(term[len("ORDERBY"):])
	case strings.HasPrefix(term, "OR"):
		return p.or(term[len("OR"):])
	}
	c, err := p.condition(term)
	if err != nil {
		return err
	}
	p.now = append(p.now, Any{c})
	return nil
}

func (p *parser) endAlternative() {
	if len(p.now) > 0 {
		p.query.Alternatives = append(p.query.Alternatives, p.now)
	}
	p.now = nil
}

func (p *parser) or(term string) error {
	c, err := p.condition(term)
	if err != nil {
		return err
	}
	if len(p.now) == 0 {
		return Mistakef("^OR stands before the condition %q, and nothing stands before it.", clip(term))
	}
	last := len(p.now) - 1
	p.now[last] = append(p.now[last], c)
	return nil
}

// orderUp sorts by one field, or by several with commas between: no document of ServiceNow's says that it may, and Splunk's add-on relies on it.
func (p *parser) orderUp(names string) error {
	for name := range strings.SplitSeq(names, ",") {
		if err := p.order(name, false); err != nil {
			return err
		}
	}
	return nil
}

// orderDown sorts by one field: which way the others of a list go, nobody says.
func (p *parser) orderDown(name string) error {
	if strings.Contains(name, ",") {
		return Mistakef("ORDERBYDESC takes one field, and %q is more: write each with its own ^ORDERBYDESC or ^ORDERBY.", clip(name))
	}
	return p.order(name, true)
}

func (p *parser) order(name string, descending bool) error {
	path, err := p.table.Path(name, p.roles)
	if err != nil {
		return err
	}
	if len(p.query.Order) == MaxOrder {
		return Mistakef("The query sorts by more than %d fields.", MaxOrder)
	}
	p.query.Order = append(p.query.Order, Sort{path, descending})
	return nil
}

// condition reads a field, an operator and what follows.
func (p *parser) condition(term string) (Condition, error) {
	if p.terms++; p.terms > MaxTerms {
		return Condition{}, Mistakef("The query has more than %d conditions.", MaxTerms)
	}
	end := strings.IndexFunc(term, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' })
	if end < 0 {
		end = len(term)
	}
	at := slices.IndexFunc(operators, func(o Operator) bool { return strings.HasPrefix(term[end:], string(o)) })
	if at < 0 {
		return Condition{}, Mistakef("There is no operator in %q: write a field, one of %s, and a value.", clip(term), listed(operators))
	}
	path, err := p.table.Path(term[:end], p.roles)
	if err != nil {
		return Condition{}, err
	}
	c := Condition{Path: path, Operator: operators[at]}
	rest := term[end+len(c.Operator):]
	if c.Values, err = p.split(c.Operator, rest); err != nil {
		return Condition{}, err
	}
	return c, c.check()
}

// split gives the values that an operator takes.
func (p *parser) split(o Operator, rest string) ([]string, error) {
	switch o {
	case IsEmpty, IsNotEmpty:
		if rest != "" {
			return nil, Mistakef("%s takes no value, and %q follows it.", o, clip(rest))
		}
		return nil, nil
	case In, NotIn:
		values := strings.Split(rest, ",")
		if p.values += len(values); p.values > MaxValues {
			return nil, Mistakef("The query lists more than %d values.", MaxValues)
		}
		return values, nil
	case Between:
		values := strings.Split(rest, "@")
		if len(values) != 2 {
			return nil, Mistakef("BETWEEN takes two values with one @ between them: %q has not.", clip(rest))
		}
		return values, nil
	}
	return []string{rest}, nil
}

func listed(operators []Operator) string {
	var names []string
	for _, o := range operators {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}
