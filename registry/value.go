package registry

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// text is a string; a number is taken as it was written.
func (o *object) text(name string) string {
	n := o.value(name)
	if n == nil {
		return ""
	}
	text, err := textOf(n)
	if err != nil {
		o.report(name, "%s", err)
	}
	return text
}

// required is text that must not be blank.
func (o *object) required(name string) string {
	text := o.text(name)
	if strings.TrimSpace(text) == "" && !o.r.reportedAt(o.at(name)) {
		o.report(name, "is missing: give it a value")
	}
	return text
}

// checked is text that check accepts; "" when it is absent.
func (o *object) checked(name string, check func(text string) error) string {
	text := o.text(name)
	if text == "" || o.r.reportedAt(o.at(name)) {
		return text
	}
	if err := check(text); err != nil {
		o.report(name, "%s", err)
	}
	return text
}

func textOf(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", fmt.Errorf("must be text, and is %s", kindOf(n))
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!timestamp":
	case "!!bool":
		return "", fmt.Errorf("must be text: write it in quotes, %q", n.Value)
	default:
		return "", fmt.Errorf("must be text, and is %s", kindOf(n))
	}
	return n.Value, storable(n.Value)
}

// storable refuses what Postgres cannot keep.
func storable(text string) error {
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return errors.New("holds a character that cannot be stored (NUL, or no valid UTF-8)")
	}
	return nil
}

// oneOf is text from a closed list; absent, it is the first of the list, which may be "" and then stands for nothing.
func (o *object) oneOf(name string, list ...string) string {
	if !o.has(name) {
		return list[0]
	}
	text := o.text(name)
	if !slices.Contains(list, text) && !o.r.reportedAt(o.at(name)) {
		o.report(name, "must be one of %s", strings.TrimPrefix(strings.Join(list, ", "), ", "))
		return list[0]
	}
	return text
}

// flag is true or false.
func (o *object) flag(name string, absent bool) bool {
	n := o.value(name)
	if n == nil {
		return absent
	}
	var b bool
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || n.Decode(&b) != nil {
		o.report(name, "must be true or false, and is %s", kindOf(n))
		return absent
	}
	return b
}

// number is a whole number within bounds.
func (o *object) number(name string, absent, least, most int) int {
	n := o.value(name)
	if n == nil {
		return absent
	}
	i, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || i < least || i > most {
		o.report(name, "must be a whole number from %d to %d", least, most)
		return absent
	}
	return i
}

// maxDuration is a year: whatever is said longer is a typing error.
const maxDuration = 366 * 24 * time.Hour

// duration is a positive Go duration of whole seconds.
func (o *object) duration(name string, absent time.Duration) time.Duration {
	n := o.value(name)
	if n == nil {
		return absent
	}
	d, err := time.ParseDuration(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode || err != nil:
		o.report(name, "must be a duration with its unit, such as 30s, 5m or 8h")
	case d <= 0 || d > maxDuration:
		o.report(name, "must be longer than nothing and at most %d hours", int(maxDuration.Hours()))
	case d%time.Second != 0:
		o.report(name, "must be whole seconds")
	default:
		return d
	}
	return absent
}
