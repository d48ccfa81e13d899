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

	providers     map[string]bool
	users         map[string]person // by lower user_name
	computers     map[string]schema.Computer
	actions       map[string]schema.RemedialAction
	resolutions   map[string]bool
	notifications map[string]bool
	codes         map[string]bool // provider/code
}

// person is a row of sys_user, of either kind.
type person struct {
	sysID, userName string
	account         bool
}

// check follows every reference and checks what stands at its two ends. Without known it says nothing about rows that are not
// in the files.
func (c *Catalogue) check(known *schema.Catalogue) *checker {
	k := &checker{c: c, complete: known != nil}
	if known == nil {
		known = &schema.Catalogue{}
	}
	k.collect(*known, c.Catalogue)
	for i, a := range c.ServiceAccounts {
		k.account(i, a)
	}
	for i, ci := range c.Computers {
		if ci.AssignedTo != "" {
			k.assignedTo(i, ci)
		}
	}
	for i, s := range c.Resolutions {
		k.resolution(i, s)
	}
	for i, issue := range c.Issues {
		k.issue(i, issue)
	}
	return k
}

// collect takes the rows of several catalogues; of two with one key the later counts.
func (k *checker) collect(catalogues ...schema.Catalogue) {
	k.providers, k.users, k.computers = map[string]bool{}, map[string]person{}, map[string]schema.Computer{}
	k.actions, k.resolutions, k.notifications = map[string]schema.RemedialAction{}, map[string]bool{}, map[string]bool{}
	k.codes = map[string]bool{}
	for _, c := range catalogues {
		for _, p := range c.Providers {
			k.providers[p.Code] = true
		}
		for _, u := range c.Users {
			k.users[strings.ToLower(u.UserName)] = person{u.SysID, u.UserName, false}
		}
		for _, a := range c.ServiceAccounts {
			k.users[strings.ToLower(a.UserName)] = person{a.SysID, a.UserName, true}
		}
		for _, a := range c.RemedialActions {
			k.actions[a.Name] = a
		}
		for _, s := range c.Resolutions {
			k.resolutions[s.Name] = true
		}
		for _, n := range c.NotificationContents {
			k.notifications[n.Name] = true
		}
		for _, i := range c.Issues {
			k.codes[issueKey(i.Provider, i.IssueCode)] = true
		}
	}
}

func (k *checker) fail(section schema.Section, row int, field, format string, args ...any) {
	k.errors = append(k.errors, Problem{k.c.position(section, row, field), fmt.Sprintf(format, args...)})
}

func (k *checker) warn(section schema.Section, row int, field, format string, args ...any) {
	k.warnings = append(k.warnings, Problem{k.c.position(section, row, field), fmt.Sprintf(format, args...)})
}

// exists reports a reference to a row that there is not.
func (k *checker) exists(rows map[string]bool, section schema.Section, row int, field, name string, in schema.Section) {
	if name != "" && !rows[name] && k.complete {
		k.fail(section, row, field, "there is no %q in %s, here or in the database: add it, or correct the name", name, in)
	}
}

func (k *checker) account(row int, a schema.ServiceAccount) {
	for _, code := range a.Providers {
		k.exists(k.providers, schema.SectionServiceAccounts, row, "providers", code, schema.SectionProviders)
	}
}

func (k *checker) assignedTo(row int, ci schema.Computer) {
	who, known := k.users[strings.ToLower(ci.AssignedTo)]
	switch {
	case known && who.account:
		k.fail(schema.SectionComputers, row, "assigned_to", "%q is a service account: a computer belongs to a person", ci.AssignedTo)
	case !known && k.complete:
		k.fail(schema.SectionComputers, row, "assigned_to", "there is no user %q, here or in the database: add one to users, or correct the name", ci.AssignedTo)
	}
}

func (k *checker) issue(row int, i schema.IssueTemplate) {
	k.exists(k.providers, schema.SectionIssues, row, "provider", i.Provider, schema.SectionProviders)
	k.exists(k.resolutions, schema.SectionIssues, row, "resolution", i.Resolution, schema.SectionResolutions)
	k.exists(k.notifications, schema.SectionIssues, row, "notification_content", i.NotificationContent, schema.SectionNotificationContents)
	if i.Resolution == "" && i.Deployed != nil && *i.Deployed {
		k.warn(schema.SectionIssues, row, "resolution", "is missing: reports are refused with \"does not have a proper resolution\" until it is there")
	}
	for _, code := range i.NextCodes {
		if !k.codes[issueKey(i.Provider, code)] {
			k.warn(schema.SectionIssues, row, "next_codes", "provider %s has no issue %q: it will never follow", i.Provider, code)
		}
	}
}
