package registry

import (
	"context"

	"proactive/schema"
)

// Store keeps the catalogue.
type Store interface {
	// ApplyCatalogue writes a catalogue in one transaction, all or nothing, one at a time. It shows decide what is known
	// already: of people and computers those that given names or identifies, of everything else all. What decide returns, with
	// a sys_id in every row, is written where it differs; its error ends the transaction and is returned as it is.
	ApplyCatalogue(ctx context.Context, by string, given schema.Catalogue,
		decide func(known schema.Catalogue) (schema.Catalogue, error)) ([]schema.Change, error)
}

// Changes are what applying a catalogue changed, in the order of the sections, and what is doubtful about it.
type Changes struct {
	Rows     []schema.Change
	Warnings []Problem
}

// Apply writes what c says to store: rows that are not there are created, rows that differ are updated, the others and those
// that c does not name are left alone. by is who did it, for sys_created_by and sys_updated_by. An error of type Problems says
// what is wrong with the catalogue, and then, as with every error, nothing was written.
func Apply(ctx context.Context, store Store, c *Catalogue, by string) (Changes, error) {
	var warnings Problems
	rows, err := store.ApplyCatalogue(ctx, by, c.Catalogue, c.decide(Options{By: by}, &warnings))
	if err != nil {
		return Changes{}, err
	}
	return Changes{Rows: rows, Warnings: warnings}, nil
}

// Options say how a catalogue is applied.
type Options struct {
	By          string // who does it, for sys_created_by and sys_updated_by
	Prune       bool   // take away what the files do not name, in the sections that they contain
	PrunePeople bool   // people and service accounts too, which Prune alone leaves as they are
}

// decide makes of what is known what is to be written. Its error is Problems.
func (c *Catalogue) decide(o Options, warnings *Problems) func(known schema.Catalogue) (schema.Catalogue, error) {
	return func(known schema.Catalogue) (schema.Catalogue, error) {
		pruned := c.pruned(known, o)
		k := c.checkWithout(&known, pruned)
		decided := k.identify(known)
		keepJSON(&decided, known)
		decided.Pruned = pruned
		k.unset(decided, known)
		k.stillReferred(known)
		*warnings = k.warnings.sortBy(c.files)
		if len(k.errors) > 0 {
			return schema.Catalogue{}, k.errors.sortBy(c.files)
		}
		return decided, c.hash(&decided, known)
	}
}

// identify gives each row the sys_id of the row that it stands for, or a new one.
func (k *checker) identify(known schema.Catalogue) schema.Catalogue {
	decided := k.c.clone()
	ids := map[string]string{}
	for _, p := range known.Providers {
		ids["provider "+p.Code] = p.SysID
	}
	for _, u := range known.UserCriteria {
		ids["criteria "+u.Name] = u.SysID
	}
	for _, ch := range known.Channels {
		ids["channel "+ch.Name] = ch.SysID
	}
	for _, r := range known.RateRules {
		ids["rate rule "+r.Name] = r.SysID
	}
	for _, a := range known.RemedialActions {
		ids["action "+a.Name] = a.SysID
	}
	for _, s := range known.Resolutions {
		ids["resolution "+s.Name] = s.SysID
	}
	for _, n := range known.NotificationContents {
		ids["notification "+n.Name] = n.SysID
	}
	for _, i := range known.Issues {
		ids["issue "+issueKey(i.Provider, i.IssueCode)] = i.SysID
	}
	for i, p := range decided.Providers {
		decided.Providers[i].SysID = orNew(ids["provider "+p.Code])
	}
	for i, u := range decided.UserCriteria {
		decided.UserCriteria[i].SysID = orNew(ids["criteria "+u.Name])
	}
	for i, ch := range decided.Channels {
		decided.Channels[i].SysID = orNew(ids["channel "+ch.Name])
	}
	for i, r := range decided.RateRules {
		decided.RateRules[i].SysID = orNew(ids["rate rule "+r.Name])
	}
	for i, a := range decided.RemedialActions {
		decided.RemedialActions[i].SysID = orNew(ids["action "+a.Name])
	}
	for i, s := range decided.Resolutions {
		decided.Resolutions[i].SysID = orNew(ids["resolution "+s.Name])
	}
	for i, n := range decided.NotificationContents {
		decided.NotificationContents[i].SysID = orNew(ids["notification "+n.Name])
	}
	for i, issue := range decided.Issues {
		decided.Issues[i].SysID = orNew(ids["issue "+issueKey(issue.Provider, issue.IssueCode)])
	}
	identifyReceivers(decided, known)
	k.identifyPeople(decided, known)
	k.identifyComputers(decided, known)
	return decided
}

func orNew(sysID string) string {
	if sysID == "" {
		return schema.NewSysID()
	}
	return sysID
}
