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

// CriteriaList is one of the lists of user criteria that says something, and whether it fits a person.
type CriteriaList struct {
	Name  string   `json:"list"` // users, roles, departments or locations
	Names []string `json:"names"`
	Fits  bool     `json:"fits"`
}

// Lists are those that say something.
func (u UserCriteria) Lists(t Traits) (said []CriteriaList) {
	for _, list := range []struct {
		name  string
		names []string
		has   func(string) bool
	}{
		{"users", u.Users, func(name string) bool { return strings.EqualFold(name, t.UserName) }},
		{"roles", u.Roles, func(name string) bool { return slices.Contains(t.Roles, name) }},
		{"departments", u.Departments, func(name string) bool { return strings.EqualFold(name, t.Department) }},
		{"locations", u.Locations, func(name string) bool { return strings.EqualFold(name, t.Location) }},
	} {
		if len(list.names) > 0 {
			said = append(said, CriteriaList{list.name, list.names, slices.ContainsFunc(list.names, list.has)})
		}
	}
	return said
}

// Matches tells whether a person belongs to the group. Criteria that say nothing match nobody.
func (u UserCriteria) Matches(t Traits) bool {
	said, fit := u.Lists(t), 0
	for _, list := range said {
		if list.Fits {
			fit++
		}
	}
	if u.MatchAll {
		return len(said) > 0 && fit == len(said)
	}
	return fit > 0
}
