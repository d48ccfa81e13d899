package table

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"proactive/schema"
)

// Values are what fields of a row are to say, by their names, each as the text that it is stored from.
type Values map[string]string

// Given reads what somebody wants a row to say. What cannot be written is left out, as clients send whole records back; a field that there
// is not, and a value that its field cannot hold, are a Mistake. With shown, choices may be given as people see them. References stay as
// they are given.
func (t *Table) Given(v Verb, given map[string]string, shown bool) (Values, error) {
	values := Values{}
	for name, value := range given {
		f := t.Field(name)
		if f == nil {
			return nil, Mistakef("%s has no field %q: use one of %s.", t.Name, clip(name), strings.Join(t.writable(), ", "))
		}
		if !f.Writable || f.Fixed && v != Create {
			continue
		}
		kept, err := f.given(value, shown)
		if err != nil {
			return nil, err
		}
		values[name] = kept
	}
	for _, f := range t.Fields {
		value, is := values[f.Name]
		if f.Required && (is || v == Create) && strings.TrimSpace(value) == "" {
			return nil, Mistakef("%s is missing: give it a value.", f.Name)
		}
	}
	return values, nil
}

func (t *Table) writable() (names []string) {
	for _, f := range t.Fields {
		if f.Writable {
			names = append(names, f.Name)
		}
	}
	return names
}

var wellFormedID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// IsSysID tells whether a value may be the id of a row.
func IsSysID(value string) bool { return wellFormedID.MatchString(value) }

// given is a value in the form that is stored.
func (f *Field) given(value string, shown bool) (string, error) {
	if strings.ContainsRune(value, 0) {
		return "", Mistakef("%s holds a NUL character, which cannot be stored.", f.Name)
	}
	if f.Choices != nil {
		return f.chosen(value, shown)
	}
	if f.Name == SysID {
		value = strings.ToLower(value)
		if value != "" && !IsSysID(value) {
			return "", Mistakef("sys_id must be 32 hexadecimal digits (0-9, a-f).")
		}
		return value, nil
	}
	switch f.Type {
	case Integer:
		if n, err := Whole(value); err != nil || n < math.MinInt32 || n > math.MaxInt32 {
			return "", Mistakef("%s must be a whole number from %d to %d.", f.Name, math.MinInt32, math.MaxInt32)
		}
	case Boolean:
		is, err := Truth(value)
		if err != nil && value != "" {
			return "", Mistakef("%s must be true or false.", f.Name)
		}
		return strconv.FormatBool(is), nil
	case JSON:
		if value != "" && (!json.Valid([]byte(value)) || !schema.StorableJSON([]byte(value))) {
			return "", Mistakef("%s must be a JSON text.", f.Name)
		}
	case Texts:
		var list []string
		if value != "" && json.Unmarshal([]byte(value), &list) != nil {
			return "", Mistakef(`%s must be a JSON list of texts, like ["First", "Second"].`, f.Name)
		}
	}
	return value, nil
}

func (f *Field) chosen(value string, shown bool) (string, error) {
	for _, c := range f.Choices {
		if value == c.Value || shown && strings.EqualFold(value, f.Shown(c.Value)) {
			return c.Value, nil
		}
	}
	var all []string
	for _, c := range f.Choices {
		all = append(all, strings.TrimSuffix(c.Value+" ("+c.Label+")", " ()"))
	}
	return "", Mistakef("%s must be one of %s.", f.Name, strings.Join(all, ", "))
}

// Elements are the texts of a list, of either kind.
func (f *Field) Elements(value string) []string {
	elements := []string{}
	if f.Type == Texts {
		json.Unmarshal([]byte(value), &elements) //nolint:errcheck // checked when it was read
		return elements
	}
	for element := range strings.SplitSeq(value, ",") {
		if element = strings.TrimSpace(element); element != "" && !slices.Contains(elements, element) {
			elements = append(elements, element)
		}
	}
	return elements
}
