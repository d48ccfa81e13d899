package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Person is somebody who is to be erased, as their record names them; as it did last, where the audit trail alone tells of it.
type Person struct {
	SysID     string `db:"sys_id"`
	UserName  string `db:"user_name"`
	FirstName string `db:"first_name"`
	LastName  string `db:"last_name"`
	Email     string `db:"email"`
	Account   bool   `db:"web_service_access_only"` // a service account: no person
	Erased    bool   `db:"erased"`                  // their record no longer names them

	Gone    []string // sys_ids of records of theirs that were deleted
	Earlier []Called // what else their records have called them
}

// Called is what a record of a person calls them.
type Called struct{ UserName, FirstName, LastName, Email string }

// IDs are the sys_ids of all records of the person.
func (p Person) IDs() []string { return append([]string{p.SysID}, p.Gone...) }

// Naming is a column in which rows name a person.
type Naming struct {
	Table  string
	Column string
	Rows   int
}

// Erasure is what erasing a person is about.
type Erasure struct {
	Issues       int `db:"issues"`
	Unfinished   int `db:"unfinished"` // of these issues: they are cancelled first
	Incidents    int `db:"incidents"`
	Interactions int `db:"interactions"`
	Computers    int `db:"computers"`
	Trail        int `db:"trail"` // rows of the audit trail that tell of these, and of what was theirs
	Elsewhere    []Naming
}

// Progress hears what a long work is at, and how much of how much of that is done. The nil one hears nothing.
type Progress func(doing string, done, of int)

// In is Progress for one thing that is done.
func (p Progress) In(doing string) func(done, of int) {
	return func(done, of int) {
		if p != nil {
			p(doing, done, of)
		}
	}
}

// names are what texts may call the person, distinctive enough to be looked for everywhere: not a first name alone, and not what may be a
// number or a word of JSON.
func (p Person) names() (distinctive, other []string) {
	if p.Erased {
		return nil, nil
	}
	var all []string
	for _, called := range append([]Called{{p.UserName, p.FirstName, p.LastName, p.Email}}, p.Earlier...) {
		all = append(all, called.names()...)
	}
	for i, name := range all {
		switch {
		case name == "", slices.Contains(all[:i], name):
		case letters(name) < 2 || len(name) < 4 || name == "true" || name == "false" || name == "null":
			other = append(other, name)
		default:
			distinctive = append(distinctive, name)
		}
	}
	return distinctive, other
}

// names are what texts may call somebody who is called so.
func (c Called) names() []string {
	names := []string{strings.TrimSpace(c.UserName), strings.TrimSpace(c.Email)}
	if first, last := strings.TrimSpace(c.FirstName), strings.TrimSpace(c.LastName); first != "" && last != "" {
		names = append(names, first+" "+last, last+" "+first, last+", "+first)
	}
	return names
}

func letters(text string) (n int) {
	for _, r := range text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// TooShort are those of the person's names that cannot be looked for outside of what is about them.
func (p Person) TooShort() []string {
	_, other := p.names()
	return other
}

// Pattern is a regular expression of Postgres that finds the person's distinctive names in a text, also one that quotes JSON, whatever the
// case; "" when there are none.
func (p Person) Pattern() string {
	return p.pattern(func(name string) string { return pattern(name, inText) })
}

// RoughPattern finds whatever Pattern does, and more, in a small part of the time, as it does not look around what it finds.
func (p Person) RoughPattern() string {
	return p.pattern(func(name string) string { return anywhere(name, inText) })
}

// JSONPattern is Pattern for a JSON document. What it finds lies within one of its texts: the document stays one when that is replaced.
func (p Person) JSONPattern() string {
	names := p.pattern(func(name string) string { return pattern(name, inJSON) })
	if names == "" {
		return ""
	}
	return betweenEscapes + "(?:" + names + ")"
}

// betweenEscapes is not within an escape of JSON, which begins with the last of an odd number of backslashes: \fred is no fred, \\fred is one.
const betweenEscapes = `(?<!(?:^|[^\\])(?:\\\\)*\\(?:u[0-9a-f]{0,3})?)`

func (p Person) pattern(of func(name string) string) string {
	distinctive, _ := p.names()
	for i, name := range distinctive {
		distinctive[i] = of(name)
	}
	return strings.Join(distinctive, "|")
}

// pattern finds a name of several parts wherever it stands, and one that is a single word only as a word: anna is not in hannah.
func pattern(name string, in func(rune) []string) string {
	if wordBreak.MatchString(name) {
		return anywhere(name, in)
	}
	return wordBegins + anywhere(name, in) + `(?![[:alnum:]])`
}

// wordBegins is where no letter and no digit is before, or only the last of an escape of JSON, such as a line's end.
const wordBegins = `(?:(?<![[:alnum:]])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))`

func anywhere(name string, in func(rune) []string) string {
	var b strings.Builder
	spaced := false
	for _, r := range name {
		space := unicode.IsSpace(r)
		switch ways := in(r); {
		case space && spaced:
		case space:
			b.WriteString(`(?:\s|\\[nrt]|\\u00a0)+`)
		case len(ways) == 1:
			b.WriteString(ways[0])
		default:
			b.WriteString("(?:" + strings.Join(ways, "|") + ")")
		}
		spaced = space
	}
	return b.String()
}

// inText are the patterns of the ways in which a character may stand in a text.
func inText(r rune) []string {
	if r == '"' || r == '\\' {
		return append(inJSON(r), regexp.QuoteMeta(string(r)))
	}
	return inJSON(r)
}

// inJSON are those within a text of a JSON document. Which characters are written as escapes depends on who writes: many have all but
// letters, digits and a few signs so. Their digits match in either case, and so do letters, but the escapes of two cases are two.
func inJSON(r rune) (ways []string) {
	switch {
	case strings.ContainsRune(plain, r):
		return []string{regexp.QuoteMeta(string(r))}
	case r == '"', r == '\\', r == '/':
		ways = append(ways, `\\`+regexp.QuoteMeta(string(r)))
	}
	if r != '"' && r != '\\' {
		ways = append(ways, regexp.QuoteMeta(string(r)))
	}
	for _, same := range []rune{r, unicode.ToLower(r), unicode.ToUpper(r)} {
		if escape := escaped(same); !slices.Contains(ways, escape) {
			ways = append(ways, escape)
		}
	}
	return ways
}

// plain are the characters that nobody who writes JSON has a reason to escape.
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@, "

func escaped(r rune) (text string) {
	for _, unit := range utf16.Encode([]rune{r}) {
		text += fmt.Sprintf(`\\u%04x`, unit)
	}
	return text
}

var wordBreak = regexp.MustCompile(`[^\pL\pN]+`)

// Parts are the words that the name of the person's computer may be made of, in lower case.
func (p Person) Parts() (parts []string) {
	if p.Erased {
		return nil
	}
	for _, called := range append([]Called{{p.UserName, p.FirstName, p.LastName, ""}}, p.Earlier...) {
		for _, part := range wordBreak.Split(strings.ToLower(called.UserName+" "+called.FirstName+" "+called.LastName), -1) {
			if len(part) >= 3 {
				parts = append(parts, part)
			}
		}
	}
	return parts
}
