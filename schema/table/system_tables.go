package table

var user = Table{
	Name: "sys_user", Label: "User", Display: "name",
	Fields: fields(
		text("user_name", "User ID").need().card(),
		text("name", "Name").derived().card(), // first_name and last_name, or user_name
		text("first_name", "First name").write().card(),
		text("last_name", "Last name").write().card(),
		text("email", "Email").write().card(),
		flag("active", "Active").write(),
		flag("locked_out", "Locked out").write(),
		flag("web_service_access_only", "Web service access only").fix(),
		text("user_password", "Password").secret("password_hash").write(),
		text("api_key", "API key").secret("api_key_hash").write(),
		text("roles", "Roles").derived(), // as granted, with commas between
		text("preferred_language", "Language").write(),
		text("time_zone", "Time zone").write(),
		text("department", "Department").write().card(),
		text("location", "Location").write().card(),
	),
}

var userHasRole = Table{
	Name: "sys_user_has_role", Label: "User role", Display: "role",
	Fields: []Field{
		derivedID(),
		reference("user", "User", "sys_user").need(),
		text("role", "Role").need(),
	},
}

// accountProvider binds a service account to a provider; one without a row speaks for all.
var accountProvider = Table{
	Name: "sn_pren_account_provider", Label: "Account provider", Display: "provider", Binding: OfNobody,
	Fields: []Field{
		derivedID(),
		reference("user", "User", "sys_user").need(),
		reference("provider", "Provider", "sn_pren_provider").need(),
	},
}

var property = Table{
	Name: "sys_properties", Label: "System property", Display: "name",
	Fields: []Field{
		derivedID(),
		text("name", "Name").stored(InLower).need().fix(),
		text("value", "Value").max(mediumText).need(),
		dateTime("sys_updated_on", "Updated"),
	},
}

var rateLimitRule = Table{
	Name: "sys_rate_limit_rules", Label: "Rate limit rule", Display: "name",
	Fields: fields(
		text("name", "Name").need(),
		choice("type", "Type", String, Choice{"all_users", "All users"}, Choice{"users_with_role", "Users with role"}, Choice{"user", "User"}).need(),
		text("role", "Role").write(),
		reference("user", "User", "sys_user").write(),
		integer("rate_limit", "Rate limit per hour").need(),
		flag("active", "Active").write(),
	),
}

var audit = Table{
	Name: "sys_audit", Label: "Audit", Display: "documentkey", Binding: OfNobody,
	Fields: []Field{
		readOnlyID(),
		text("tablename", "Table name").stored(InLower),
		text("documentkey", "Document key").stored(InLower),
		text("fieldname", "Field name").stored(InLower),
		text("oldvalue", "Old value"),
		text("newvalue", "New value"),
		text("user", "User"),
		dateTime("sys_created_on", "Created"),
	},
}
