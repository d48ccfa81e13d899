package table

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// check finds values that cannot be compared with the field, by its type.
func (c Condition) check() error {
	if err := c.checkScripts(); err != nil {
		return err
	}
	switch c.Operator {
	case IsEmpty, IsNotEmpty, Like, NotLike, StartsWith, EndsWith:
		if c.Path.Field.Type == Boolean && len(c.Values) > 0 {
			return Mistakef("%s is true or false: compare it with = or !=.", c.Path)
		}
		return nil // these compare with what is shown
	case Equal, NotEqual, In, NotIn:
		return c.checkValues(true)
	}
	switch c.Path.Field.Type {
	case Boolean:
		return Mistakef("%s is true or false: compare it with = or !=.", c.Path)
	case Reference:
		return Mistakef("%s is a reference, which is neither less nor more than another: name a field behind it, as in %s.%s.", c.Path, c.Path, SysID)
	}
	return c.checkValues(c.Operator == Greater && c.Path.Field.Type == String) // any text comes after the empty one
}

// looksAtText tells whether the condition compares with what is shown.
func (c Condition) looksAtText() bool {
	return slices.Contains([]Operator{Like, NotLike, StartsWith, EndsWith}, c.Operator)
}

// checkScripts finds what ServiceNow would run first. As a text it would be equal to nothing, and so unequal to every row. A point in time
// says for itself which script it understands.
func (c Condition) checkScripts() error {
	for _, value := range c.Values {
		if c.Operator == In || c.Operator == NotIn {
			value = strings.TrimSpace(value) // in a list it may stand behind a comma and a space
		}
		switch {
		case !strings.HasPrefix(value, scriptPrefix), c.Path.Field.Type == DateTime && !c.looksAtText():
		case c.Path.Field.Type == Reference && !c.looksAtText():
			return Mistakef("%s: no script is run, so send the sys_id instead of %q.", c.Path, clip(value))
		default:
			return Mistakef("%s: no script is run, so send the value instead of %q.", c.Path, clip(value))
		}
	}
	return nil
}

// scriptPrefix is how ServiceNow's queries mark a script.
const scriptPrefix = "javascript:"

// checkValues looks at each value; an empty one is one of those without a value, where that makes sense.
func (c Condition) checkValues(mayBeEmpty bool) error {
	for _, value := range c.Values {
		if value == "" {
			if !mayBeEmpty {
				return Mistakef("%s %s has nothing to compare with: give a value, or use ISEMPTY.", c.Path, c.Operator)
			}
			continue
		}
		var err error
		switch c.Path.Field.Type {
		case Integer:
			_, err = Whole(value)
		case Boolean:
			_, err = Truth(value)
		case DateTime:
			_, _, err = Instant(value)
		}
		if err != nil {
			return Mistakef("%s: %s", c.Path, err)
		}
	}
	return nil
}

// Whole reads a whole number.
func Whole(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, Mistakef("%q is no whole number.", clip(value))
	}
	return n, nil
}

// Truth reads true, false, 1 or 0.
func Truth(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, Mistakef("%q is neither true nor false.", clip(value))
}

// instants are the ways to write a point in time, and how long each lasts.
var instants = []struct {
	layout string
	lasts  time.Duration
}{
	{DateTimeLayout, time.Second},
	{"2006-01-02", 24 * time.Hour},
}

// Instant reads a point in time in UTC, to the second, or a whole day: from is the first moment of it and until the first after it.
// ServiceNow's javascript:gs.dateGenerate('2006-01-02','15:04:05') is read too, as its lists offer such queries for copying; no other script is.
func Instant(value string) (from, until time.Time, err error) {
	plain := generated(value)
	for _, way := range instants {
		// No row is older than year 1 or newer than what Postgres can hold.
		if from, err := time.Parse(way.layout, plain); err == nil && len(plain) == len(way.layout) && from.Year() >= 1 {
			return from, from.Add(way.lasts), nil
		}
	}
	return from, until, Mistakef("%q is no point in time: write 2006-01-02 15:04:05, in UTC, or 2006-01-02 for the whole day.", clip(value))
}

// generated gives the point in time of gs.dateGenerate, and anything else as it is.
func generated(value string) string {
	inner, is := strings.CutPrefix(value, scriptPrefix+"gs.dateGenerate(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !is || !closed {
		return value
	}
	parts := strings.Split(inner, ",")
	for i := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(parts[i]), `'"`)
	}
	if len(parts) == 2 {
		switch parts[1] {
		case "start":
			parts[1] = "00:00:00"
		case "end":
			parts[1] = "23:59:59"
		}
	}
	return strings.Join(parts, " ")
}
