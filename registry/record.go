package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"proactive/schema"
)

// Record is one row of the catalogue's tables as the database has it: each value a text, by the name of its column, references as people
// name what they refer to. It is checked as if it stood in a file.
type Record struct {
	Table  string
	Values map[string]string
}

// recordField is how a column is called in a file, and how its text is read there.
type recordField struct {
	column, name string
	read         func(text string) (any, bool) // false: as if it were not there
}

// recordTable is where the rows of a table stand in a file.
type recordTable struct {
	section schema.Section
	fields  []recordField
}

var issueFields = []recordField{
	{"provider", "provider", asText}, {"issue_code", "issue_code", asText}, {"reference_name", "reference_name", asText},
	{"short_description", "short_description", asText}, {"resolution", "resolution", asText}, {"notification_content", "notification_content", asText},
	{"engagement", "engagement", asText}, {"consent", "consent", asFlag}, {"fallback", "fallback", asText}, {"action_wait_seconds", "action_wait", asSeconds},
	{"next_codes", "next_codes", asList}, {"assignment_group", "assignment_group", asText}, {"impact", "impact", asNumber}, {"urgency", "urgency", asNumber},
	{"channels", "channels", asList}, {"include", "include", asList}, {"exclude", "exclude", asList}, {"category", "category", asText},
	{"accept_seconds", "accept_within", asSeconds}, {"consent_seconds", "consent_within", asSeconds}, {"confirm_seconds", "confirm_within", asSeconds},
	{"active", "deployed", asFlag},
}

// recordTables are the tables whose rows a file may have.
var recordTables = map[string]recordTable{
	"sn_pren_provider": {schema.SectionProviders, []recordField{
		{"provider_code", "provider_code", asText}, {"name", "name", asText}, {"active", "active", asFlag},
	}},
	"sn_pren_issue_registry_template": {schema.SectionIssues, issueFields},
	"sn_pren_issue_registry":          {schema.SectionIssues, issueFields},
	"sn_pren_resolution": {schema.SectionResolutions, []recordField{
		{"name", "name", asText}, {"type", "type", asText}, {"remedial_action", "remedial_action", asText}, {"parameters", "parameters", asObject},
		{"on_success", "on_success", asText}, {"instructions", "instructions", asTexts}, {"translations", "translations", asObject},
		{"url", "url", asText}, {"active", "active", asFlag},
	}},
	"sn_reacf_remedial_action": {schema.SectionRemedialActions, []recordField{
		{"name", "name", asText}, {"kind", "kind", asText}, {"target", "target", asText}, {"task_queue", "task_queue", asText},
		{"input_schema", "input_schema", asObject}, {"from_report", "from_report", asList}, {"timeout_seconds", "timeout", asSeconds},
		{"attempts", "attempts", asNumber}, {"idempotent", "idempotent", asFlag}, {"sensitive", "sensitive", asFlag}, {"active", "active", asFlag},
	}},
	"sn_pren_notification_content": {schema.SectionNotificationContents, []recordField{
		{"name", "name", asText}, {"prompt", "prompt", asText}, {"consent_text", "consent_text", asText}, {"translations", "translations", asObject},
		{"active", "active", asFlag},
	}},
	"sn_pren_notification_channel": {schema.SectionChannels, []recordField{
		{"name", "name", asText}, {"type", "type", asText}, {"audience", "audience", asText}, {"attempts", "attempts", asNumber}, {"active", "active", asFlag},
	}},
	"user_criteria": {schema.SectionUserCriteria, []recordField{
		{"name", "name", asText}, {"users", "users", asList}, {"roles", "roles", asList}, {"departments", "departments", asTexts},
		{"locations", "locations", asTexts}, {"match_all", "match_all", asFlag}, {"active", "active", asFlag},
	}},
	"sys_user": {schema.SectionUsers, []recordField{
		{"sys_id", "sys_id", asText}, {"user_name", "user_name", asText}, {"first_name", "first_name", asText}, {"last_name", "last_name", asText},
		{"email", "email", asText}, {"active", "active", asFlag}, {"locked_out", "locked_out", asFlag}, {"preferred_language", "preferred_language", asText},
		{"time_zone", "time_zone", asText}, {"department", "department", asText}, {"location", "location", asText},
	}},
	"cmdb_ci_computer": {schema.SectionComputers, []recordField{
		{"sys_id", "sys_id", asText}, {"name", "name", asText}, {"os", "os", asText}, {"assigned_to", "assigned_to", asText},
	}},
	"sys_rate_limit_rules": {schema.SectionRateRules, []recordField{
		{"name", "name", asText}, {"type", "type", asText}, {"role", "role", asText}, {"user", "user", asText}, {"rate_limit", "rate_limit", asNumber},
		{"active", "active", asFlag},
	}},
}

// accountTable is where the rows of sys_user stand that are service accounts.
var accountTable = recordTable{schema.SectionServiceAccounts, []recordField{
	{"user_name", "user_name", asText}, {"active", "active", asFlag}, {"locked_out", "locked_out", asFlag},
}}

func asText(text string) (any, bool)   { return text, text != "" }
func asFlag(text string) (any, bool)   { return text == "true", text != "" }
func asNumber(text string) (any, bool) { return json.Number(text), text != "" }
func asSeconds(text string) (any, bool) {
	return text + "s", text != "" && text != "0"
}
func asList(text string) (any, bool)  { return strings.Split(text, ","), text != "" }
func asTexts(text string) (any, bool) { return json.RawMessage(text), text != "" && text != "[]" }

// asObject: a file leaves out what is empty.
func asObject(text string) (any, bool) {
	return json.RawMessage(text), text != "" && text != "{}" && text != "null"
}

func (r Record) table() recordTable {
	if r.Table == "sys_user" && r.Values["web_service_access_only"] == "true" {
		return accountTable
	}
	return recordTables[r.Table]
}

// read reads the record as a file of its own. The error is Problems, about columns.
func (r Record) read() (*Catalogue, error) {
	of := r.table()
	row, err := r.row(of)
	if err != nil {
		return nil, err
	}
	c := newCatalogue()
	reader := &reader{c: c}
	all := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Tag: "!!str", Value: string(of.section)}, {Kind: yaml.SequenceNode, Content: []*yaml.Node{row}}}}
	reader.sections(all)
	return c, r.named(append(reader.problems, c.check(nil).errors...))
}

// row is the record as it would stand in a file.
func (r Record) row(of recordTable) (*yaml.Node, error) {
	fields := &yaml.Node{Kind: yaml.MappingNode}
	add := func(name string, value any) error {
		node, err := nodeOf(value)
		if err != nil {
			return fmt.Errorf("read %s of a record of %s: %w", name, r.Table, err)
		}
		fields.Content = append(fields.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, node)
		return nil
	}
	for _, f := range of.fields {
		if value, there := f.read(r.Values[f.column]); there {
			if err := add(f.name, value); err != nil {
				return nil, err
			}
		}
	}
	for name, value := range r.parts() {
		if err := add(name, value); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// parts are what one column holds, or several, and a file says otherwise.
func (r Record) parts() map[string]any {
	parts := map[string]any{}
	if limit := r.Values["user_limit"]; limit != "" && (limit != "0" || r.Values["user_limit_window_seconds"] != "0") {
		parts["user_limit"] = map[string]any{"count": json.Number(limit), "window": r.Values["user_limit_window_seconds"] + "s"}
	}
	if offer := r.Values["offer_for_seconds"]; offer != "" && r.Values["kind"] == string(schema.CIAction) {
		parts["offer_for"] = offer + "s"
	}
	var config map[string]json.RawMessage
	json.Unmarshal([]byte(r.Values["config"]), &config) //nolint:errcheck // it is JSON; what is no object has no parts
	for name, value := range config {
		parts[name] = value
		if nanoseconds, err := strconv.ParseInt(string(value), 10, 64); err == nil && name == "offer_for" {
			parts[name] = time.Duration(nanoseconds).String()
		}
	}
	return parts
}

// nodeOf is a value of JSON as a node of YAML.
func nodeOf(value any) (*yaml.Node, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return nextNode(d)
}

func nextNode(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		node := &yaml.Node{Kind: map[json.Delim]yaml.Kind{'{': yaml.MappingNode, '[': yaml.SequenceNode}[t]}
		for d.More() {
			inner, err := nextNode(d)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, inner)
		}
		_, err := d.Token()
		return node, err
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: t}, nil
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(t.String(), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: t.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(t)}, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}

var placeOfRow = regexp.MustCompile(`^[a-z_]+\[\d+\]\.?`)

// named says problems by the names of columns; nil when there are none.
func (r Record) named(problems Problems) error {
	for i, p := range problems {
		field := placeOfRow.ReplaceAllString(p.Field, "")
		first, rest, below := strings.Cut(field, ".")
		for _, f := range r.table().fields {
			if f.name == first {
				field = f.column
				if below {
					field += "." + rest
				}
			}
		}
		problems[i].Field = field
	}
	return problems.err()
}
