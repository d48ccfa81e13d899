package table

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"proactive/schema"
)

// Change is what somebody wants of one row.
type Change struct {
	Table     *Table
	SysID     string // of the row; of a new one the id that it is to have, "" for any
	Values    Values // of the fields that are to change, as Given has read them; secrets are hashes, as texts
	ModCount  *int   // the row's sys_mod_count, as whoever changes it knows it; nil: whatever it is
	By        string // user_name
	Providers []string
	Rules     Rules
}

// Rules are what a row must fulfil beside what its fields and the tables demand. Rows are as Row says.
type Rules interface {
	// OfCatalogue tells whether Check needs what is known: then no other change of the catalogue comes between.
	OfCatalogue() bool
	// Stored gives the values of a row in the form in which they are kept; those that are not given stay.
	Stored(Row) (Values, error)
	// Named is what must be known to check a row: the people and computers that it names.
	Named(Row) (schema.Catalogue, error)
	// Check tells what is wrong with a row that stands in known already. Of channels known has those from before the change.
	Check(row Row, known schema.Catalogue) error
}

// Row is a whole row as people write it: the values by their fields, references by what people call the row that they refer to. A secret
// that is to change is there with some text. With web_service_access_only after its name and a dot, a reference to a user says whether that
// is a service account.
type Row map[string]string

// Conflict is why a change cannot be made to the rows as they are, and what to do about it.
type Conflict string

func (c Conflict) Error() string { return string(c) }

// Changed is a row that somebody else has changed meanwhile.
type Changed struct{ ModCount, Known int }

func (c Changed) Error() string {
	return fmt.Sprintf("Somebody else was faster: the record's sys_mod_count is %d, and the request was made for %d. Read the record again, and send what is still to be changed.", c.ModCount, c.Known)
}

// Denied is why an account may not make a change that others may.
type Denied string

func (d Denied) Error() string { return string(d) }

// NotYours is a row that would belong to a provider for which the account may not speak.
const NotYours Denied = "The account may not speak for the provider that the record would belong to."

// Everybodys is a row of a table that belongs to no provider, for an account that may speak for some alone.
const Everybodys Denied = "Rows of this table count for all providers, and the account may speak for some alone: have an account without providers change them."

// Follow gives the fields that follow from others when some of a row change; old is nil for a new row.
func (t *Table) Follow(old Row, changed Values) Values {
	if t.Name != incident.Name {
		return nil
	}
	level := func(name string) (n int) {
		n = lowest
		for _, value := range []string{old[name], changed[name]} {
			if value != "" {
				n = int(value[0] - '0') // one of levels
			}
		}
		return n
	}
	return Values{"priority": fmt.Sprint(schema.Priority(level("impact"), level("urgency")))}
}

// lowest is the impact and urgency of an incident that says none.
const lowest = 3

// Noted is what stands in a journal after somebody has said more: each entry begins with when and who, and its further lines are indented,
// so that nobody can say something for others. What was read from the journal and is sent back adds nothing, also when it has grown since.
func Noted(old, said, by, at string) string {
	if said == old || entry.MatchString(said) && strings.HasPrefix(old, said+"\n") {
		return old
	}
	if said = strings.TrimRightFunc(said, unicode.IsSpace); said == "" {
		return old
	}
	added := fmt.Sprintf("%s  %s: %s", at, schema.OneEntry(by), schema.OneEntry(said))
	if old == "" {
		return added
	}
	return old + "\n" + added
}

// entry is how an entry of a journal begins.
var entry = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  `)

// maxJournal is as long as a journal may become, in characters: beyond it no page could show it.
const maxJournal = 4 << 20

// Fits tells whether a field that says old may say value instead. What stands there may be longer than what may be given, and may be sent back.
func (f *Field) Fits(old, value string) error {
	if f.MaxLength == 0 || value == old || len(value) <= f.MaxLength {
		return nil
	}
	if length := utf8.RuneCountInString(value); length > f.MaxLength {
		return Mistakef("%s has %d characters, and may have %d: shorten it.", f.Name, length, f.MaxLength)
	}
	return nil
}

// Holds tells whether a journal may become what Noted has made of it.
func (f *Field) Holds(old, noted string) error {
	if noted != old && len(noted) > maxJournal && utf8.RuneCountInString(noted) > maxJournal {
		return Mistakef("%s would have more than %d characters: say the rest in another record.", f.Name, maxJournal)
	}
	return nil
}

// Calls are the fields by which people call a row; the first is enough.
func (t *Table) Calls() []string {
	switch t.Name {
	case user.Name:
		return []string{"user_name", "web_service_access_only"}
	case property.Name, userHasRole.Name, accountProvider.Name:
		return []string{SysID}
	}
	return []string{t.Display}
}

// Calls are the fields by which people call the row that a reference leads to; none for a field that is no reference.
func (f *Field) Calls() []string {
	if f.Type != Reference {
		return nil
	}
	return f.Target().Calls()
}
