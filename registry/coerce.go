package registry

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var (
	integerText = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	numberText  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// maxCoerceDepth ends the walk through a schema that refers to itself.
const maxCoerceDepth = 64

// coerce turns text that came as XML into what schema asks for: there an integer is digits, a list of one is its one element,
// and an empty object is nothing. What cannot be turned stays as it is, and then fails the check.
func coerce(value any, schema *jsonschema.Schema, depth int) any {
	if schema == nil || depth > maxCoerceDepth {
		return value
	}
	alternatives := alternativesOf(schema)
	types := typesOf(alternatives)
	if text, ok := value.(string); ok {
		if len(types) == 0 || slices.Contains(types, "string") {
			return value
		}
		value = fromText(text, types)
	}
	if _, isList := value.([]any); !isList && wantsList(value, types) {
		value = []any{value}
	}
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = coerce(inner, memberSchema(alternatives, name), depth+1)
		}
	case []any:
		for i, inner := range v {
			v[i] = coerce(inner, itemSchema(alternatives, i), depth+1)
		}
	}
	return value
}

// fromText is the first of the types that the text can be, or the text itself.
func fromText(text string, types []string) any {
	trimmed := strings.TrimSpace(text)
	wants := func(t string) bool { return slices.Contains(types, t) }
	switch {
	case wants("null") && (trimmed == "" || trimmed == "null"):
		return nil
	case wants("boolean") && (trimmed == "true" || trimmed == "false"):
		return trimmed == "true"
	case wants("integer") && integerText.MatchString(trimmed), wants("number") && numberText.MatchString(trimmed):
		return json.Number(trimmed)
	case wants("array") && trimmed == "":
		return []any{}
	case wants("object") && trimmed == "":
		return map[string]any{}
	}
	return text
}

// wantsList tells whether value can only be meant as the one element of a list.
func wantsList(value any, types []string) bool {
	if !slices.Contains(types, "array") {
		return false
	}
	switch value.(type) {
	case string:
		return true
	case map[string]any:
		return !slices.Contains(types, "object")
	}
	return false
}
