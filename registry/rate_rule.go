package registry

import (
	"strings"

	"proactive/schema"
)

// maxRate is more than a process can answer in an hour.
const maxRate = 1_000_000_000

func (r *reader) rateRule(o *object) {
	rule := schema.RateRule{
		Name:   o.required("name"),
		Type:   schema.RateRuleType(o.oneOf("type", "", string(schema.RateAllUsers), string(schema.RateUsersWithRole), string(schema.RateUser))),
		Role:   schema.Role(o.text("role")),
		User:   o.text("user"),
		Limit:  o.number("rate_limit", 0, 1, maxRate),
		Active: o.flag("active", true),
	}
	if rule.Type == "" && !r.reportedAt(o.at("type")) {
		o.report("type", "is missing: use all_users, users_with_role or user")
	}
	if !o.has("rate_limit") {
		o.report("rate_limit", "is missing: give it the number of requests per hour")
	}
	checkTypes(o, "rule", rule.Type, []typedField[schema.RateRuleType]{{"role", schema.RateUsersWithRole}, {"user", schema.RateUser}})
	switch {
	case rule.Type == schema.RateUsersWithRole && o.required("role") != "" && !rule.Role.Known():
		o.report("role", "there is no role %q: use %s", rule.Role, listed(schema.AllRoles()))
	case rule.Type == schema.RateUser:
		o.required("user")
	}
	r.c.RateRules = append(r.c.RateRules, rule)
}

// rateRule reports a rule about somebody who does not call.
func (k *checker) rateRule(row int, r schema.RateRule) {
	if r.Type != schema.RateUser || r.User == "" {
		return
	}
	who, known := k.users[strings.ToLower(r.User)]
	switch {
	case known && !who.account:
		k.fail(schema.SectionRateRules, row, "user", "%q is a person: only service accounts call the API", r.User)
	case !known && k.complete:
		k.fail(schema.SectionRateRules, row, "user", "there is no account %q, here or in the database: add one to service_accounts, or correct the name", r.User)
	}
}
