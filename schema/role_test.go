package schema

import "testing"

func TestRolesContainOthers(t *testing.T) {
	for _, c := range []struct {
		given Roles
		asked Role
		has   bool
	}{
		{Roles{RoleCreate}, RoleCreate, true},
		{Roles{RoleCreate}, RoleRead, false},
		{Roles{RoleRead}, RoleCreate, false},
		{Roles{RoleCreate, RoleRead}, RoleEngagementAdmin, false},
		{Roles{RoleEngagementAdmin}, RoleCreate, true},
		{Roles{RoleEngagementAdmin}, RoleRead, true},
		{Roles{RoleEngagementAdmin}, RoleAdmin, false},
		{Roles{RoleAdmin}, RoleEngagementAdmin, true},
		{Roles{RoleAdmin}, RoleCreate, true},
		{Roles{RoleAdmin}, RoleRead, true},
		{nil, RoleRead, false},
		{Roles{"boss"}, RoleRead, false},
	} {
		if c.given.Has(c.asked) != c.has {
			t.Errorf("%v has %s: want %v", c.given, c.asked, c.has)
		}
	}
	for _, r := range AllRoles() {
		if !r.Known() {
			t.Errorf("%s is listed and not known", r)
		}
	}
	if Role("boss").Known() || len(AllRoles()) != len(contains) {
		t.Error("the list of roles is not closed")
	}
}
