package schema

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Person is somebody who is to be erased, as their record names them.
type Person struct {
	SysID     string `db:"sys_id"`
	UserName  string `db:"user_name"`
	FirstName string `db:"first_name"`
	LastName  string `db:"last_name"`
	Email     string `db:"email"`
	Account   bool   `db:"web_service_access_only"` // a service account: no person
	Erased    bool   `db:"erased"`                  // their record no longer names them
}

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
	Elsewhere    []Naming
}

// names are what texts may call the person, distinctive enough to be looked for everywhere: not a first name alone, and not what may be a
// number or a word of JSON.
func (p Person) names() (distinctive, other []string) {
	if p.Erased {
		return nil, nil
	}
	first, last := strings.TrimSpace(p.FirstName), strings.TrimSpace(p.LastName)
	all := []string{p.UserName, p.Email}
	if first != "" && last != "" {
		all = append(all, first+" "+last, last+" "+first, last+", "+first)
	}
	for _, name := range all {
		switch name = strings.TrimSpace(name); {
		case name == "":
		case letters(name) < 2 || len(name) < 4 || name == "true" || name == "false" || name == "null":
			other = append(other, name)
		default:
			distinctive = append(distinctive, name)
		}
	}
	return distinctive, other
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

// Pattern is a regular expression of Postgres that finds the person's distinctive names in a text or a JSON document, whatever the case; ""
// when there are none.
func (p Person) Pattern() string {
	distinctive, _ := p.names()
	if len(distinctive) == 0 {
		return ""
	}
	for i, name := range distinctive {
		distinctive[i] = pattern(name)
	}
	return strings.Join(distinctive, "|")
}

// pattern finds a name of several parts wherever it stands, and one that is a single word only as a word: anna is not in hannah.
func pattern(name string) string {
	if wordBreak.MatchString(name) {
		return anywhere(name)
	}
	return wordBegins + anywhere(name) + `(?![[:alnum:]])`
}

// wordBegins is where no letter and no digit is before, or only the last of an escape of JSON, such as a line's end.
const wordBegins = `(?:(?<![[:alnum:]])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))`

func anywhere(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case unicode.IsSpace(r):
			b.WriteString(`\s+`)
		case r > unicode.MaxASCII: // JSON may write it as an escape
			fmt.Fprintf(&b, `(?:%c|%s)`, r, escaped(r))
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return b.String()
}

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
	for _, part := range wordBreak.Split(strings.ToLower(p.UserName+" "+p.FirstName+" "+p.LastName), -1) {
		if len(part) >= 3 {
			parts = append(parts, part)
		}
	}
	return parts
}
