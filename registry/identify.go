package registry

import (
	"strings"

	"proactive/schema"
)

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
