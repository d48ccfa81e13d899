package registry

import (
	"errors"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"proactive/schema"
)

// resolution checks a resolution against the action that it runs.
func (k *checker) resolution(row int, s schema.Resolution) {
	if s.RemedialAction == "" {
		return
	}
	action, known := k.actions[s.RemedialAction]
	if !known {
		exists(k, k.actions, schema.SectionResolutions, row, "remedial_action", s.RemedialAction, schema.SectionRemedialActions)
		return
	}
	if !action.Active {
		k.warn(schema.SectionResolutions, row, "remedial_action", "%s is not active: reports are refused with \"does not have a proper resolution\" until it is", action.Name)
	}
	parameters, err := readMembers(s.Parameters)
	if err != nil {
		return // reported where it was read
	}
	if action.IsHTTPRequest() {
		k.request(row, s, action)
		k.contradicts(row, action, parameters.get(inputMember), inputMember+".")
	} else {
		k.marks(row, s, action)
		k.contradicts(row, action, s.Parameters, "")
	}
}

// request checks the shape of an http_request, and that each $input has a name that can have a value.
func (k *checker) request(row int, s schema.Resolution, action schema.RemedialAction) {
	var mismatch *ParameterError
	if err := CheckHTTPRequest(s.Parameters); errors.As(err, &mismatch) {
		k.fail(schema.SectionResolutions, row, "parameters", "%s%s: an http_request needs method and url, and may have headers, body, expected_statuses and input", placed(mismatch.Parameter), mismatch.Reason)
	} else if err != nil {
		k.fail(schema.SectionResolutions, row, "parameters", "%s", err)
	}
	value, err := decode(s.Parameters)
	if err != nil {
		return
	}
	request, _ := value.(map[string]any)
	inputs, _ := request[inputMember].(map[string]any)
	declared, _ := schemaOf(action.InputSchema)
	walk(request["body"], "body", func(path, _ string, value any) {
		object, _ := value.(map[string]any)
		mark, name, err := markIn(object)
		if err != nil || mark != inputMark || slices.Contains(action.FromReport, name) || property(declared, name) != nil {
			return
		}
		if _, set := inputs[name]; !set {
			k.fail(schema.SectionResolutions, row, "parameters", "%s takes the input %q, which nothing can give: list it in from_report of %s, or in its input_schema", path, name, action.Name)
		}
	})
}

// marks refuses what only an http_request resolves, where it would arrive as it is written.
func (k *checker) marks(row int, s schema.Resolution, action schema.RemedialAction) {
	value, err := decode(s.Parameters)
	if err != nil {
		return
	}
	walk(value, "", func(path, _ string, value any) {
		object, _ := value.(map[string]any)
		switch mark, _, err := markIn(object); {
		case err != nil:
			return
		case mark == inputMark:
			k.fail(schema.SectionResolutions, row, "parameters", "%s$input has a meaning only in the body of an http_request: list the parameter in from_report of %s instead", placed(path), action.Name)
		case mark == secretMark && action.Kind == schema.CIAction:
			k.fail(schema.SectionResolutions, row, "parameters", "%sa secret is not given to a device: remove it", placed(path))
		}
	})
}

// contradicts warns of static values that the action does not accept, whatever a report brings.
func (k *checker) contradicts(row int, action schema.RemedialAction, static []byte, prefix string) {
	inputSchema, err := schemaOf(action.InputSchema)
	if err != nil || inputSchema == nil {
		return // a broken schema is reported where it was read
	}
	if len(static) == 0 {
		static = []byte(`{}`)
	}
	mismatches, err := mismatchesOf(static, inputSchema)
	if err != nil {
		k.warn(schema.SectionResolutions, row, "parameters", "%s", err)
		return
	}
	for _, m := range mismatches {
		for _, doubt := range contradictions(m, action) {
			k.warn(schema.SectionResolutions, row, "parameters", "%s%s, so %s will never run", prefix, doubt, action.Name)
		}
	}
}

// contradictions are what is wrong in a mismatch whatever a report brings: not what a report may still bring, and nothing about
// the whole that a report completes.
func contradictions(m *jsonschema.ValidationError, action schema.RemedialAction) []string {
	said := describe(m)
	if len(m.InstanceLocation) > 0 {
		return []string{said.Parameter + " " + said.Reason}
	}
	switch mismatch := m.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		return []string{said.Parameter + " " + said.Reason}
	case *kind.Required:
		var doubts []string
		for _, name := range mismatch.Missing {
			if !slices.Contains(action.FromReport, name) {
				doubts = append(doubts, shown(name)+" is missing and no report may bring it")
			}
		}
		return doubts
	}
	return nil
}
