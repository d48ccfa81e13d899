package table

import (
	"fmt"
	"strings"

	"proactive/schema"
)

// Mistake is what is wrong with a request, and what to do about it, in a sentence for whoever made it.
type Mistake string

func (m Mistake) Error() string { return string(m) }

// Mistakef makes a Mistake.
func Mistakef(format string, args ...any) error { return Mistake(fmt.Sprintf(format, args...)) }

// Path leads from a row to a field: one of its own, or one of the row that a reference of its own leads to (dot-walking).
type Path struct {
	Through *Field // the reference; nil for a field of the row itself
	Field   *Field
}

// String is the path as it is written: number, or caller_id.user_name.
func (p Path) String() string {
	if p.Through != nil {
		return p.Through.Name + "." + p.Field.Name
	}
	return p.Field.Name
}

// Path finds what a name leads to. The error is a Mistake when it leads nowhere, or to what somebody with these roles may not see.
func (t *Table) Path(name string, roles schema.Roles) (Path, error) {
	first, rest, walks := strings.Cut(name, ".")
	f := t.Field(first)
	switch {
	case f == nil:
		return Path{}, Mistakef("%s has no field %q: use one of %s.", t.Name, clip(first), strings.Join(t.readable(), ", "))
	case f.Secret:
		return Path{}, Mistakef("%s.%s can be written and never read.", t.Name, f.Name)
	case !f.ReadableBy(roles):
		return Path{}, Mistakef("%s.%s can be read only with %s.", t.Name, f.Name, anyOf(f.Readers))
	case !walks:
		return Path{Field: f}, nil
	case f.Type != Reference:
		return Path{}, Mistakef("%s.%s is no reference, so nothing can follow its name with a dot.", t.Name, f.Name)
	}
	return t.walk(f, rest, roles)
}

func (t *Table) walk(through *Field, name string, roles schema.Roles) (Path, error) {
	if strings.Contains(name, ".") {
		return Path{}, Mistakef("%s.%s walks more than one reference: a name may have one dot.", through.Name, clip(name))
	}
	target := through.Target()
	f := target.Field(name)
	switch {
	case f == nil:
		return Path{}, Mistakef("%s refers to %s, which has no field %q: use one of %s.", through.Name, target.Name, clip(name), strings.Join(target.readable(), ", "))
	case !target.MaySee(f, roles):
		return Path{}, Mistakef("%s.%s can be read only with a role that reads %s.", through.Name, f.Name, target.Name)
	}
	return Path{Through: through, Field: f}, nil
}

// Readable are the table's own fields that somebody can read.
func (t *Table) Readable() []Path { return t.fieldsThat(func(f *Field) bool { return !f.Secret }) }

// ReadableBy are those that somebody with these roles can read.
func (t *Table) ReadableBy(roles schema.Roles) []Path {
	return t.fieldsThat(func(f *Field) bool { return f.ReadableBy(roles) })
}

func (t *Table) fieldsThat(are func(*Field) bool) (paths []Path) {
	for i := range t.Fields {
		if f := &t.Fields[i]; are(f) {
			paths = append(paths, Path{Field: f})
		}
	}
	return paths
}

// anyOf names roles, one of which is needed.
func anyOf(roles schema.Roles) string {
	var names []string
	for _, r := range roles {
		names = append(names, string(r))
	}
	return strings.Join(names, " or ")
}

func (t *Table) readable() (names []string) {
	for _, p := range t.Readable() {
		names = append(names, p.Field.Name)
	}
	return names
}

// clip keeps what somebody wrote short enough to be said back.
func clip(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
