package registry

import (
	"crypto/sha256"
	"strings"

	"proactive/schema"
)

// checkTwice reports rows that stand twice in the files: which of the two should count is not ours to guess.
func (c *Catalogue) checkTwice(r *reader) {
	t := &twice{c: c, r: r, first: map[string]fieldPlace{}}
	for i, p := range c.Providers {
		t.see(schema.SectionProviders, i, "provider_code", "provider", p.Code)
	}
	for i, u := range c.Users {
		t.see(schema.SectionUsers, i, "user_name", "user", strings.ToLower(u.UserName))
		t.see(schema.SectionUsers, i, "sys_id", "sys_user", u.SysID)
	}
	for i, u := range c.UserCriteria {
		t.see(schema.SectionUserCriteria, i, "name", "user criteria", u.Name)
	}
	for i, ch := range c.Channels {
		t.see(schema.SectionChannels, i, "name", "notification channel", ch.Name)
	}
	for i, a := range c.ServiceAccounts {
		t.see(schema.SectionServiceAccounts, i, "user_name", "user", strings.ToLower(a.UserName))
		if key := c.credentials[a.UserName].apiKey; key != "" {
			sum := sha256.Sum256([]byte(key))
			t.see(schema.SectionServiceAccounts, i, "api_key", "API key", string(sum[:]))
		}
	}
	for i, rule := range c.RateRules {
		t.see(schema.SectionRateRules, i, "name", "rate limit rule", rule.Name)
	}
	for i, o := range c.OutcomeReceivers {
		t.see(schema.SectionOutcomes, i, "provider", "receiver of outcomes", o.Provider)
	}
	for i, s := range c.ServiceDesks {
		t.see(schema.SectionServiceDesks, i, "name", "service desk", s.Name)
	}
	for i, ci := range c.Computers {
		t.see(schema.SectionComputers, i, "name", "computer", strings.ToLower(ci.Name))
		t.see(schema.SectionComputers, i, "sys_id", "cmdb_ci_computer", ci.SysID)
	}
	for i, a := range c.RemedialActions {
		t.see(schema.SectionRemedialActions, i, "name", "remedial action", a.Name)
	}
	for i, s := range c.Resolutions {
		t.see(schema.SectionResolutions, i, "name", "resolution", s.Name)
	}
	for i, n := range c.NotificationContents {
		t.see(schema.SectionNotificationContents, i, "name", "notification content", n.Name)
	}
	for i, issue := range c.Issues {
		t.see(schema.SectionIssues, i, "issue_code", "issue", issueKey(issue.Provider, issue.IssueCode))
	}
	for i, p := range c.Properties {
		t.see(schema.SectionProperties, i, "", "property", p.Name)
	}
}

// fieldPlace is a field of a row.
type fieldPlace struct {
	place
	field string
}

type twice struct {
	c     *Catalogue
	r     *reader
	first map[string]fieldPlace
}

func (t *twice) see(section schema.Section, row int, field, noun, key string) {
	if strings.Trim(key, "/ ") == "" {
		return // missing, which is reported where it was read
	}
	here := fieldPlace{place{section, row}, field}
	before, seen := t.first[noun+"\x00"+key]
	if !seen {
		t.first[noun+"\x00"+key] = here
		return
	}
	t.r.problems = append(t.r.problems, Problem{t.position(here), "this " + noun + " stands in " + t.position(before).String() + " already: remove one"})
}

func (t *twice) position(p fieldPlace) Position { return t.c.position(p.section, p.row, p.field) }
