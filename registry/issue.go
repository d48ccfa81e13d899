package registry

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"proactive/schema"
)

const (
	defaultActionWait = 30 * time.Minute
	lowest            = 3    // impact and urgency
	maxCode           = 1000 // of issue_code and provider_code, in bytes: both are search attributes
)

func (r *reader) issue(o *object) {
	i := schema.IssueTemplate{
		Provider:            o.required("provider"),
		IssueCode:           o.required("issue_code"),
		ReferenceName:       o.text("reference_name"),
		ShortDescription:    o.text("short_description"),
		Resolution:          o.text("resolution"),
		NotificationContent: o.text("notification_content"),
		Engagement:          schema.Engagement(o.oneOf("engagement", string(schema.Silent), string(schema.Engage), string(schema.NotifyOnly))),
		Consent:             o.flag("consent", false),
		Fallback:            schema.Fallback(o.oneOf("fallback", string(schema.FallbackIncident), string(schema.FallbackLiveAgent), string(schema.FallbackNone))),
		ActionWait:          o.duration("action_wait", defaultActionWait),
		NextCodes:           o.set("next_codes"),
		AssignmentGroup:     o.text("assignment_group"),
		Impact:              o.number("impact", lowest, 1, lowest),
		Urgency:             o.number("urgency", lowest, 1, lowest),
	}
	o.bounded("issue_code", i.IssueCode)
	if o.has("deployed") {
		deployed := o.flag("deployed", false)
		i.Deployed = &deployed
	}
	if i.Consent && i.Engagement != schema.Engage && !r.reportedAt(o.at("engagement")) {
		o.report("consent", "nothing that needs consent runs without asking: set engagement: engage, or consent: false")
	}
	r.c.Issues = append(r.c.Issues, i)
}

// properties reads the one section that is an object: the names are the fields.
func (r *reader) properties(n *yaml.Node) {
	o := r.object(n, string(schema.SectionProperties))
	if o == nil {
		return
	}
	for _, name := range o.names {
		p, known := schema.FindProperty(name)
		if !known {
			o.report(name, "there is no such property: use one of %s", listed(propertyNames()))
			continue
		}
		text, err := textOf(behind(o.values[name]))
		if err == nil {
			var value string
			if value, err = p.Parse(text); err == nil {
				r.c.positions[place{schema.SectionProperties, len(r.c.Properties), ""}] = Position{r.file, o.lines[name], o.at(name)}
				r.c.Properties = append(r.c.Properties, schema.PropertyValue{Name: name, Value: value})
				continue
			}
		}
		o.report(name, "%s", err)
	}
}

func propertyNames() []string {
	var names []string
	for _, p := range schema.AllProperties() {
		names = append(names, p.Name)
	}
	return names
}

// issueKey is how people name a known issue.
func issueKey(provider, code string) string { return fmt.Sprintf("%s/%s", provider, code) }

// bounded refuses a code that Temporal could not find runs by: such a report would be taken and never be started.
func (o *object) bounded(name, code string) {
	if len(code) > maxCode {
		o.report(name, "must not be longer than %d bytes: Temporal finds runs by it", maxCode)
	}
}
