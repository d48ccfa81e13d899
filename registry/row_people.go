package registry

import (
	"slices"

	"proactive/schema"
)

func providerRow(p schema.Provider) row {
	var fs fields
	fs.text("provider_code", p.Code)
	fs.text("name", p.Name)
	fs.flag("active", p.Active, true)
	return row{p.Code, p.SysID, fs}
}

func userRow(u schema.User) row {
	var fs fields
	fs.text("sys_id", u.SysID)
	fs.text("user_name", u.UserName)
	fs.text("first_name", u.FirstName)
	fs.text("last_name", u.LastName)
	fs.text("email", u.Email)
	fs.flag("active", u.Active, true)
	fs.flag("locked_out", u.LockedOut, false)
	fs.text("preferred_language", u.Language)
	fs.text("time_zone", u.TimeZone)
	fs.text("department", u.Department)
	fs.text("location", u.Location)
	fs.texts("roles", u.Roles)
	return row{u.UserName, u.SysID, fs}
}

func criteriaRow(u schema.UserCriteria) row {
	var fs fields
	fs.text("name", u.Name)
	fs.texts("users", u.Users)
	fs.texts("roles", u.Roles)
	fs.texts("departments", u.Departments)
	fs.texts("locations", u.Locations)
	fs.flag("match_all", u.MatchAll, false)
	fs.flag("active", u.Active, true)
	return row{u.Name, u.SysID, fs}
}

func accountRow(a schema.ServiceAccount) row {
	roles := make([]string, len(a.Roles))
	for i, role := range a.Roles {
		roles[i] = string(role)
	}
	slices.Sort(roles)
	var fs fields
	fs.text("user_name", a.UserName)
	fs.credential("password", a.PasswordHash)
	fs.credential("api_key", string(a.APIKeyHash))
	fs.texts("roles", roles)
	fs.texts("providers", a.Providers)
	fs.flag("active", a.Active, true)
	fs.flag("locked_out", a.LockedOut, false)
	return row{a.UserName, a.SysID, fs}
}

func rateRuleRow(r schema.RateRule) row {
	var fs fields
	fs.text("name", r.Name)
	fs.text("type", string(r.Type))
	fs.text("role", string(r.Role))
	fs.text("user", r.User)
	fs.number("rate_limit", r.Limit, 0)
	fs.flag("active", r.Active, true)
	return row{r.Name, r.SysID, fs}
}

func computerRow(ci schema.Computer) row {
	var fs fields
	fs.text("sys_id", ci.SysID)
	fs.text("name", ci.Name)
	fs.text("os", ci.OS)
	fs.text("assigned_to", ci.AssignedTo)
	return row{ci.Name, ci.SysID, fs}
}
