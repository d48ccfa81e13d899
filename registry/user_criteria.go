package registry

import "proactive/schema"

func (r *reader) userCriteria(o *object) {
	u := schema.UserCriteria{
		Name:        o.required("name"),
		Users:       o.set("users"),
		Roles:       o.set("roles"),
		Departments: o.set("departments"),
		Locations:   o.set("locations"),
		MatchAll:    o.flag("match_all", false),
		Active:      o.flag("active", true),
	}
	if len(u.Users)+len(u.Roles)+len(u.Departments)+len(u.Locations) == 0 {
		o.warn("name", "matches nobody: give it users, roles, departments or locations")
	}
	r.c.UserCriteria = append(r.c.UserCriteria, u)
}
