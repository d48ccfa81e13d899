package registry

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Merge makes the parameters of a remedial action. The resolution's static values stand. What a report brought fills only names
// that are listed in fromReport and that static leaves unset; its other names are returned as ignored, sorted. Of parameters
// that came as text (isText: from XML) those that were reported are coerced as inputSchema says. The whole is checked against
// inputSchema, which may be nil and then accepts any object.
//
// What does not fit is a *ParameterError, a sentence fit for the timeline; any other error is a fault in the catalogue. Values
// keep their text, numbers to the last digit, and their order: the resolution's, then fromReport's.
func Merge(static json.RawMessage, fromReport []string, reported json.RawMessage, isText bool, inputSchema json.RawMessage) (
	merged json.RawMessage, ignored []string, err error,
) {
	schema, err := schemaOf(inputSchema)
	if err != nil {
		return nil, nil, err
	}
	stands, err := readMembers(static)
	if err != nil {
		return nil, nil, fmt.Errorf("read the resolution's parameters: %w", err)
	}
	brought, err := readMembers(reported)
	if err != nil {
		return nil, nil, &ParameterError{Parameter: "input_parameters", Reason: "must be an object of JSON"}
	}
	filled, ignored, err := fill(stands, fromReport, brought, isText, schema)
	if err != nil {
		return nil, ignored, err
	}
	merged = filled.json()
	return merged, ignored, check(merged, schema)
}

// MergeHTTPRequest is Merge for our own flow action http_request. There the action's input_schema and from_report are about the
// inputs of the body alone: the result holds the resolution's method, url, headers, body and expected_statuses as they are, and
// the inputs, its own and the reported, under the member "input". So a reporter can never set where a request goes, whatever
// from_report lists.
func MergeHTTPRequest(static json.RawMessage, fromReport []string, reported json.RawMessage, isText bool, inputSchema json.RawMessage) (
	merged json.RawMessage, ignored []string, err error,
) {
	request, err := readMembers(static)
	if err != nil {
		return nil, nil, fmt.Errorf("read the resolution's parameters: %w", err)
	}
	input, ignored, err := Merge(request.get(inputMember), fromReport, reported, isText, inputSchema)
	if err != nil {
		return nil, ignored, err
	}
	return request.set(inputMember, input).json(), ignored, nil
}

// inputMember holds the inputs of an http_request's body.
const inputMember = "input"

// fill lets what was brought fill the names of fromReport that stands leaves unset.
func fill(stands members, fromReport []string, brought members, isText bool, schema *jsonschema.Schema) (members, []string, error) {
	ignored := []string{}
	for _, m := range brought {
		if stands.has(m.name) || !slices.Contains(fromReport, m.name) {
			ignored = append(ignored, m.name)
		}
	}
	sort.Strings(ignored)
	for _, name := range fromReport {
		if stands.has(name) || !brought.has(name) {
			continue
		}
		value, err := decode(brought.get(name))
		if err != nil {
			return nil, ignored, &ParameterError{Parameter: shown(name), Reason: "is no JSON"}
		}
		if err := refuseMarks(name, value); err != nil {
			return nil, ignored, err
		}
		text := brought.get(name)
		if isText {
			if text, err = json.Marshal(coerce(value, property(schema, name), 0)); err != nil {
				return nil, ignored, fmt.Errorf("write parameter: %w", err)
			}
		}
		stands = append(stands, member{name, text})
	}
	return stands, ignored, nil
}

// refuseMarks keeps a reporter from writing what has a meaning only in a resolution: whoever runs the action might resolve it.
func refuseMarks(name string, value any) error {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if key == secretMark || key == inputMark {
				return &ParameterError{Parameter: shown(name), Reason: "holds " + key + ", which only a resolution may use"}
			}
			if err := refuseMarks(name, inner); err != nil {
				return err
			}
		}
	case []any:
		for _, inner := range v {
			if err := refuseMarks(name, inner); err != nil {
				return err
			}
		}
	}
	return nil
}

func schemaOf(inputSchema json.RawMessage) (*jsonschema.Schema, error) {
	if len(inputSchema) == 0 || string(inputSchema) == "null" {
		return nil, nil
	}
	schema, err := compiled.get(inputSchema)
	if err != nil {
		return nil, fmt.Errorf("read the action's input_schema: %w", err)
	}
	return schema, nil
}
