package registry

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"proactive/schema"
)

func actionRow(a schema.RemedialAction) row {
	var fs fields
	fs.text("name", a.Name)
	fs.text("kind", string(a.Kind))
	fs.text("target", a.Target)
	fs.text("task_queue", a.TaskQueue)
	fs.json("input_schema", a.InputSchema, "")
	fs.texts("from_report", a.FromReport)
	fs.duration("timeout", a.Timeout, defaultTimeout)
	fs.duration("offer_for", a.OfferFor, defaultOfferFor)
	fs.number("attempts", a.Attempts, 1)
	fs.flag("idempotent", a.Idempotent, false)
	fs.flag("sensitive", a.Sensitive, false)
	fs.flag("active", a.Active, true)
	return row{a.Name, a.SysID, fs}
}

func resolutionRow(s schema.Resolution) row {
	var fs fields
	fs.text("name", s.Name)
	fs.text("type", string(s.Type))
	fs.text("remedial_action", s.RemedialAction)
	fs.json("parameters", s.Parameters, "{}")
	fs.choice("on_success", string(s.OnSuccess), string(schema.OnSuccessClose))
	fs.texts("instructions", s.Instructions)
	fs.json("translations", s.Translations, "")
	fs.text("url", s.URL)
	fs.flag("active", s.Active, true)
	return row{s.Name, s.SysID, fs}
}

func contentRow(n schema.NotificationContent) row {
	var fs fields
	fs.text("name", n.Name)
	fs.text("prompt", n.Prompt)
	fs.text("consent_text", n.ConsentText)
	fs.json("translations", n.Translations, "")
	fs.flag("active", n.Active, true)
	return row{n.Name, n.SysID, fs}
}

func issueRow(i schema.IssueTemplate) row {
	var fs fields
	fs.text("provider", i.Provider)
	fs.text("issue_code", i.IssueCode)
	fs.text("reference_name", i.ReferenceName)
	fs.text("short_description", i.ShortDescription)
	fs.text("resolution", i.Resolution)
	fs.text("notification_content", i.NotificationContent)
	fs.choice("engagement", string(i.Engagement), string(schema.Silent))
	fs.flag("consent", i.Consent, false)
	fs.choice("fallback", string(i.Fallback), string(schema.FallbackIncident))
	fs.duration("action_wait", i.ActionWait, defaultActionWait)
	fs.texts("next_codes", i.NextCodes)
	fs.text("assignment_group", i.AssignmentGroup)
	fs.number("impact", i.Impact, lowest)
	fs.number("urgency", i.Urgency, lowest)
	fs.texts("channels", i.Channels)
	fs.texts("include", i.Include)
	fs.texts("exclude", i.Exclude)
	fs.text("category", string(i.Category))
	fs.userLimit(i)
	fs.duration("accept_within", i.AcceptWithin, 0)
	fs.duration("consent_within", i.ConsentWithin, 0)
	fs.duration("confirm_within", i.ConfirmWithin, 0)
	if i.Deployed != nil {
		fs.flag("deployed", *i.Deployed, false)
	}
	return row{issueKey(i.Provider, i.IssueCode), i.SysID, fs}
}

func (fs *fields) userLimit(i schema.IssueTemplate) {
	limit := &yaml.Node{Kind: yaml.MappingNode}
	if i.UserLimit > 0 {
		limit.Content = []*yaml.Node{textNode("count"), plainNode(strconv.Itoa(i.UserLimit)), textNode("window"), plainNode(durationText(i.UserLimitWindow))}
	}
	fs.add("user_limit", limit, i.UserLimit == 0)
}
