package registry

import (
	"slices"

	"proactive/schema"
)

// checkEngagement reports what contradicts itself within the row of an issue.
func (o *object) checkEngagement(i schema.IssueTemplate) {
	if i.Engagement == "" {
		return // reported
	}
	if i.Consent && i.Engagement != schema.Engage {
		o.report("consent", "nothing that needs consent runs without asking: set engagement: engage, or consent: false")
	}
	if i.Engagement != schema.Silent && i.NotificationContent == "" && !o.r.reportedAt(o.at("notification_content")) {
		o.report("notification_content", "is missing: engagement %s needs words for the person; name one of notification_contents, or use silent", i.Engagement)
	}
	o.checkAnswerTimes(i)
	for _, name := range i.Include {
		if slices.Contains(i.Exclude, name) {
			o.report("exclude", "%q stands in include too, and exclude always wins, so it helps nobody there: remove it from one", name)
		}
	}
}

// checkAnswerTimes reports fields about a conversation that the issue does not have.
func (o *object) checkAnswerTimes(i schema.IssueTemplate) {
	for _, name := range []string{"channels", "accept_within", "consent_within", "confirm_within"} {
		switch {
		case !o.has(name):
		case i.Engagement == schema.Silent:
			o.report(name, "is about writing to the person, which a silent issue does not: remove it, or use another engagement")
		case i.Engagement == schema.NotifyOnly && name != "channels":
			o.report(name, "is about an answer, and notify_only asks the person nothing: remove it, or use engage")
		case name == "consent_within" && !i.Consent:
			o.report(name, "is about consent, which this issue does not ask for: remove it, or set consent: true")
		}
	}
}
