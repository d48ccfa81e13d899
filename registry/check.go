package registry

import (
	"fmt"
	"strings"

	"proactive/schema"
)

// checker holds the rows that a catalogue may refer to: its own, and those that are known already.
type checker struct {
	c        *Catalogue
	complete bool // known is all there is: what is not found does not exist
	errors   Problems
	warnings Problems

	providers      map[string]bool
	users          map[string]person // by lower user_name
	criteria       map[string]schema.UserCriteria
	channels       map[string]schema.Channel
	channelsBefore []schema.Channel // as the database has them
	actions        map[string]schema.RemedialAction
	resolutions    map[string]schema.Resolution
	notifications  map[string]schema.NotificationContent
	codes          map[string]bool // provider/code
	redeployed     map[string]bool // provider/code of what the files deploy, withdraw or take away
	pruned         map[prunedKey]bool
}

// person is a row of sys_user, of either kind.
type person struct {
	sysID, userName string
	account         bool
}

// check follows every reference and checks what stands at its two ends. Without known it says nothing about rows that are not
// in the files.
func (c *Catalogue) check(known *schema.Catalogue) *checker { return c.checkWithout(known, nil) }

// checkWithout is check when some of the known rows are to be taken away.
func (c *Catalogue) checkWithout(known *schema.Catalogue, pruned []schema.PrunedRow) *checker {
	k := newChecker(c, known != nil)
	if known == nil {
		known = &schema.Catalogue{}
	}
	k.collect(*known)
	for _, row := range pruned {
		k.pruned[prunedKey{row.Section, row.Key}] = true
		k.forget(row)
	}
	k.collect(c.Catalogue)
	k.channelsBefore = known.Channels
	for i, u := range c.UserCriteria {
		k.members(i, u)
	}
	for i, a := range c.ServiceAccounts {
		k.account(i, a)
	}
	for i, r := range c.RateRules {
		k.rateRule(i, r)
	}
	for i, o := range c.OutcomeReceivers {
		exists(k, k.providers, schema.SectionOutcomes, i, "provider", o.Provider, schema.SectionProviders)
	}
	k.oneDesk(known.ServiceDesks)
	for i, ci := range c.Computers {
		if ci.AssignedTo != "" {
			k.person(schema.SectionComputers, i, "assigned_to", ci.AssignedTo, "a computer belongs to a person")
		}
	}
	for i, s := range c.Resolutions {
		k.resolution(i, s)
	}
	stand := standings(*known)
	for i, issue := range c.Issues {
		key := issueKey(issue.Provider, issue.IssueCode)
		k.ownKey(i, issue, stand[key])
		k.issue(i, k.asCustomised(i, issue, stand[key]))
		k.redeployed[key] = issue.Deployed != nil
	}
	for _, issue := range known.Deployed {
		if issue.Reportable() {
			k.objectDeployed(issue)
		}
	}
	return k
}

func newChecker(c *Catalogue, complete bool) *checker {
	return &checker{c: c, complete: complete, providers: map[string]bool{}, users: map[string]person{},
		criteria: map[string]schema.UserCriteria{}, channels: map[string]schema.Channel{},
		actions: map[string]schema.RemedialAction{}, resolutions: map[string]schema.Resolution{},
		notifications: map[string]schema.NotificationContent{}, codes: map[string]bool{}, redeployed: map[string]bool{},
		pruned: map[prunedKey]bool{}}
}

// collect takes the rows of a catalogue, which count instead of those of the same keys that were taken before.
func (k *checker) collect(c schema.Catalogue) {
	for _, p := range c.Providers {
		k.providers[p.Code] = true
	}
	for _, u := range c.Users {
		k.users[strings.ToLower(u.UserName)] = person{u.SysID, u.UserName, false}
	}
	for _, a := range c.ServiceAccounts {
		k.users[strings.ToLower(a.UserName)] = person{a.SysID, a.UserName, true}
	}
	for _, u := range c.UserCriteria {
		k.criteria[u.Name] = u
	}
	for _, ch := range c.Channels {
		k.channels[ch.Name] = ch
	}
	for _, a := range c.RemedialActions {
		k.actions[a.Name] = a
	}
	for _, s := range c.Resolutions {
		k.resolutions[s.Name] = s
	}
	for _, n := range c.NotificationContents {
		k.notifications[n.Name] = n
	}
	for _, i := range c.Issues {
		k.codes[issueKey(i.Provider, i.IssueCode)] = true
	}
}

func (k *checker) fail(section schema.Section, row int, field, format string, args ...any) {
	k.errors = append(k.errors, Problem{k.c.position(section, row, field), fmt.Sprintf(format, args...)})
}

func (k *checker) warn(section schema.Section, row int, field, format string, args ...any) {
	k.warnings = append(k.warnings, Problem{k.c.position(section, row, field), fmt.Sprintf(format, args...)})
}

// exists reports a reference to a row that there is not.
func exists[R any](k *checker, rows map[string]R, section schema.Section, row int, field, name string, in schema.Section) {
	if _, there := rows[name]; name != "" && !there && k.complete {
		k.fail(section, row, field, "there is no %q in %s, here or in the database: add it, or correct the name", name, in)
	}
}

func (k *checker) account(row int, a schema.ServiceAccount) {
	for _, code := range a.Providers {
		exists(k, k.providers, schema.SectionServiceAccounts, row, "providers", code, schema.SectionProviders)
	}
}

func (k *checker) members(row int, u schema.UserCriteria) {
	for _, name := range u.Users {
		k.person(schema.SectionUserCriteria, row, "users", name, "criteria are about people")
	}
}

// person reports a reference to a row of sys_user that is none or no person.
func (k *checker) person(section schema.Section, row int, field, name, because string) {
	who, known := k.users[strings.ToLower(name)]
	switch {
	case known && who.account:
		k.fail(section, row, field, "%q is a service account: %s", name, because)
	case !known && k.complete:
		k.fail(section, row, field, "there is no user %q, here or in the database: add one to users, or correct the name", name)
	}
}

func (k *checker) issue(row int, i schema.IssueTemplate) {
	exists(k, k.providers, schema.SectionIssues, row, "provider", i.Provider, schema.SectionProviders)
	exists(k, k.resolutions, schema.SectionIssues, row, "resolution", i.Resolution, schema.SectionResolutions)
	exists(k, k.notifications, schema.SectionIssues, row, "notification_content", i.NotificationContent, schema.SectionNotificationContents)
	for _, name := range i.Channels {
		exists(k, k.channels, schema.SectionIssues, row, "channels", name, schema.SectionChannels)
	}
	k.criteriaOf(row, "include", i.Include)
	k.criteriaOf(row, "exclude", i.Exclude)
	if i.Resolution == "" && i.Deployed != nil && *i.Deployed {
		k.warn(schema.SectionIssues, row, "resolution", "is missing: reports are refused with \"does not have a proper resolution\" until it is there")
	}
	for _, code := range i.NextCodes {
		if !k.codes[issueKey(i.Provider, code)] {
			k.warn(schema.SectionIssues, row, "next_codes", "provider %s has no issue %q: it will never follow", i.Provider, code)
		}
	}
	k.object(row, i)
}

// ownKey refuses an issue that is called as one of another provider, as a/b with c is as a with b/c: it would take that one's place.
func (k *checker) ownKey(row int, i schema.IssueTemplate, s standing) {
	if s.template != nil && s.template.Provider != i.Provider {
		k.fail(schema.SectionIssues, row, "issue_code", "the issue would be called %s, as issue_code %q of provider %q is already: use another code",
			issueKey(i.Provider, i.IssueCode), s.template.IssueCode, s.template.Provider)
	}
}

func (k *checker) criteriaOf(row int, field string, names []string) {
	for _, name := range names {
		exists(k, k.criteria, schema.SectionIssues, row, field, name, schema.SectionUserCriteria)
		if u, known := k.criteria[name]; known && !u.Active {
			k.warn(schema.SectionIssues, row, field, "%s is not active: it matches nobody until it is", name)
		}
	}
}
