package registry

import "proactive/schema"

// aboutPrompt: whoever is written to must be told something.
func (k *checker) aboutPrompt(i schema.IssueTemplate) objection {
	content, known := k.notifications[i.NotificationContent]
	if !known || i.Engagement == schema.Silent || i.Engagement == "" || !blank(content.Prompt) {
		return objection{}
	}
	return against("notification_content", "%s has no prompt, and engagement %s needs words for the person: give it one", content.Name, i.Engagement).
		at(end{schema.SectionNotificationContents, content.Name, "prompt"})
}

// aboutConsentText: nobody agrees to what they have not been told.
func (k *checker) aboutConsentText(i schema.IssueTemplate) objection {
	content, known := k.notifications[i.NotificationContent]
	if !known || !i.Consent || !blank(content.ConsentText) {
		return objection{}
	}
	return against("notification_content", "%s has no consent_text, and nobody can agree to what they are not told: say there what would be done", content.Name).
		at(end{schema.SectionNotificationContents, content.Name, "consent_text"})
}

func (k *checker) aboutContentSwitch(i schema.IssueTemplate) objection {
	content, known := k.notifications[i.NotificationContent]
	if !known || content.Active || i.Engagement == schema.Silent || i.Engagement == "" {
		return objection{}
	}
	o := against("notification_content", "%s is not active: its words are used nevertheless until another one is named", content.Name).
		at(end{schema.SectionNotificationContents, content.Name, "active"})
	o.doubt = true
	return o
}
