package schema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestWhoBelongsToAGroup(t *testing.T) {
	abel := schema.Traits{UserName: "abel.tuter", Roles: []string{"vip", "trainer"}, Department: "Finance", Location: "Zug"}
	for name, c := range map[string]struct {
		criteria schema.UserCriteria
		any, all bool
	}{
		"nothing is said":                       {schema.UserCriteria{}, false, false},
		"by name, without regard to case":       {schema.UserCriteria{Users: []string{"beth.anglin", "Abel.Tuter"}}, true, true},
		"another's name":                        {schema.UserCriteria{Users: []string{"abel"}}, false, false},
		"by one role of several":                {schema.UserCriteria{Roles: []string{"trainer"}}, true, true},
		"by none":                               {schema.UserCriteria{Roles: []string{"VIP"}}, false, false},
		"by department":                         {schema.UserCriteria{Departments: []string{"Sales", "finance"}}, true, true},
		"by location":                           {schema.UserCriteria{Locations: []string{"ZUG"}}, true, true},
		"one list of two":                       {schema.UserCriteria{Locations: []string{"Bern"}, Departments: []string{"Finance"}}, true, false},
		"both lists":                            {schema.UserCriteria{Locations: []string{"Zug"}, Departments: []string{"Finance"}}, true, true},
		"all four":                              {schema.UserCriteria{Users: []string{"abel.tuter"}, Roles: []string{"vip"}, Departments: []string{"Finance"}, Locations: []string{"Zug"}}, true, true},
		"a department is no location":           {schema.UserCriteria{Locations: []string{"Finance"}}, false, false},
		"three of four, one of them a stranger": {schema.UserCriteria{Users: []string{"beth.anglin"}, Roles: []string{"vip"}, Departments: []string{"Finance"}, Locations: []string{"Zug"}}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.any, c.criteria.Matches(abel))
			c.criteria.MatchAll = true
			require.Equal(t, c.all, c.criteria.Matches(abel))
		})
	}
}
