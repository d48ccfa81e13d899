package registry

import (
	"fmt"
	"slices"
	"strings"

	"proactive/schema"
)

// pruned are the known rows that the files do not name, of the sections that they contain. Computers are not among them: what has
// happened refers to them, and they have no switch.
func (c *Catalogue) pruned(known schema.Catalogue, o Options) []schema.PrunedRow {
	if !o.Prune && !o.PrunePeople {
		return nil
	}
	var pruned []schema.PrunedRow
	known.Properties = slices.DeleteFunc(slices.Clone(known.Properties), func(p schema.PropertyValue) bool { _, ok := saidByFile(p); return !ok })
	for _, section := range Sections() {
		if _, stands := c.stands[section]; !stands || !o.prunes(section) {
			continue
		}
		given := map[string]bool{}
		for r := range rowsOf(c.Catalogue, section) {
			given[keyIn(section, r.key)] = true
		}
		for r := range rowsOf(known, section) {
			if !given[keyIn(section, r.key)] {
				pruned = append(pruned, schema.PrunedRow{Section: section, Key: r.key, SysID: r.sysID})
			}
		}
	}
	return pruned
}

func (o Options) prunes(section schema.Section) bool {
	switch section {
	case schema.SectionComputers:
		return false
	case schema.SectionUsers, schema.SectionServiceAccounts:
		return o.PrunePeople
	}
	return o.Prune
}

// keyIn is a key as it is compared: a user_name without regard to case.
func keyIn(section schema.Section, key string) string {
	if section == schema.SectionUsers || section == schema.SectionServiceAccounts {
		return strings.ToLower(key)
	}
	return key
}

func (k *checker) isPruned(section schema.Section, key string) bool {
	return k.pruned[prunedKey{section, key}]
}

// prunedKey names a row that is to be taken away.
type prunedKey struct {
	section schema.Section
	key     string
}

// forget takes a row that is to be taken away out of what counts for the issues that stay.
func (k *checker) forget(row schema.PrunedRow) {
	switch row.Section {
	case schema.SectionChannels:
		delete(k.channels, row.Key)
	case schema.SectionIssues:
		delete(k.codes, row.Key)
		k.redeployed[row.Key] = true
	}
}

func (k *checker) failSection(section schema.Section, format string, args ...any) {
	k.errors = append(k.errors, Problem{k.c.stands[section], fmt.Sprintf(format, args...)})
}

// objectPruned says what taking a row away would do to an issue that is deployed in the database and stays. What was so before is no
// objection.
func (k *checker) objectPruned(i schema.IssueTemplate, o objection) {
	for _, e := range o.ends {
		if !k.isPruned(e.section, e.name) {
			continue
		}
		position, text := k.c.stands[e.section], fmt.Sprintf("%s is not named here and would be taken away, and then the %s of issue %s makes no sense: %s",
			e.name, o.field, issueKey(i.Provider, i.IssueCode), o.text)
		if o.doubt {
			k.warnings = append(k.warnings, Problem{position, text})
		} else {
			k.errors = append(k.errors, Problem{position, text})
		}
		return
	}
}

// reference is a row that needs another one.
type reference struct {
	from    string // such as issue sn/100
	section schema.Section
	key     string
}

// stillReferred refuses to take away what a row that stays refers to.
func (k *checker) stillReferred(known schema.Catalogue) {
	said := map[reference]bool{}
	for _, r := range k.references(known) {
		if k.isPruned(r.section, r.key) && !said[r] {
			said[r] = true
			k.failSection(r.section, "%s is not named here and would be taken away, but %s refers to it: name it here, or change what refers to it first", r.key, r.from)
		}
	}
	k.lastAdmin(known)
}

// references are those of all rows as they will be; an account that is not active enters nowhere. People and accounts are only ever
// deactivated, so references to them are not looked at.
func (k *checker) references(known schema.Catalogue) []reference {
	var all []reference
	for _, a := range remaining(k, schema.SectionServiceAccounts, known.ServiceAccounts, k.c.ServiceAccounts, accountRow) {
		for _, code := range a.Providers {
			if a.Active {
				all = append(all, reference{"service account " + a.UserName, schema.SectionProviders, code})
			}
		}
	}
	for _, o := range remaining(k, schema.SectionOutcomes, known.OutcomeReceivers, k.c.OutcomeReceivers, receiverRow) {
		all = append(all, reference{"the receiver of outcomes of " + o.Provider, schema.SectionProviders, o.Provider})
	}
	for _, s := range remaining(k, schema.SectionResolutions, known.Resolutions, k.c.Resolutions, resolutionRow) {
		all = append(all, reference{"resolution " + s.Name, schema.SectionRemedialActions, s.RemedialAction})
	}
	issues := remaining(k, schema.SectionIssues, known.Issues, k.c.Issues, issueRow)
	for _, i := range known.Deployed {
		if i.Reportable() && !k.redeployed[issueKey(i.Provider, i.IssueCode)] {
			issues = append(issues, i)
		}
	}
	for _, i := range issues {
		from := "issue " + issueKey(i.Provider, i.IssueCode)
		all = append(all, reference{from, schema.SectionProviders, i.Provider}, reference{from, schema.SectionResolutions, i.Resolution},
			reference{from, schema.SectionNotificationContents, i.NotificationContent})
		for _, name := range i.Channels {
			all = append(all, reference{from, schema.SectionChannels, name})
		}
		for _, name := range slices.Concat(i.Include, i.Exclude) {
			all = append(all, reference{from, schema.SectionUserCriteria, name})
		}
	}
	return all
}

// remaining are the rows of a section as they will be: the files', and of the known ones those that the files neither name nor take away.
func remaining[R any](k *checker, section schema.Section, known, given []R, one func(R) row) []R {
	named := map[string]bool{}
	for _, r := range given {
		named[keyIn(section, one(r).key)] = true
	}
	stay := slices.Clone(given)
	for _, r := range known {
		if key := one(r).key; !named[keyIn(section, key)] && !k.isPruned(section, key) {
			stay = append(stay, r)
		}
	}
	return stay
}

// lastAdmin refuses to deactivate the last account that may do everything: nobody could undo it.
func (k *checker) lastAdmin(known schema.Catalogue) {
	isAdmin := func(a schema.ServiceAccount) bool {
		return a.Active && !a.LockedOut && slices.Contains(a.Roles, schema.RoleAdmin)
	}
	stay := remaining(k, schema.SectionServiceAccounts, known.ServiceAccounts, k.c.ServiceAccounts, accountRow)
	if slices.ContainsFunc(stay, isAdmin) {
		return
	}
	for _, a := range known.ServiceAccounts {
		if isAdmin(a) && k.isPruned(schema.SectionServiceAccounts, a.UserName) {
			k.failSection(schema.SectionServiceAccounts, "%s is not named here and would be deactivated, and no other active account has the role %s: name it, or one that does", a.UserName, schema.RoleAdmin)
		}
	}
}
