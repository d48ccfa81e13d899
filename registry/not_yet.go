package registry

import "proactive/schema"

// notYet refuses what the format has and this release cannot do: above all, nothing that needs consent ever runs without it.
func (c *Catalogue) notYet() Problems {
	k := &checker{c: c}
	for row, s := range c.Resolutions {
		if s.Type == schema.ResolveBySelfHelp || s.Type == schema.ResolveByURL {
			k.fail(schema.SectionResolutions, row, "type", "a resolution of type %s shows something to a person, which comes with the next release: use remedial_action or create_incident", s.Type)
		}
	}
	for row, i := range c.Issues {
		if i.Engagement != schema.Silent {
			k.fail(schema.SectionIssues, row, "engagement", "engagement %s talks to a person, which comes with the next release: use silent where nobody need be asked", i.Engagement)
		}
		if i.Consent {
			k.fail(schema.SectionIssues, row, "consent", "asking for consent comes with the next release, and nothing that needs consent runs without it: deploy this issue later, or decide that it needs none")
		}
		if i.Fallback == schema.FallbackLiveAgent {
			k.fail(schema.SectionIssues, row, "fallback", "fallback live_agent comes with the next release: use incident or none")
		}
	}
	return k.errors
}
