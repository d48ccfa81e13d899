package registry

import (
	"encoding/json"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"
)

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// json writes a value of YAML as JSON: members in the order of the file, numbers as they were written. What JSON cannot say is
// reported, and null stands in for it.
func (r *reader) json(n *yaml.Node, path string) json.RawMessage {
	n = behind(n)
	switch n.Kind {
	case yaml.MappingNode:
		return r.jsonObject(n, path)
	case yaml.SequenceNode:
		list := []byte{'['}
		for i, inner := range n.Content {
			if i > 0 {
				list = append(list, ',')
			}
			list = append(list, r.json(inner, fmt.Sprintf("%s[%d]", path, i))...)
		}
		return append(list, ']')
	}
	text, err := jsonScalar(n)
	if err != nil {
		r.report(n.Line, path, "%s", err)
		return json.RawMessage("null")
	}
	return text
}

func (r *reader) jsonObject(n *yaml.Node, path string) json.RawMessage {
	o := r.object(n, path)
	var ms members
	for _, name := range o.names {
		if err := storable(name); err != nil {
			r.report(o.lines[name], path, "the name of a field %s", err)
			continue
		}
		ms = append(ms, member{name, r.json(o.values[name], o.at(name))})
	}
	return ms.json()
}

func jsonScalar(n *yaml.Node) (json.RawMessage, error) {
	// A plain number is one whatever its size; YAML's reader takes one that does not fit a float for text.
	if n.Style == 0 && jsonNumber.MatchString(n.Value) {
		if err := checkNumber(n.Value); err != nil {
			return nil, fmt.Errorf("is %w", err)
		}
		return json.RawMessage(n.Value), nil
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		if err := storable(n.Value); err != nil {
			return nil, err
		}
		return quoted(n.Value), nil
	case "!!int", "!!float", "!!bool", "!!null":
	default:
		return nil, fmt.Errorf("is %s, which JSON does not have: write it as text", kindOf(n))
	}
	var value any // 0x1f, 1_000, .5, True, ~
	if err := n.Decode(&value); err != nil {
		return nil, fmt.Errorf("is %s that cannot be read", kindOf(n))
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("is %s that JSON does not have", kindOf(n))
	}
	return text, nil
}
