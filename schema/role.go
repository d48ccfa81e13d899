package schema

import "slices"

// Role is what an account may do. The names are ServiceNow's; the list is closed.
type Role string

// The roles.
const (
	RoleCreate           Role = "sn_pren.experience_issue_create"       // report issues
	RoleRead             Role = "sn_pren.experience_issue_read"         // read issues
	RoleTemplateWrite    Role = "sn_pren.issue_registry_template_write" // change the catalogue of known issues
	RoleRegistryWrite    Role = "sn_pren.issue_registry_write"          // change what is deployed and what it needs: resolutions, actions, texts
	RoleSolutionProvider Role = "sn_pren.solution_provider"             // brings solutions: contains the right to change templates
	RoleEngagementAdmin  Role = "sn_pren.engagement_admin"              // also cancels issues; contains all of the above
	RoleServiceDesk      Role = "itil"                                  // work on incidents
	RoleAdmin            Role = "admin"                                 // contains every role
)

// contains is what each role stands for besides itself, directly or through others.
var contains = map[Role][]Role{
	RoleCreate:           nil,
	RoleRead:             nil,
	RoleTemplateWrite:    nil,
	RoleRegistryWrite:    nil,
	RoleSolutionProvider: {RoleTemplateWrite},
	RoleEngagementAdmin:  {RoleCreate, RoleRead, RoleTemplateWrite, RoleRegistryWrite, RoleSolutionProvider},
	RoleServiceDesk:      nil,
	RoleAdmin:            {RoleEngagementAdmin, RoleCreate, RoleRead, RoleTemplateWrite, RoleRegistryWrite, RoleSolutionProvider, RoleServiceDesk},
}

// Known tells whether r is one of the list.
func (r Role) Known() bool { _, known := contains[r]; return known }

// AllRoles lists every role, for messages.
func AllRoles() Roles {
	return Roles{RoleCreate, RoleRead, RoleTemplateWrite, RoleRegistryWrite, RoleSolutionProvider, RoleEngagementAdmin, RoleServiceDesk, RoleAdmin}
}

// Roles are the roles that an account was given.
type Roles []Role

// Has tells whether an account with these roles may act as r: it was given r or a role that contains it.
func (rs Roles) Has(r Role) bool {
	return slices.ContainsFunc(rs, func(given Role) bool {
		return given == r || slices.Contains(contains[given], r)
	})
}
