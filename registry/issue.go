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
		Channels:            o.set("channels"),
		Include:             o.set("include"),
		Exclude:             o.set("exclude"),
		Category:            schema.Category(o.oneOf("category", string(schema.NoCategory), string(schema.DeviceIssue), string(schema.ApplicationIssue))),
		AcceptWithin:        o.duration("accept_within", 0),
		ConsentWithin:       o.duration("consent_within", 0),
		ConfirmWithin:       o.duration("confirm_within", 0),
	}
	i.UserLimit, i.UserLimitWindow = o.userLimit()
	o.bounded("issue_code", i.IssueCode)
	if o.has("deployed") {
		deployed := o.flag("deployed", false)
		i.Deployed = &deployed
	}
	if r.reportedAt(o.at("engagement")) {
		i.Engagement = "" // what was meant is not known, so nothing contradicts it
	}
	o.checkEngagement(i)
	r.c.Issues = append(r.c.Issues, i)
}

// maxUserLimit is far more than anybody can be helped with.
const maxUserLimit = 1_000_000

// userLimit is how many issues one person may have in how long; both are 0 without.
func (o *object) userLimit() (count int, window time.Duration) {
	n := o.value("user_limit")
	if n == nil {
		return 0, 0
	}
	limit := o.r.object(n, o.at("user_limit"))
	if limit == nil {
		return 0, 0
	}
	count, window = limit.number("count", 0, 1, maxUserLimit), limit.duration("window", 0)
	for _, part := range []string{"count", "window"} {
		if !limit.has(part) {
			limit.report(part, "is missing: a limit is a count in a window, such as {count: 3, window: 24h}")
		}
	}
	limit.done()
	return count, window
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
				r.c.positions[place{schema.SectionProperties, len(r.c.Properties)}] = rowPosition{Position: Position{r.file, o.lines[name], o.at(name)}}
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
