package registry

import "github.com/santhosh-tekuri/jsonschema/v6"

// alternativesOf are schema and all that it is composed of: every one of them says something about the same value.
func alternativesOf(schema *jsonschema.Schema) []*jsonschema.Schema {
	var all []*jsonschema.Schema
	seen := map[*jsonschema.Schema]bool{nil: true}
	var collect func(*jsonschema.Schema)
	collect = func(s *jsonschema.Schema) {
		if seen[s] {
			return
		}
		seen[s] = true
		all = append(all, s)
		collect(s.Ref)
		for _, group := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Then, s.Else}} {
			for _, inner := range group {
				collect(inner)
			}
		}
	}
	collect(schema)
	return all
}

// typesOf are all types that one of the alternatives allows by name.
func typesOf(alternatives []*jsonschema.Schema) []string {
	var types []string
	for _, s := range alternatives {
		if s.Types != nil {
			types = append(types, s.Types.ToStrings()...)
		}
	}
	return types
}

// memberSchema is what the alternatives say about one member of an object; nil when they say nothing.
func memberSchema(alternatives []*jsonschema.Schema, name string) *jsonschema.Schema {
	for _, s := range alternatives {
		if inner := s.Properties[name]; inner != nil {
			return inner
		}
		for pattern, inner := range s.PatternProperties {
			if pattern.MatchString(name) {
				return inner
			}
		}
	}
	for _, s := range alternatives {
		if inner, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
			return inner
		}
	}
	return nil
}

// itemSchema is what the alternatives say about the element at i of a list; nil when they say nothing.
func itemSchema(alternatives []*jsonschema.Schema, i int) *jsonschema.Schema {
	for _, s := range alternatives {
		if i < len(s.PrefixItems) {
			return s.PrefixItems[i]
		}
		if s.Items2020 != nil {
			return s.Items2020
		}
		switch items := s.Items.(type) { // up to draft 2019-09
		case *jsonschema.Schema:
			return items
		case []*jsonschema.Schema:
			if i < len(items) {
				return items[i]
			}
		}
	}
	return nil
}

// property is what schema says about one parameter.
func property(schema *jsonschema.Schema, name string) *jsonschema.Schema {
	if schema == nil {
		return nil
	}
	return memberSchema(alternativesOf(schema), name)
}
