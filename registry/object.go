package registry

import (
	"fmt"
	"slices"
	"strings"

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
	o.r.report(o.lineOf(name), o.at(name), format, args...)
}

// warn is report of a doubt that keeps nobody from applying it.
func (o *object) warn(name, format string, args ...any) {
	o.r.warnings = append(o.r.warnings, Problem{Position{o.r.file, o.lineOf(name), o.at(name)}, fmt.Sprintf(format, args...)})
}

func (o *object) lineOf(name string) int {
	if line, stands := o.lines[name]; stands {
		return line
	}
	return o.line
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
