package registry

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// object is a mapping of YAML whose fields are asked for by name. What nobody asked for is unknown.
type object struct {
	r      *reader
	path   string
	line   int
	values map[string]*yaml.Node
	lines  map[string]int
	names  []string // as they stand
	asked  []string
}

// object reads a mapping; nil, reported, when n is none.
func (r *reader) object(n *yaml.Node, path string) *object {
	n = behind(n)
	if n.Kind != yaml.MappingNode {
		r.report(n.Line, path, "must be fields with values (name: value), and is %s", kindOf(n))
		return nil
	}
	o := &object{r: r, path: path, line: n.Line, values: map[string]*yaml.Node{}, lines: map[string]int{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := behind(key).Value
		switch {
		case behind(key).Kind != yaml.ScalarNode:
			r.report(key.Line, path, "the name of a field must be a word, and is %s", kindOf(behind(key)))
		case key.Tag == "!!merge":
			r.report(key.Line, path, "merge keys (<<) are not read: write the fields out, or use an alias for a whole value")
		case o.values[name] != nil:
			r.report(key.Line, o.at(name), "stands twice, first in line %d: remove one", o.lines[name])
		default:
			o.values[name], o.lines[name] = value, key.Line
			o.names = append(o.names, name)
		}
	}
	return o
}

// at is the path of a field.
func (o *object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

func (o *object) report(name, format string, args ...any) {
	line, stands := o.lines[name]
	if !stands {
		line = o.line
	}
	o.r.report(line, o.at(name), format, args...)
}

// value is the node of a field; nil when it is absent or null.
func (o *object) value(name string) *yaml.Node {
	o.asked = append(o.asked, name)
	n := o.values[name]
	if n == nil {
		return nil
	}
	if n = behind(n); n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return nil
	}
	return n
}

// has tells whether a field stands there with a value.
func (o *object) has(name string) bool { return o.value(name) != nil }

// done reports the fields that nobody has asked for.
func (o *object) done() {
	slices.Sort(o.asked)
	known := slices.Compact(o.asked)
	for _, name := range o.names {
		if !slices.Contains(known, name) {
			o.report(name, "there is no such field: use one of %s", strings.Join(known, ", "))
		}
	}
}

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
		return fmt.Errorf("holds a character that cannot be stored (NUL, or no valid UTF-8)")
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
		o.report(name, "must be longer than nothing and at most %d hours", int(math.Round(maxDuration.Hours())))
	case d%time.Second != 0:
		o.report(name, "must be whole seconds")
	default:
		return d
	}
	return absent
}
