package table

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestTheDictionaryHoldsTogether(t *testing.T) {
	require.Len(t, access, len(All()), "every line about access is about a table")
	for _, table := range All() {
		t.Run(table.Name, func(t *testing.T) {
			require.Same(t, table, Find(table.Name))
			require.Equal(t, SysID, table.Fields[0].Name)
			require.NotNil(t, table.Field(table.Display), "what names a row is a field")
			require.NotEmpty(t, table.Access.Read, "a table that nobody may read")
			require.Equal(t, table.Access.Create != nil || table.Access.Write != nil, slices.ContainsFunc(table.Fields, func(f Field) bool { return f.Writable }),
				"fields can be written where somebody may write rows")
			names := map[string]bool{}
			for _, f := range table.Fields {
				require.False(t, names[f.Name], f.Name)
				names[f.Name] = true
				require.NotEmpty(t, f.Label, f.Name)
				require.Equal(t, f.Type == Reference, f.Target() != nil, "%s refers to a table of the dictionary", f.Name)
				require.False(t, f.Secret && f.OnCard, f.Name)
				require.False(t, (f.Required || f.Fixed) && !f.Writable, f.Name)
			}
		})
	}
}

func TestRolesAllowWhatTheTableOfAccessSays(t *testing.T) {
	for _, c := range []struct {
		table string
		verb  Verb
		role  schema.Role
		may   bool
	}{
		{"incident", Read, schema.RoleServiceDesk, true},
		{"incident", Write, schema.RoleServiceDesk, true},
		{"incident", Delete, schema.RoleServiceDesk, false},
		{"incident", Delete, schema.RoleAdmin, true},
		{"incident", Read, schema.RoleEngagementAdmin, false},
		{"sys_user", Read, schema.RoleServiceDesk, false},
		{"sys_user", Read, schema.RoleEngagementAdmin, false},
		{"sys_user", Write, schema.RoleAdmin, true},
		{"sn_pren_issue_registry_template", Write, schema.RoleTemplateWrite, true},
		{"sn_pren_issue_registry_template", Write, schema.RoleSolutionProvider, true},
		{"sn_pren_issue_registry_template", Write, schema.RoleRegistryWrite, false},
		{"sn_pren_issue_registry", Write, schema.RoleTemplateWrite, false},
		{"sn_pren_issue_registry", Write, schema.RoleRegistryWrite, true},
		{"sn_pren_issue_registry", Write, schema.RoleEngagementAdmin, true},
		{"sn_pren_issue_registry", Read, schema.RoleCreate, false},
		{"sn_pren_experience_issue", Read, schema.RoleRead, true},
		{"sn_pren_experience_issue", Read, schema.RoleCreate, false},
		{"sn_pren_experience_issue_event", Write, schema.RoleAdmin, false},
		{"sn_pren_version", Read, schema.RoleRead, false},
		{"sn_pren_version", Read, schema.RoleTemplateWrite, true},
		{"sn_pren_account_provider", Read, schema.RoleEngagementAdmin, false},
		{"sn_pren_account_provider", Write, schema.RoleAdmin, false},
		{"sys_audit", Read, schema.RoleAdmin, true},
		{"sys_audit", Delete, schema.RoleAdmin, false},
	} {
		require.Equal(t, c.may, Find(c.table).Access.Allows(c.verb, schema.Roles{c.role}), "%s %s %s", c.role, c.verb, c.table)
	}
}

func TestWhatAStepGotAndGaveIsReadByWhoeverAdministersEngagement(t *testing.T) {
	step := Find("sn_pren_experience_issue_step")
	for _, name := range []string{"input_parameters", "investigative_details", "parameters", "output"} {
		_, err := step.Path(name, schema.Roles{schema.RoleRead, schema.RoleServiceDesk})
		require.EqualError(t, err, "sn_pren_experience_issue_step."+name+" can be read only with sn_pren.engagement_admin.")
		_, err = Parse(step, schema.Roles{schema.RoleRead}, name+"LIKEsecret")
		require.Error(t, err, "nor guessed piece by piece")
		_, err = Parse(step, schema.Roles{schema.RoleRead}, "ORDERBY"+name)
		require.Error(t, err)
		require.NotContains(t, step.ReadableBy(schema.Roles{schema.RoleRead}), Path{Field: step.Field(name)})
		require.Contains(t, step.ReadableBy(schema.Roles{schema.RoleEngagementAdmin}), Path{Field: step.Field(name)})
	}
	require.Contains(t, step.ReadableBy(schema.Roles{schema.RoleRead}), Path{Field: step.Field("detail")})
}

func TestAReferenceLeadsNoFurtherThanToWhatNamesARow(t *testing.T) {
	user := Find("sys_user")
	for name, may := range map[string]bool{"sys_id": true, "name": true, "user_name": true, "email": true, "roles": false, "locked_out": false, "user_password": false} {
		require.Equal(t, may, user.MaySee(user.Field(name), schema.Roles{schema.RoleServiceDesk}), name)
	}
	require.True(t, user.MaySee(user.Field("roles"), schema.Roles{schema.RoleAdmin}))
	require.False(t, user.MaySee(user.Field("user_password"), schema.Roles{schema.RoleAdmin}), "nobody reads a password")
}
