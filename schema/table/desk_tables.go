package table

var incident = Table{
	Name: "incident", Label: "Incident", Display: "number", Binding: OfDesk,
	Fields: fields(
		text("number", "Number").stored(InUpper).card(),
		reference("caller_id", "Caller", "sys_user").need(),
		reference("cmdb_ci", "Configuration item", "cmdb_ci_computer").stored(AsDifferent).max(mediumText).write(), // as reported, so it may be anything
		text("short_description", "Short description").max(mediumText).need().card(),
		text("description", "Description").max(longText).write(),
		text("work_notes", "Work notes").max(longText).journal(),
		text("contact_type", "Contact type").write(),
		choice("state", "State", String, Choice{"1", "New"}, Choice{"2", "In Progress"}, Choice{"3", "On Hold"}, Choice{"6", "Resolved"},
			Choice{"7", "Closed"}, Choice{"8", "Canceled"}).write().card(),
		flag("active", "Active").derived().card(), // until it is resolved, closed or canceled
		choice("impact", "Impact", Integer, levels...).write(),
		choice("urgency", "Urgency", Integer, levels...).write(),
		choice("priority", "Priority", Integer, Choice{"1", "1 - Critical"}, Choice{"2", "2 - High"}, Choice{"3", "3 - Moderate"}, Choice{"4", "4 - Low"},
			Choice{"5", "5 - Planning"}), // follows from impact and urgency
		text("assignment_group", "Assignment group").write(),
		text("correlation_id", "Correlation ID").stored(AsDifferent).tie(),
		text("correlation_display", "Correlation display").tie(),
		text("close_code", "Close code").write(),
		text("close_notes", "Close notes").max(mediumText).write(),
		text("foreign_sys_id", "Foreign sys ID"), // in the service desk's own system
		text("foreign_number", "Foreign number"),
		text("origin_table", "Origin table"),
		text("origin_id", "Origin").stored(InLower),
		document("investigative_details", "Investigative details"),
		dateTime("opened_at", "Opened").as("sys_created_on"),
	),
}

var interaction = Table{
	Name: "interaction", Label: "Interaction", Display: "number", Binding: OfOrigin,
	Fields: fields(
		text("number", "Number").stored(InUpper).card(),
		reference("opened_for", "Opened for", "sys_user"),
		text("type", "Type"),
		choice("state", "State", String, Choice{"new", "New"}, Choice{"work_in_progress", "Work in Progress"}, Choice{"on_hold", "On Hold"},
			Choice{"closed_complete", "Closed Complete"}, Choice{"closed_abandoned", "Closed Abandoned"}).write().card(),
		flag("active", "Active").derived().card(), // until it is closed
		text("short_description", "Short description").max(mediumText).write().card(),
		text("description", "Description").max(longText).write(),
		text("work_notes", "Work notes").max(longText).journal(),
		text("assignment_group", "Assignment group").write(),
		text("correlation_id", "Correlation ID").stored(AsDifferent),
		text("origin_table", "Origin table"),
		text("origin_id", "Origin").stored(InLower),
		dateTime("opened_at", "Opened").as("sys_created_on"),
	),
}

var computer = Table{
	Name: "cmdb_ci_computer", Label: "Computer", Display: "name",
	Fields: fields(
		text("name", "Name").need().card(),
		text("os", "Operating system").write().card(),
		reference("assigned_to", "Assigned to", "sys_user").write(),
	),
}
