package registry

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"proactive/schema"
)

// effect is what writing a decided catalogue does to what is known. It is worked out in memory, row by row: a plan shows it, and an apply
// writes just that.
type effect struct {
	known   schema.Catalogue
	decided schema.Catalogue // once compared, the rows that differ and no others

	planned  map[schema.Section][]PlannedRow
	registry map[string]schema.IssueTemplate // the registry rows as they will be, by provider/code
	used     *references                     // of the rows as they will be
}

// effectOf compares; decided has a sys_id in every row.
func effectOf(known, decided schema.Catalogue) *effect {
	e := &effect{known: known, decided: decided, planned: map[schema.Section][]PlannedRow{}, registry: map[string]schema.IssueTemplate{}}
	for _, i := range known.Deployed {
		e.registry[issueKey(i.Provider, i.IssueCode)] = i
	}
	e.settle()
	for _, in := range allRows {
		in.compare(e)
	}
	pruned := map[schema.Section][]schema.PrunedRow{}
	for _, p := range decided.Pruned {
		pruned[p.Section] = append(pruned[p.Section], p)
	}
	for _, in := range slices.Backward(allRows) { // what refers before what is referred to
		in.takeAway(e, pruned[in.section()])
	}
	return e
}

// rows are all rows that change, section by section.
func (e *effect) rows() []PlannedRow {
	var rows []PlannedRow
	for _, in := range allRows {
		rows = append(rows, e.planned[in.section()]...)
	}
	return rows
}

// settle says what the database would make of the rows: roles in their order, names of people as these write them, credentials that are not
// given as they are stored.
func (e *effect) settle() {
	for i := range e.decided.Users {
		e.decided.Users[i].Roles = set(e.decided.Users[i].Roles)
	}
	stored := map[string]schema.ServiceAccount{}
	for _, a := range e.known.ServiceAccounts {
		stored[a.SysID] = a
	}
	for i := range e.decided.ServiceAccounts {
		a := &e.decided.ServiceAccounts[i]
		a.Roles, a.Providers = set(a.Roles), set(a.Providers)
		before := stored[a.SysID]
		a.PasswordHash = cmp.Or(a.PasswordHash, before.PasswordHash)
		if a.APIKeyHash == nil {
			a.APIKeyHash = before.APIKeyHash
		}
	}
	e.keepProperties()
	called := e.called()
	for i := range e.decided.RateRules {
		r := &e.decided.RateRules[i]
		r.User = called(r.User)
	}
	for i := range e.decided.Computers {
		ci := &e.decided.Computers[i]
		ci.AssignedTo = called(ci.AssignedTo)
	}
}

func set[T ~string](texts []T) []T {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return slices.Compact(texts)
}

// called is how a person or an account is written in the database.
func (e *effect) called() func(string) string {
	names := map[string]string{}
	for _, c := range []schema.Catalogue{e.decided, e.known} {
		for _, u := range c.Users {
			names[strings.ToLower(u.UserName)] = u.UserName
		}
		for _, a := range c.ServiceAccounts {
			names[strings.ToLower(a.UserName)] = a.UserName
		}
	}
	return func(name string) string { return names[strings.ToLower(name)] }
}

// note keeps what happens to a row, with a mark of what stands there by now.
func (e *effect) note(section schema.Section, key string, what []schema.ChangeKind, fields []FieldChange, stands ...any) {
	e.planned[section] = append(e.planned[section], PlannedRow{section, key, what, fields, markOf(stands)})
}

// markOf differs where anything in the rows does, what is never shown included.
func markOf(rows []any) [sha256.Size]byte {
	text, err := json.Marshal(rows)
	if err != nil {
		panic(err) // only documents that are no JSON, which the database does not keep
	}
	return sha256.Sum256(text)
}

// compare notes which rows are new or other than what is known, and leaves these to be written.
func (in rowsIn[R]) compare(e *effect) {
	stored, rows := in.bySysID(e.known), in.of(&e.decided)
	var differ []R
	for _, r := range *rows {
		old, there := stored[*in.sysID(&r)]
		if there && same(old, r) {
			continue
		}
		differ = append(differ, r)
		now, what := in.row(r), schema.RowCreated
		var before row
		if there {
			before, what = in.row(old), schema.RowUpdated
		}
		e.note(in.name, now.key, []schema.ChangeKind{what}, compareFields(before.fields, now.fields), old)
	}
	*rows = differ
}

// takeAway removes rows, or retires them where they are needed or may be. What is retired already stays so.
func (in rowsIn[R]) takeAway(e *effect, pruned []schema.PrunedRow) {
	stored := in.bySysID(e.known)
	for _, p := range pruned {
		before := stored[p.SysID]
		after := before
		switch {
		case in.active == nil, in.needed != nil && !in.needed(e, before):
			e.note(in.name, p.Key, []schema.ChangeKind{schema.RowRemoved}, nil, before)
		case *in.active(&before):
			*in.active(&after) = false
			e.note(in.name, p.Key, []schema.ChangeKind{schema.RowRetired}, compareFields(in.row(before).fields, in.row(after).fields), before)
		}
	}
}

// references are what rows refer to that keeps the database from removing it, by name.
type references struct{ actions, contents map[string]bool }

func (e *effect) references() *references {
	if e.used != nil {
		return e.used
	}
	e.used = &references{map[string]bool{}, map[string]bool{}}
	for _, s := range afterwards(e.known.Resolutions, e.decided.Resolutions, func(s schema.Resolution) string { return s.SysID }) {
		e.used.actions[s.RemedialAction] = true
	}
	removed := map[string]bool{}
	for _, p := range e.planned[schema.SectionIssues] {
		removed[p.Key] = slices.Contains(p.What, schema.RowRemoved)
	}
	for _, i := range afterwards(e.known.Issues, e.decided.Issues, func(i schema.IssueTemplate) string { return i.SysID }) {
		if !removed[issueKey(i.Provider, i.IssueCode)] {
			e.used.contents[i.NotificationContent] = true
		}
	}
	for _, i := range e.registry {
		e.used.contents[i.NotificationContent] = true
	}
	return e.used
}

// afterwards are the known rows, with those that are written in their places.
func afterwards[R any](known, written []R, sysID func(R) string) map[string]R {
	rows := map[string]R{}
	for _, r := range slices.Concat(known, written) {
		rows[sysID(r)] = r
	}
	return rows
}

func (e *effect) needsAction(a schema.RemedialAction) bool { return e.references().actions[a.Name] }

func (e *effect) needsContent(n schema.NotificationContent) bool {
	return e.references().contents[n.Name]
}
