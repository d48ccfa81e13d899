package registry

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// plainNode is a number, true or false.
func plainNode(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: value} }

// textNode is text that is read as text again, whatever it looks like.
func textNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: textTag, Value: text}
	switch {
	case jsonNumber.MatchString(text), text == mergeKey, text != strings.TrimSpace(text), strings.ContainsFunc(text, needsEscape):
		n.Style = yaml.DoubleQuotedStyle
	case strings.Contains(text, "\n"):
		n.Style = yaml.LiteralStyle
	}
	return n
}

const textTag = "!!str"

// mergeKey has a meaning to YAML also where it is a value.
const mergeKey = "<<"

// needsEscape tells a character that YAML reads as another one, or not at all, when it stands there as it is.
func needsEscape(r rune) bool {
	return r != '\n' && r != ' ' && (!unicode.IsPrint(r) || r == '\ufeff')
}

func listNode(texts []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, text := range texts {
		n.Content = append(n.Content, textNode(text))
	}
	return n
}

// jsonNode is JSON as YAML: members in their order, numbers as they were written.
func jsonNode(text json.RawMessage) *yaml.Node {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return plainNode("null")
	case text[0] == '{':
		n := &yaml.Node{Kind: yaml.MappingNode}
		ms, _ := readMembers(text) //nolint:errcheck // the database keeps valid JSON only
		for _, m := range ms {
			n.Content = append(n.Content, textNode(m.name), jsonNode(m.text))
		}
		return n
	case text[0] == '[':
		n := &yaml.Node{Kind: yaml.SequenceNode}
		var list []json.RawMessage
		json.Unmarshal(text, &list) //nolint:errcheck // likewise
		for _, inner := range list {
			n.Content = append(n.Content, jsonNode(inner))
		}
		return n
	case text[0] == '"':
		var s string
		json.Unmarshal(text, &s) //nolint:errcheck // likewise
		return textNode(s)
	}
	return plainNode(string(text))
}

// sameNode tells whether two values are read as the same.
func sameNode(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameNode)
}

// shownNode is a value on one line, for people. It holds no character that a terminal would act on.
func shownNode(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return printable(n.Value)
	}
	return shownInner(n)
}

// shownInner puts text in quotes that would be taken for something else among other values.
func shownInner(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		parts := make([]string, len(n.Content))
		for i, inner := range n.Content {
			parts[i] = shownInner(inner)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MappingNode:
		parts := make([]string, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, shownInner(n.Content[i])+": "+shownInner(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if n.Tag == textTag && (jsonNumber.MatchString(n.Value) || slices.Contains([]string{"true", "false", "null"}, n.Value) || strings.ContainsAny(n.Value, ",:[]{}\"")) {
		return strconv.Quote(n.Value)
	}
	return printable(n.Value)
}

// printable is text as it is, or in quotes where it is empty or holds what a terminal would not just print.
func printable(text string) string {
	if text == "" || text != strings.TrimSpace(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
