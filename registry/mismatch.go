package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// ParameterError says which parameter an action does not accept, and why. It never holds a value: those belong to the reporter,
// and the sentence goes to the timeline.
type ParameterError struct {
	Parameter string // where: process_id, window.width, ids[2]; "" is the whole
	Reason    string
}

func (e *ParameterError) Error() string {
	if e.Parameter == "" {
		return "The parameters " + e.Reason + "."
	}
	return "Parameter " + e.Parameter + " " + e.Reason + "."
}

// check tells whether parameters are what schema accepts; the first mismatch is returned.
func check(parameters json.RawMessage, schema *jsonschema.Schema) error {
	mismatches, err := mismatchesOf(parameters, schema)
	if err != nil {
		return err
	}
	if len(mismatches) == 0 {
		return nil
	}
	return describe(mismatches[0])
}

// mismatchesOf are the innermost reasons why parameters do not fit schema.
func mismatchesOf(parameters json.RawMessage, schema *jsonschema.Schema) ([]*jsonschema.ValidationError, error) {
	value, err := decode(parameters)
	if err != nil {
		return nil, fmt.Errorf("read the parameters: %w", err)
	}
	if err := checkNumbers(value); err != nil {
		return nil, &ParameterError{Reason: "hold " + err.Error()}
	}
	if schema == nil {
		return nil, nil
	}
	err = schema.Validate(value)
	var invalid *jsonschema.ValidationError
	if err == nil || !errors.As(err, &invalid) {
		return nil, err
	}
	return innermost(invalid, nil), nil
}

// innermost collects the causes that have no cause. What failed in alternatives (anyOf, oneOf) is one cause as a whole.
func innermost(e *jsonschema.ValidationError, found []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		return append(found, e)
	}
	if len(e.Causes) == 0 {
		return append(found, e)
	}
	for _, cause := range e.Causes {
		found = innermost(cause, found)
	}
	return found
}

// missing is the reason of a parameter that is not there.
const missing = "is missing"

// describe makes a sentence of a mismatch from what the schema wants; what was given is not in it.
func describe(e *jsonschema.ValidationError) *ParameterError {
	at := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return &ParameterError{where(below(at, k.Missing[0])), missing}
	case *kind.AdditionalProperties:
		return &ParameterError{where(below(at, k.Properties[0])), "is not one that the action knows"}
	case *kind.DependentRequired:
		return &ParameterError{where(below(at, k.Missing[0])), "is missing, which " + shown(k.Prop) + " needs"}
	}
	return &ParameterError{where(at), reason(e.ErrorKind)}
}

func reason(e jsonschema.ErrorKind) string {
	switch k := e.(type) {
	case *kind.Type:
		return fmt.Sprintf("must be of type %s and is of type %s", strings.Join(k.Want, " or "), k.Got)
	case *kind.Pattern:
		return "does not match the pattern " + shorten(k.Want, 100)
	case *kind.Enum:
		return "is not one of the values that the action accepts"
	case *kind.Const:
		return "is not the one value that the action accepts"
	case *kind.Format:
		return "is no valid " + k.Want
	case *kind.MinLength:
		return fmt.Sprintf("must be at least %d characters long", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must be at most %d characters long", k.Want)
	case *kind.Minimum:
		return "must be at least " + shorten(k.Want.RatString(), 40)
	case *kind.Maximum:
		return "must be at most " + shorten(k.Want.RatString(), 40)
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d elements", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d elements", k.Want)
	case *kind.AnyOf, *kind.OneOf:
		return "has none of the forms that are accepted"
	case *kind.FalseSchema:
		return "is not one that the action knows"
	}
	keyword := strings.Join(e.KeywordPath(), "/")
	return strings.TrimSpace("does not fit the action's input_schema: " + shorten(keyword, 60))
}

// below does not write into path, which the library shares between its errors.
func below(path []string, name string) []string { return append(slices.Clip(path), name) }

// where writes a place in the parameters as people do: window.width, ids[2].
func where(path []string) string {
	var b strings.Builder
	for i, part := range path {
		if _, err := strconv.Atoi(part); err == nil && i > 0 {
			b.WriteString("[" + part + "]")
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(shown(part))
	}
	return b.String()
}

// shown is a name for a sentence: a reporter can choose names too, so it is bounded and without control characters.
func shown(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` || name == "" {
		name = quoted
	}
	return shorten(name, 60)
}

func shorten(text string, runes int) string {
	if r := []rune(text); len(r) > runes {
		return string(r[:runes]) + "…"
	}
	return text
}
