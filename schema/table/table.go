package table

import (
	"slices"

	"proactive/schema"
)

// Table is one table as the Table API shows it. The name is also that of the table in Postgres.
type Table struct {
	Name    string
	Label   string
	Display string  // the field that names a row to people
	Fields  []Field // sys_id is the first
	Access  Access
	Binding Binding
}

// Type is what a field holds.
type Type string

// The types of fields, with ServiceNow's names. In an answer each is a text.
const (
	String    Type = "string"
	Integer   Type = "integer"
	Boolean   Type = "boolean"         // true or false
	DateTime  Type = "glide_date_time" // UTC, in DateTimeLayout; "" where there is none
	Reference Type = "reference"       // the sys_id of a row, or ""
	List      Type = "glide_list"      // texts with commas between; in Postgres text[]
	JSON      Type = "json"            // a JSON text, as it was given; in Postgres json
	Texts     Type = "json_list"       // a JSON list of texts, which may hold commas; in Postgres text[]
)

// SysID is the field that every table has.
const SysID = "sys_id"

// DateTimeLayout is how a point in time is written, in UTC.
const DateTimeLayout = "2006-01-02 15:04:05"

// Stored says in which case a text is stored, where that is known: then it is compared as it stands, which its index serves.
type Stored int

// How texts are stored.
const (
	AsGiven     Stored = iota // compared without regard to case
	InLower                   // a value is compared in lower case
	InUpper                   // a value is compared in upper case
	AsDifferent               // an id that callers choose: a and A are two; =, !=, IN and NOT IN compare it exactly
)

// Field is one field of a table.
type Field struct {
	Name    string
	Label   string
	Column  string // in Postgres; "" when the field is derived from others
	Type    Type
	Refers  string   // the table that a Reference refers to
	Choices []Choice // the values that are allowed; nil when the list is open
	Stored  Stored

	MaxLength int // of a text that is given, in characters; 0: as long as a request may be

	Readers  schema.Roles // the field is read only with one of these beside a role that reads the table; empty: that is enough
	Writable bool         // may be given when a row is made or changed
	Required bool         // must be given when a row is made, and not blank
	Fixed    bool         // may be given when a row is made, and not be changed afterwards: another value is left out
	Key      bool         // may be given when a row is made, and not be changed afterwards: another value is refused
	Tie      bool         // ties a row that an issue made to that issue, and is not changed there
	Secret   bool         // never read, shown, compared or sorted by; may be written where Writable
	Journal  bool         // what is given is added to what stands there, with who said it and when
	OnCard   bool         // names the row to people, so that who may read a row that refers to it may see it
}

// Choice is one value of a closed list.
type Choice struct {
	Value string
	Label string // "" is the value itself
}

// Binding says how a row belongs to a provider; package postgres knows the SQL for each.
type Binding string

// The ways to belong to a provider. An account that is bound to providers sees the rows of these only.
const (
	Unbound    Binding = ""            // the table belongs to no provider: everybody who may read it sees all rows
	IsProvider Binding = "is_provider" // the row is a provider
	HasOwner   Binding = "provider"    // the field provider refers to it
	OfIssue    Binding = "issue"       // the field issue refers to an experience issue, which has a provider
	OfOrigin   Binding = "origin"      // origin_id is the sys_id of an experience issue
	OfDesk     Binding = "desk"        // correlation_display is the provider_code
	OfVersion  Binding = "version"     // a version of a row that has an owner, or of one that counts for all
	OfNobody   Binding = "nobody"      // rows are about all providers: an account that is bound sees none
)

// All are the tables, in the order of the documentation.
func All() []*Table { return tables }

// Find gives a table by its name; nil when there is none.
func Find(name string) *Table { return byName[name] }

// Field gives a field by its name; nil when there is none.
func (t *Table) Field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

// Target is the table that a field refers to; nil for one that is no reference.
func (f *Field) Target() *Table { return byName[f.Refers] }

// Shown is how a value is shown to people.
func (f *Field) Shown(value string) string {
	for _, c := range f.Choices {
		if c.Value == value && c.Label != "" {
			return c.Label
		}
	}
	return value
}

// ReadableBy tells whether somebody with these roles, who may read the table, may read the field.
func (f *Field) ReadableBy(roles schema.Roles) bool {
	return !f.Secret && (len(f.Readers) == 0 || slices.ContainsFunc(f.Readers, roles.Has))
}

// MaySee tells whether an account may see a field of the table when it comes there by a reference from a row that it may read: what names
// a row to people it may, the rest only with a role that reads the table.
func (t *Table) MaySee(f *Field, roles schema.Roles) bool {
	return f.ReadableBy(roles) && (f.Name == SysID || f.Name == t.Display || f.OnCard || t.Access.Allows(Read, roles))
}
