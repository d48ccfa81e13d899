package decide

import "proactive/schema"

// Whereabouts says why something that was looked up does not count, and what would help; both are "" when it counts.
func Whereabouts(l schema.Lookup) (why, helps string) {
	said := whereabouts[standing{l.Table, l.Standing}]
	return said.why, said.helps
}

type standing struct {
	table    string
	standing schema.Standing
}

// whereabouts are all the ways in which something can be found wanting.
var whereabouts = map[standing]struct{ why, helps string }{
	{"sn_pren_provider", schema.NotFound}: {"There is no provider with this provider_code.", "Send another provider, or add it to the catalogue."},
	{"sn_pren_provider", schema.Inactive}: {"The provider is found, but inactive.", "Set active on the provider."},

	{"sn_pren_issue_registry", schema.NotFound}:   {"The provider has no issue with this code.", "Send another issue_code, or add the issue to the catalogue and deploy it."},
	{"sn_pren_issue_registry", schema.Undeployed}: {"The issue has a template, but is not deployed.", "Deploy it: `proactive registry deploy`, or deployed: true in the catalogue."},
	{"sn_pren_issue_registry", schema.Inactive}:   {"The registry row is found, but inactive.", "Bring it back: `proactive registry deploy`, or deployed: true in the catalogue."},

	{"sn_pren_resolution", schema.NotNamed}:   {"The registry row names no resolution.", "Give the issue a resolution."},
	{"sn_pren_resolution", schema.Inactive}:   {"The resolution is found, but inactive.", "Set active on the resolution, or give the issue another one."},
	{"sn_pren_resolution", schema.Incomplete}: {"The resolution is found, but has not what its type needs.", "Give it instructions for self_help, or a url for url."},

	{"sn_reacf_remedial_action", schema.NotNamed}:   {"The resolution names no remedial action.", "Give the resolution a remedial action."},
	{"sn_reacf_remedial_action", schema.Inactive}:   {"The remedial action is found, but inactive.", "Set active on the remedial action, or give the resolution another one."},
	{"sn_reacf_remedial_action", schema.Incomplete}: {"The remedial action is found, but has no target.", "Give it a target: what is to be run."},

	{"sys_user", schema.NotFound}:    {"Nobody has this.", "Correct what is sent, or add the person."},
	{"sys_user", schema.Inactive}:    {"The person is found, but inactive.", "Set active on the person, if they are still here."},
	{"sys_user", schema.LockedOut}:   {"The person is found, but locked out.", "Clear locked_out on the person."},
	{"sys_user", schema.ForPrograms}: {"It is the account of a program (web_service_access_only), and not a person.", "Name the person who works at the computer."},

	{"cmdb_ci_computer", schema.NotFound}:   {"There is no computer with this sys_id in cmdb_ci_computer.", "Correct CI, which is the sys_id of a computer, or add the computer."},
	{"cmdb_ci_computer", schema.Unassigned}: {"The computer is found, but assigned to nobody.", "Assign it to its person, or name the person in the report."},

	{"sn_agent_token", schema.NotFound}: {"No agent was ever enrolled for the computer.", "Enrol one with `proactive enroll-agent`, if something is to be run there."},
	{"sn_agent_token", schema.Revoked}:  {"The token of the computer's agent was revoked.", "Enrol the agent again with `proactive enroll-agent`, if something is to be run there."},
}
