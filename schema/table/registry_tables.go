package table

var provider = Table{
	Name: "sn_pren_provider", Label: "Provider", Display: "provider_code", Binding: IsProvider,
	Fields: fields(
		text("provider_code", "Provider code").key().card(),
		text("name", "Name").write().card(),
		flag("active", "Active").write(),
	),
}

var template = Table{
	Name: "sn_pren_issue_registry_template", Label: "Issue registry template", Display: "reference_name", Binding: HasOwner,
	Fields: fields(known()...),
}

var issueRegistry = Table{
	Name: "sn_pren_issue_registry", Label: "Issue registry", Display: "reference_name", Binding: HasOwner,
	Fields: fields(append(known(),
		reference("template", "Template", "sn_pren_issue_registry_template"),
		flag("active", "Active").write(),
		reference("deployed_version", "Deployed from version", "sn_pren_version"),
		choice("update_status", "Update status", String, Choice{"up_to_date", "Up to date"}, Choice{"update_available", "Update available"},
			Choice{"update_ignored", "Update ignored"}, Choice{"manual_update_pending", "Manual update pending"}).derived(), // as schema.Deployment.Status has it
		choice("update_decision", "Update decision", String, Choice{"", ""}, Choice{"ignored", "Ignored"}, Choice{"manual", "Manual"}),
		reference("decided_version", "Decided about version", "sn_pren_version"),
	)...),
}

// version is what a row of the catalogue said, from one change to the next. Its payload shows what the row's own table shows to the same
// roles: none of these tables has a secret.
var version = Table{
	Name: "sn_pren_version", Label: "Version", Display: "name", Binding: OfVersion,
	Fields: []Field{
		readOnlyID(),
		text("name", "Name").card(),
		text("table", "Table").stored(InLower).card(),
		text("record", "Record").stored(InLower),
		integer("number", "Number").card(),
		choice("state", "State", String, Choice{"current", "Current"}, Choice{"previous", "Previous"}).stored(InLower),
		document("payload", "Payload"),
		dateTime("sys_created_on", "Created"),
		text("sys_created_by", "Created by"),
	},
}

// known is what the template and the registry know about an issue.
func known() []Field {
	return []Field{
		reference("provider", "Provider", "sn_pren_provider").key().card(),
		text("issue_code", "Issue code").key().card(),
		text("reference_name", "Reference name").write().card(),
		text("short_description", "Short description").max(mediumText).write().card(),
		reference("resolution", "Resolution", "sn_pren_resolution").write(),
		reference("notification_content", "Notification content", "sn_pren_notification_content").write(),
		choice("engagement", "Engagement", String, Choice{"engage", "Engage"}, Choice{"silent", "Silent"}, Choice{"notify_only", "Notify only"}).write(),
		flag("consent", "Consent").write(),
		choice("fallback", "Fallback", String, Choice{"incident", "Incident"}, Choice{"live_agent", "Live agent"}, Choice{"none", "None"}).write(),
		integer("action_wait_seconds", "Action wait (seconds)").write(),
		list("next_codes", "Next codes").write(),
		text("assignment_group", "Assignment group").write(),
		choice("impact", "Impact", Integer, levels...).write(),
		choice("urgency", "Urgency", Integer, levels...).write(),
		list("channels", "Notification channels").write(),
		list("include", "Include user criteria").write(),
		list("exclude", "Exclude user criteria").write(),
		choice("category", "Category", String, Choice{"", ""}, Choice{"device", "Device"}, Choice{"application", "Application"}).write(),
		integer("user_limit", "User limit").write(),
		integer("user_limit_window_seconds", "User limit window (seconds)").write(),
		integer("accept_seconds", "Time to accept (seconds)").write(),
		integer("consent_seconds", "Time to consent (seconds)").write(),
		integer("confirm_seconds", "Time to confirm (seconds)").write(),
	}
}

// levels are ServiceNow's of impact and urgency.
var levels = []Choice{{"1", "1 - High"}, {"2", "2 - Medium"}, {"3", "3 - Low"}}

var resolution = Table{
	Name: "sn_pren_resolution", Label: "Resolution", Display: "name",
	Fields: fields(
		text("name", "Name").need().card(),
		choice("type", "Type", String, Choice{"remedial_action", "Remedial action"}, Choice{"self_help", "Self-help"}, Choice{"url", "URL"},
			Choice{"create_incident", "Create incident"}).need().card(),
		reference("remedial_action", "Remedial action", "sn_reacf_remedial_action").write(),
		document("parameters", "Parameters").write(),
		choice("on_success", "On success", String, Choice{"close", "Close"}, Choice{"action_wait", "Wait for the next action"}).write(),
		texts("instructions", "Instructions").write(),
		document("translations", "Translations").write(),
		text("url", "URL").max(mediumText).write(),
		flag("active", "Active").write(),
	),
}

var remedialAction = Table{
	Name: "sn_reacf_remedial_action", Label: "Remedial action", Display: "name",
	Fields: fields(
		text("name", "Name").need().card(),
		choice("kind", "Kind", String, Choice{"subflow", "Subflow"}, Choice{"flow_action", "Flow action"}, Choice{"ci_action", "CI action"}).need().card(),
		text("target", "Target").need(),
		text("task_queue", "Task queue").write(),
		document("input_schema", "Input schema").write(),
		list("from_report", "From report").write(),
		integer("timeout_seconds", "Timeout (seconds)").write(),
		integer("offer_for_seconds", "Offer for (seconds)").write(),
		integer("attempts", "Attempts").write(),
		flag("idempotent", "Idempotent").write(),
		flag("sensitive", "Sensitive").write(),
		flag("active", "Active").write(),
	),
}

var notificationContent = Table{
	Name: "sn_pren_notification_content", Label: "Notification content", Display: "name",
	Fields: fields(
		text("name", "Name").need().card(),
		text("prompt", "Prompt").max(mediumText).write(),
		text("consent_text", "Consent text").max(mediumText).write(),
		document("translations", "Translations").write(),
		flag("active", "Active").write(),
	),
}

// A channel's config holds no secret: {"$secret": "NAME"} stands for each.
var notificationChannel = Table{
	Name: "sn_pren_notification_channel", Label: "Notification channel", Display: "name",
	Fields: fields(
		text("name", "Name").need().card(),
		choice("type", "Type", String, Choice{"email", "Email"}, Choice{"webhook", "Webhook"}, Choice{"desktop", "Desktop"}).need().card(),
		choice("audience", "Audience", String, Choice{"person", "Person"}, Choice{"desk", "Service desk"}).write(),
		integer("attempts", "Attempts").write(),
		document("config", "Configuration").write(),
		flag("active", "Active").write(),
	),
}

var userCriteria = Table{
	Name: "user_criteria", Label: "User criteria", Display: "name",
	Fields: fields(
		text("name", "Name").need().card(),
		list("users", "Users").write(),
		list("roles", "Roles").write(),
		texts("departments", "Departments").write(),
		texts("locations", "Locations").write(),
		flag("match_all", "Match all").write(),
		flag("active", "Active").write(),
	),
}
