package table

var experienceIssue = Table{
	Name: "sn_pren_experience_issue", Label: "Experience issue", Display: "experience_id", Binding: HasOwner,
	Fields: []Field{
		readOnlyID(),
		text("experience_id", "Experience ID").stored(AsDifferent).card(),
		reference("provider", "Provider", "sn_pren_provider"),
		reference("registry", "Issue registry", "sn_pren_issue_registry"),
		reference("user", "User", "sys_user"),
		reference("ci", "Configuration item", "cmdb_ci_computer").stored(AsDifferent), // as reported, so it may be anything
		choice("state", "State", String, Choice{"open", "Open"}, Choice{"in_progress", "In progress"}, Choice{"action_wait", "Action wait"},
			Choice{"closed_complete", "Closed complete"}, Choice{"closed_incomplete", "Closed incomplete"}, Choice{"closed_skipped", "Closed skipped"},
			Choice{"closed_cancelled", "Closed cancelled"}).stored(InLower).card(),
		flag("active", "Active").derived().card(), // until it is closed
		text("end_reason", "End reason").card(),
		integer("step", "Step"),
		integer("events", "Events"),
		dateTime("wait_until", "Waits until"),
		dateTime("due_at", "Due"),
		text("fallback_result", "Fallback result"),
		reference("incident", "Incident", "incident"),
		reference("interaction", "Interaction", "interaction"),
		dateTime("sys_created_on", "Created"),
		text("sys_created_by", "Created by"),
		dateTime("sys_updated_on", "Updated"),
		dateTime("closed_on", "Closed"),
	},
}

// What reports say, what actions get and what they give back may name people and hold what only their owners know: the reading of issues
// is not enough for that.
var experienceIssueStep = Table{
	Name: "sn_pren_experience_issue_step", Label: "Experience issue step", Display: "sys_id", Binding: OfIssue,
	Fields: []Field{
		readOnlyID(),
		reference("issue", "Experience issue", "sn_pren_experience_issue"),
		integer("step", "Step"),
		reference("registry", "Issue registry", "sn_pren_issue_registry"),
		reference("resolution", "Resolution", "sn_pren_resolution"),
		reference("ci", "Configuration item", "cmdb_ci_computer").stored(AsDifferent), // as reported, so it may be anything
		document("input_parameters", "Input parameters").only(engagementAdmin),
		document("investigative_details", "Investigative details").only(engagementAdmin),
		document("parameters", "Parameters").only(engagementAdmin),
		text("detail", "Detail"),
		document("output", "Output").only(engagementAdmin),
		reference("registry_version", "Version of the registry row", "sn_pren_version"),
		reference("resolution_version", "Version of the resolution", "sn_pren_version"),
		reference("action_version", "Version of the remedial action", "sn_pren_version"),
		dateTime("begun_on", "Begun"),
		dateTime("ended_on", "Ended"),
		dateTime("sys_created_on", "Created"),
		text("sys_created_by", "Created by"),
	},
}

var experienceIssueEvent = Table{
	Name: "sn_pren_experience_issue_event", Label: "Experience issue event", Display: "event", Binding: OfIssue,
	Fields: []Field{
		derivedID(),
		reference("issue", "Experience issue", "sn_pren_experience_issue"),
		integer("number", "Number"),
		integer("step", "Step"),
		text("event", "Event"),
		text("detail", "Detail"),
		dateTime("sys_created_on", "Created"),
		text("sys_created_by", "Created by"),
	},
}
