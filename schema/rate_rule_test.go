package schema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// "Rules set for Single user override rules for All users and rules for Users with role. Rules set for Users with role override rules
// for All users. If a user has two or more roles matching the criteria of multiple rate limiting rules for a REST API resource, the
// rule allowing the lowest number of requests applies."
func TestWhichRateRuleCounts(t *testing.T) {
	all := schema.RateRule{Name: "all", Type: schema.RateAllUsers, Limit: 2, Active: true}
	create := schema.RateRule{Name: "create", Type: schema.RateUsersWithRole, Role: schema.RoleCreate, Limit: 5, Active: true}
	read := schema.RateRule{Name: "read", Type: schema.RateUsersWithRole, Role: schema.RoleRead, Limit: 3, Active: true}
	tool := schema.RateRule{Name: "tool", Type: schema.RateUser, User: "Tool", Limit: 10, Active: true}
	off := func(r schema.RateRule) schema.RateRule { r.Active = false; return r }
	account := func(name string, roles ...schema.Role) schema.Account {
		return schema.Account{UserName: name, Roles: roles}
	}
	for name, c := range map[string]struct {
		rules   schema.RateRules
		account schema.Account
		want    string
	}{
		"there is none":                         {nil, account("tool"), ""},
		"all users, whatever their roles":       {schema.RateRules{all}, account("tool", schema.RoleCreate), "all"},
		"the role before all users":             {schema.RateRules{all, create}, account("other", schema.RoleCreate), "create"},
		"all users for who lacks the role":      {schema.RateRules{create, all}, account("other", schema.RoleRead), "all"},
		"the lowest of two roles":               {schema.RateRules{create, read}, account("other", schema.RoleCreate, schema.RoleRead), "read"},
		"in whatever order they stand":          {schema.RateRules{read, create}, account("other", schema.RoleCreate, schema.RoleRead), "read"},
		"a role that contains the role":         {schema.RateRules{all, read}, account("other", schema.RoleEngagementAdmin), "read"},
		"the user before all, the higher too":   {schema.RateRules{tool, read, create, all}, account("tool", schema.RoleCreate, schema.RoleRead), "tool"},
		"another user":                          {schema.RateRules{tool}, account("tools"), ""},
		"one that is not active does not count": {schema.RateRules{off(tool), all}, account("tool"), "all"},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.rules.For(c.account)
			if c.want == "" {
				require.Nil(t, got)
				return
			}
			require.NotNil(t, got)
			require.Equal(t, c.want, got.Name)
		})
	}
}
