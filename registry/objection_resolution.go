package registry

import "proactive/schema"

// shows tells whether a resolution is for a person to see; the others are done without them.
func shows(s schema.Resolution) bool {
	return s.Type == schema.ResolveBySelfHelp || s.Type == schema.ResolveByURL
}

func typeOf(s schema.Resolution) end { return end{schema.SectionResolutions, s.Name, "type"} }

// aboutMode: what is shown needs somebody who sees it, and what is done needs a conversation or silence.
func aboutMode(i schema.IssueTemplate, s schema.Resolution) objection {
	switch {
	case i.Engagement == schema.Silent && shows(s):
		return against("engagement", "silent shows nothing to anybody, and resolution %s of type %s is something to see: use engage or notify_only, or another resolution", s.Name, s.Type).at(typeOf(s))
	case i.Engagement == schema.NotifyOnly && s.Type != "" && !shows(s):
		return against("engagement", "notify_only tells the person something and asks nothing, so resolution %s of type %s would never come about: use engage or silent, or another resolution", s.Name, s.Type).at(typeOf(s))
	}
	return objection{}
}

func aboutConsent(i schema.IssueTemplate, s schema.Resolution) objection {
	if !i.Consent || !shows(s) {
		return objection{}
	}
	return against("consent", "resolution %s of type %s does nothing that needs consent: set consent: false, or use another resolution", s.Name, s.Type).at(typeOf(s))
}

// aboutSensitive: what is marked sensitive runs with the person's consent or not at all.
func aboutSensitive(i schema.IssueTemplate, s schema.Resolution, a schema.RemedialAction) objection {
	if !a.Sensitive || i.Consent || i.Engagement == "" {
		return objection{}
	}
	return against("consent", "remedial action %s is sensitive, so it runs only with the person's consent: set engagement: engage and consent: true, or use another resolution", a.Name).
		at(end{schema.SectionRemedialActions, a.Name, "sensitive"}, end{schema.SectionResolutions, s.Name, "remedial_action"})
}

func aboutConfirmation(i schema.IssueTemplate, s schema.Resolution) objection {
	if i.ConfirmWithin == 0 || s.Type != schema.ResolveByIncident {
		return objection{}
	}
	return against("confirm_within", "resolution %s of type %s leaves nothing of which the person could say whether it helped: remove it, or use another resolution", s.Name, s.Type).at(typeOf(s))
}
