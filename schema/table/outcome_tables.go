package table

var outcome = Table{
	Name: "sn_pren_outcome", Label: "Outcome", Display: "sys_id", Binding: OfIssue,
	Fields: []Field{
		readOnlyID(),
		reference("issue", "Experience issue", "sn_pren_experience_issue"),
		reference("provider", "Provider", "sn_pren_provider"),
		text("experience_id", "Experience ID").stored(AsDifferent),
		text("issue_code", "Issue code"),
		integer("step", "Step"),
		text("state", "State").stored(InLower),
		text("end_reason", "End reason"),
		integer("sequence", "Sequence"),
		dateTime("sys_created_on", "Created"),
	},
}

// delivery is an outcome on its way to a provider, or an incident on its way to the service desk's own system.
var delivery = Table{
	Name: "sn_pren_delivery", Label: "Delivery", Display: "sys_id", Binding: OfIssue,
	Fields: []Field{
		readOnlyID(),
		text("receiver", "Receiver").stored(InLower),
		reference("outcome", "Outcome", "sn_pren_outcome"),
		reference("incident", "Incident", "incident"),
		reference("issue", "Experience issue", "sn_pren_experience_issue"),
		choice("state", "State", String, Choice{"pending", "Pending"}, Choice{"delivered", "Delivered"}, Choice{"given_up", "Given up"}).stored(InLower),
		integer("attempts", "Attempts"),
		dateTime("not_before", "Next try"),
		dateTime("since", "Asked for"),
		integer("give_up_after_seconds", "Gives up after, in seconds"),
		text("detail", "Detail"),
		dateTime("ended_on", "Ended"),
		dateTime("sys_created_on", "Created"),
	},
}

var deliveryAttempt = Table{
	Name: "sn_pren_delivery_attempt", Label: "Delivery attempt", Display: "sys_id", Binding: OfNobody,
	Fields: []Field{
		readOnlyID(),
		reference("delivery", "Delivery", "sn_pren_delivery"),
		integer("attempt", "Attempt"),
		integer("status", "Status"), // of the answer; 0 without one
		integer("duration_ms", "Duration in milliseconds"),
		text("detail", "Detail"),
		dateTime("next_try", "Next try"),
		dateTime("sys_created_on", "Created"),
	},
}

// receiver and ownDesk are changed by apply, which knows what their config may say.
var receiver = Table{
	Name: "sn_pren_outcome_receiver", Label: "Outcome receiver", Display: "provider", Binding: HasOwner,
	Fields: append([]Field{
		readOnlyID(),
		reference("provider", "Provider", "sn_pren_provider"),
		list("states", "States"),
		document("config", "Configuration"),
		integer("give_up_after_seconds", "Gives up after, in seconds"),
		flag("active", "Active"),
	}, history()...),
}

var ownDesk = Table{
	Name: "sn_pren_service_desk", Label: "Service desk", Display: "name", Binding: OfNobody,
	Fields: append([]Field{
		readOnlyID(),
		text("name", "Name"),
		text("type", "Type").stored(InLower),
		document("config", "Configuration"),
		integer("give_up_after_seconds", "Gives up after, in seconds"),
		flag("active", "Active"),
	}, history()...),
}
