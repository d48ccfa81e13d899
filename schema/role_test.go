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
		{Roles{RoleSolutionProvider}, RoleTemplateWrite, true},
		{Roles{RoleSolutionProvider}, RoleRegistryWrite, false},
		{Roles{RoleTemplateWrite}, RoleRegistryWrite, false},
		{Roles{RoleEngagementAdmin}, RoleTemplateWrite, true},
		{Roles{RoleEngagementAdmin}, RoleRegistryWrite, true},
		{Roles{RoleEngagementAdmin}, RoleSolutionProvider, true},
		{Roles{RoleEngagementAdmin}, RoleServiceDesk, false},
		{Roles{RoleServiceDesk}, RoleRead, false},
		{Roles{RoleAdmin}, RoleServiceDesk, true},
		{nil, RoleRead, false},
		{Roles{"boss"}, RoleRead, false},
	} {
		if c.given.Has(c.asked) != c.has {
			t.Errorf("%v has %s: want %v", c.given, c.asked, c.has)
		}
	}
	for _, r := range AllRoles() {
		if !(Roles{RoleAdmin}).Has(r) {
			t.Errorf("an admin has no %s", r)
		}
		for _, held := range contains[r] {
			for _, deeper := range contains[held] {
				if !(Roles{r}).Has(deeper) {
					t.Errorf("%s contains %s and not what that contains: %s", r, held, deeper)
				}
			}
		}
		if !r.Known() {
			t.Errorf("%s is listed and not known", r)
		}
	}
	if Role("boss").Known() || len(AllRoles()) != len(contains) {
		t.Error("the list of roles is not closed")
	}
}
