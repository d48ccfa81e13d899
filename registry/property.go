package registry

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"proactive/schema"
)

func propertyRow(p schema.PropertyValue) row {
	value := textNode(p.Value)
	if known, _ := schema.FindProperty(p.Name); known.Check == nil {
		value = plainNode(p.Value)
	}
	var fs fields
	fs.add("value", value, false)
	return row{p.Name, p.Name, fs}
}

// saidByFile is a stored property as a file can say it: the value as the property has it. ok is false for what is no property of ours, and no
// value of one, which somebody wrote past the catalogue: no file can name it, so an export leaves it out and nothing is pruned by it.
func saidByFile(stored schema.PropertyValue) (value string, ok bool) {
	p, known := schema.FindProperty(stored.Name)
	if !known {
		return "", false
	}
	value, err := p.Parse(stored.Value)
	return value, err == nil
}

// propertiesNode is the one section that is an object.
func propertiesNode(stored []schema.PropertyValue) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range stored {
		value, ok := saidByFile(p)
		if !ok {
			n.FootComment += fmt.Sprintf("# Left out, as this program has no such property or it cannot have this value: %s: %s\n", printable(p.Name), printable(p.Value))
			continue
		}
		n.Content = append(n.Content, textNode(p.Name), propertyRow(schema.PropertyValue{Name: p.Name, Value: value}).fields[0].value)
	}
	return n
}

// keepProperties keeps the stored text of values that say the same, such as 007.
func (e *effect) keepProperties() {
	stored := map[string]schema.PropertyValue{}
	for _, p := range e.known.Properties {
		stored[p.Name] = p
	}
	for i, p := range e.decided.Properties {
		if value, ok := saidByFile(stored[p.Name]); ok && value == p.Value {
			e.decided.Properties[i] = stored[p.Name]
		}
	}
}
