package schema

import (
	"slices"
	"strings"
)

// UserCriteria says who belongs to a group of people. A list that is empty says nothing.
type UserCriteria struct {
	SysID       string
	Name        string
	Users       []string // user_names, without regard to case
	Roles       []string
	Departments []string
	Locations   []string
	MatchAll    bool // every list that says something must fit, not one of them
	Active      bool
}

// Traits is what criteria look at in a person.
type Traits struct {
	UserName   string
	Roles      []string
	Department string
	Location   string
}

// Matches tells whether a person belongs to the group. Criteria that say nothing match nobody.
func (u UserCriteria) Matches(t Traits) bool {
	said, fit := 0, 0
	for _, list := range []struct {
		names []string
		has   func(string) bool
	}{
		{u.Users, func(name string) bool { return strings.EqualFold(name, t.UserName) }},
		{u.Roles, func(name string) bool { return slices.Contains(t.Roles, name) }},
		{u.Departments, func(name string) bool { return strings.EqualFold(name, t.Department) }},
		{u.Locations, func(name string) bool { return strings.EqualFold(name, t.Location) }},
	} {
		if len(list.names) == 0 {
			continue
		}
		said++
		if slices.ContainsFunc(list.names, list.has) {
			fit++
		}
	}
	if u.MatchAll {
		return said > 0 && fit == said
	}
	return fit > 0
}
