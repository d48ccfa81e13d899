package registry

import (
	"encoding/json"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// texts is a list of texts, none of them blank.
func (o *object) texts(name string) []string {
	n := o.value(name)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		o.report(name, "must be a list [a, b], and is %s", kindOf(n))
		return nil
	}
	texts := make([]string, 0, len(n.Content))
	for i, inner := range n.Content {
		text, err := textOf(behind(inner))
		if err == nil && text == "" {
			err = fmt.Errorf("is empty: remove it")
		}
		if err != nil {
			o.r.report(inner.Line, fmt.Sprintf("%s[%d]", o.at(name), i), "%s", err)
			continue
		}
		texts = append(texts, text)
	}
	return texts
}

// set is a list of texts in which none comes twice.
func (o *object) set(name string) []string {
	texts := o.texts(name)
	for i, text := range texts {
		if slices.Contains(texts[:i], text) {
			o.report(name, "%q stands twice: remove one", text)
		}
	}
	return texts
}

// json is an object as JSON, in the order of the file; nil when it is absent.
func (o *object) json(name string) json.RawMessage {
	n := o.value(name)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		o.report(name, "must be an object {name: value}, and is %s", kindOf(n))
		return nil
	}
	return o.r.json(n, o.at(name))
}

// kindOf says to a person what stands there.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!str":
		return "text"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	case "!!timestamp":
		return "a date"
	}
	return "of the unknown type " + shorten(n.Tag, 40)
}
