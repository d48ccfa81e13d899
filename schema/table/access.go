package table

import (
	"slices"

	"proactive/schema"
)

// Access says which roles may do what with the rows of a table: any of those named, or one that contains it. No role: nobody may.
type Access struct{ Read, Create, Write, Delete schema.Roles }

// Verb is what is done with rows.
type Verb string

// The verbs.
const (
	Read   Verb = "read"
	Create Verb = "create"
	Write  Verb = "write"
	Delete Verb = "delete"
)

// Allows tells whether somebody with these roles may.
func (a Access) Allows(v Verb, roles schema.Roles) bool {
	return slices.ContainsFunc(a.For(v), roles.Has)
}

// For gives the roles that may; none where nobody may.
func (a Access) For(v Verb) schema.Roles {
	return map[Verb]schema.Roles{Read: a.Read, Create: a.Create, Write: a.Write, Delete: a.Delete}[v]
}

// access is who may do what. sn_pren.engagement_admin contains the roles for templates, registry and issues, and admin contains every role.
var access = map[string]Access{
	//                                    read                  create         write          delete
	"sn_pren_provider":                {anyRegistryRole, engagementAdmin, engagementAdmin, engagementAdmin},
	"sn_pren_issue_registry_template": {registryAuthors, templateWrite, templateWrite, templateWrite},
	"sn_pren_issue_registry":          {registryAuthors, registryWrite, registryWrite, registryWrite},
	"sn_pren_resolution":              {registryAuthors, registryWrite, registryWrite, registryWrite},
	"sn_pren_notification_content":    {registryAuthors, registryWrite, registryWrite, registryWrite},
	"sn_reacf_remedial_action":        {registryAuthors, registryWrite, registryWrite, registryWrite},
	"user_criteria":                   {registryAuthors, registryWrite, registryWrite, registryWrite},
	"sn_pren_notification_channel":    {registryAuthors, engagementAdmin, engagementAdmin, engagementAdmin},

	"sn_pren_version": {registryAuthors, nobody, nobody, nobody}, // made by every change

	"sn_pren_experience_issue":       {issueRead, nobody, nobody, nobody},
	"sn_pren_experience_issue_step":  {issueRead, nobody, nobody, nobody},
	"sn_pren_experience_issue_event": {issueRead, nobody, nobody, nobody},

	"sn_pren_outcome":          {issueRead, nobody, nobody, nobody},
	"sn_pren_delivery":         {issueRead, nobody, nobody, nobody},
	"sn_pren_delivery_attempt": {issueRead, nobody, nobody, nobody},
	"sn_pren_outcome_receiver": {engagementAdmin, nobody, nobody, nobody}, // by apply
	"sn_pren_service_desk":     {engagementAdmin, nobody, nobody, nobody},

	"incident":         {serviceDesk, serviceDesk, serviceDesk, admin},
	"interaction":      {serviceDesk, nobody, serviceDesk, admin},
	"cmdb_ci_computer": {serviceDesk, admin, admin, admin},

	"sys_user":                 {admin, admin, admin, admin},
	"sys_user_has_role":        {admin, admin, nobody, admin},
	"sn_pren_account_provider": {admin, admin, nobody, admin},
	"sys_properties":           {admin, admin, admin, admin},
	"sys_rate_limit_rules":     {admin, admin, admin, admin},
	"sys_audit":                {admin, nobody, nobody, nobody},
}

// The groups above.
var (
	nobody          schema.Roles
	admin           = schema.Roles{schema.RoleAdmin}
	serviceDesk     = schema.Roles{schema.RoleServiceDesk}
	issueRead       = schema.Roles{schema.RoleRead}
	templateWrite   = schema.Roles{schema.RoleTemplateWrite}
	registryWrite   = schema.Roles{schema.RoleRegistryWrite}
	engagementAdmin = schema.Roles{schema.RoleEngagementAdmin}
	registryAuthors = schema.Roles{schema.RoleTemplateWrite, schema.RoleRegistryWrite}
	anyRegistryRole = schema.Roles{schema.RoleTemplateWrite, schema.RoleRegistryWrite, schema.RoleRead}
)
