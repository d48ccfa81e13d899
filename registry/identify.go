package registry

import (
	"encoding/json"
	"slices"
	"strings"

	"proactive/schema"
)

// clone copies the rows that are written to, and shares what is in them.
func (c *Catalogue) clone() schema.Catalogue {
	d := c.Catalogue
	d.Providers = slices.Clone(d.Providers)
	d.Users = slices.Clone(d.Users)
	d.UserCriteria = slices.Clone(d.UserCriteria)
	d.Channels = slices.Clone(d.Channels)
	d.ServiceAccounts = slices.Clone(d.ServiceAccounts)
	d.RateRules = slices.Clone(d.RateRules)
	d.OutcomeReceivers = slices.Clone(d.OutcomeReceivers)
	d.ServiceDesks = slices.Clone(d.ServiceDesks)
	d.Computers = slices.Clone(d.Computers)
	d.RemedialActions = slices.Clone(d.RemedialActions)
	d.Resolutions = slices.Clone(d.Resolutions)
	d.NotificationContents = slices.Clone(d.NotificationContents)
	d.Issues = slices.Clone(d.Issues)
	return d
}

// identifyReceivers finds who is told of outcomes and incidents.
func identifyReceivers(decided, known schema.Catalogue) {
	receivers, desks := map[string]string{}, map[string]string{}
	for _, o := range known.OutcomeReceivers {
		receivers[o.Provider] = o.SysID
	}
	for _, s := range known.ServiceDesks {
		desks[s.Name] = s.SysID
	}
	for i, o := range decided.OutcomeReceivers {
		decided.OutcomeReceivers[i].SysID = orNew(receivers[o.Provider])
	}
	for i, s := range decided.ServiceDesks {
		decided.ServiceDesks[i].SysID = orNew(desks[s.Name])
	}
}

// identifyPeople finds the rows of sys_user by user_name. A sys_id that says otherwise is a mistake of one of the two.
func (k *checker) identifyPeople(decided, known schema.Catalogue) {
	byName, byID := map[string]person{}, map[string]person{}
	for _, u := range known.Users {
		p := person{u.SysID, u.UserName, false}
		byName[strings.ToLower(u.UserName)], byID[u.SysID] = p, p
	}
	for _, a := range known.ServiceAccounts {
		p := person{a.SysID, a.UserName, true}
		byName[strings.ToLower(a.UserName)], byID[a.SysID] = p, p
	}
	for i, u := range decided.Users {
		stored, there := byName[strings.ToLower(u.UserName)]
		holder, taken := byID[u.SysID]
		switch {
		case there && stored.account:
			k.fail(schema.SectionUsers, i, "user_name", "%s is a service account in the database: a person needs another user_name", u.UserName)
		case there && u.SysID != "" && u.SysID != stored.sysID:
			k.fail(schema.SectionUsers, i, "sys_id", "user %s has sys_id %s in the database: correct it, or leave it out", u.UserName, stored.sysID)
		case !there && taken:
			k.fail(schema.SectionUsers, i, "sys_id", "this sys_id belongs to user %s in the database: correct it, or leave it out", holder.userName)
		case there:
			decided.Users[i].SysID = stored.sysID
		default:
			decided.Users[i].SysID = orNew(u.SysID)
		}
	}
	for i, a := range decided.ServiceAccounts {
		stored, there := byName[strings.ToLower(a.UserName)]
		if there && !stored.account {
			k.fail(schema.SectionServiceAccounts, i, "user_name", "%s is a person in the database: a service account needs another user_name", a.UserName)
		}
		decided.ServiceAccounts[i].SysID = orNew(stored.sysID)
	}
}

// identifyComputers finds a computer by its sys_id, so that it can be given another name, or without one by its name.
func (k *checker) identifyComputers(decided, known schema.Catalogue) {
	byName, byID := map[string]schema.Computer{}, map[string]schema.Computer{}
	for _, ci := range known.Computers {
		byName[strings.ToLower(ci.Name)], byID[ci.SysID] = ci, ci
	}
	for i, ci := range decided.Computers {
		namesake, there := byName[strings.ToLower(ci.Name)]
		switch {
		case ci.SysID == "":
			decided.Computers[i].SysID = orNew(namesake.SysID)
		case there && namesake.SysID != ci.SysID:
			k.fail(schema.SectionComputers, i, "sys_id", "computer %s has sys_id %s in the database: correct it, or leave it out", ci.Name, namesake.SysID)
		}
	}
	seen := map[string]int{}
	for i, ci := range decided.Computers {
		if other, twice := seen[ci.SysID]; twice {
			k.fail(schema.SectionComputers, i, "name", "%s and %s are one computer in the database: remove one", ci.Name, decided.Computers[other].Name)
		}
		seen[ci.SysID] = i
	}
}

// keepJSON keeps the stored text of JSON that says the same with other spaces or escapes, so that its row stays untouched.
func keepJSON(decided *schema.Catalogue, known schema.Catalogue) {
	stored := map[string]json.RawMessage{}
	for _, a := range known.RemedialActions {
		stored["input_schema "+a.SysID] = a.InputSchema
	}
	for _, s := range known.Resolutions {
		stored["parameters "+s.SysID] = s.Parameters
	}
	for _, n := range known.NotificationContents {
		stored["translations "+n.SysID] = n.Translations
	}
	for _, ch := range known.Channels {
		stored["config "+ch.SysID] = ch.Config
	}
	for _, o := range known.OutcomeReceivers {
		stored["config "+o.SysID] = o.Config
	}
	for _, s := range known.ServiceDesks {
		stored["config "+s.SysID] = s.Config
	}
	keep := func(what string, text *json.RawMessage) {
		if before := stored[what]; len(before) > 0 && len(*text) > 0 && sameNode(jsonNode(before), jsonNode(*text)) {
			*text = before
		}
	}
	for i := range decided.RemedialActions {
		keep("input_schema "+decided.RemedialActions[i].SysID, &decided.RemedialActions[i].InputSchema)
	}
	for i := range decided.Resolutions {
		keep("parameters "+decided.Resolutions[i].SysID, &decided.Resolutions[i].Parameters)
	}
	for i := range decided.NotificationContents {
		keep("translations "+decided.NotificationContents[i].SysID, &decided.NotificationContents[i].Translations)
	}
	for i := range decided.Channels {
		keep("config "+decided.Channels[i].SysID, &decided.Channels[i].Config)
	}
	for i := range decided.OutcomeReceivers {
		keep("config "+decided.OutcomeReceivers[i].SysID, &decided.OutcomeReceivers[i].Config)
	}
	for i := range decided.ServiceDesks {
		keep("config "+decided.ServiceDesks[i].SysID, &decided.ServiceDesks[i].Config)
	}
}
