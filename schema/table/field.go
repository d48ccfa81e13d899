package table

import "proactive/schema"

// What follows makes the lists of fields short enough to be read: a field is made by its type, and says with its methods what else it is.

func field(name, label string, of Type) Field {
	return Field{Name: name, Label: label, Column: name, Type: of}
}

func text(name, label string) Field     { return field(name, label, String).max(shortText) }
func integer(name, label string) Field  { return field(name, label, Integer) }
func flag(name, label string) Field     { return field(name, label, Boolean) }
func dateTime(name, label string) Field { return field(name, label, DateTime) }
func list(name, label string) Field     { return field(name, label, List) }
func texts(name, label string) Field    { return field(name, label, Texts) }
func document(name, label string) Field { return field(name, label, JSON) }

// How long texts may be. What people call a row by has an index, which holds no more than shortText; a longText takes what the engine tells
// of an incident, so that one instance can hand it over to another.
const (
	shortText  = 255
	mediumText = 4000
	longText   = 1<<20 + 1<<10
)

func reference(name, label, to string) Field {
	f := field(name, label, Reference).max(shortText)
	f.Refers, f.Stored = to, InLower
	return f
}

// choice is a field with a closed list of values.
func choice(name, label string, of Type, choices ...Choice) Field {
	f := field(name, label, of)
	f.Choices = choices
	return f
}

func (f Field) write() Field              { f.Writable = true; return f }
func (f Field) need() Field               { f.Writable, f.Required = true, true; return f }
func (f Field) fix() Field                { f.Writable, f.Fixed = true, true; return f }
func (f Field) key() Field                { f.Writable, f.Required, f.Key = true, true, true; return f }
func (f Field) tie() Field                { f.Writable, f.Tie = true, true; return f }
func (f Field) card() Field               { f.OnCard = true; return f }
func (f Field) journal() Field            { f.Writable, f.Journal = true, true; return f }
func (f Field) max(length int) Field      { f.MaxLength = length; return f }
func (f Field) derived() Field            { f.Column = ""; return f }
func (f Field) as(column string) Field    { f.Column = column; return f }
func (f Field) stored(as Stored) Field    { f.Stored = as; return f }
func (f Field) only(r schema.Roles) Field { f.Readers = r; return f }
func (f Field) secret(col string) Field   { f.Secret, f.Column = true, col; return f }

// readOnlyID is a row's id.
func readOnlyID() Field { return text(SysID, "Sys ID").stored(InLower).card() }

// sysID is the id of a row that people may make, and choose the id of, as when rows move from one instance to another.
func sysID() Field { return readOnlyID().fix() }

// derivedID is made of what tells the rows of a table without ids apart.
func derivedID() Field { return readOnlyID().derived() }

// history is who made a row and when, and who changed it last.
func history() []Field {
	return []Field{
		dateTime("sys_created_on", "Created"),
		text("sys_created_by", "Created by"),
		dateTime("sys_updated_on", "Updated"),
		text("sys_updated_by", "Updated by"),
		integer("sys_mod_count", "Updates"),
	}
}

// fields puts the id before a table's own fields, and the history behind.
func fields(own ...Field) []Field {
	return append(append([]Field{sysID()}, own...), history()...)
}
