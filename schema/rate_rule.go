package schema

import (
	"strings"
	"time"
)

// RateRuleType is whose requests a rate limit rule counts; each of them has a count of their own.
type RateRuleType string

// The types, as ServiceNow has them.
const (
	RateAllUsers      RateRuleType = "all_users"
	RateUsersWithRole RateRuleType = "users_with_role"
	RateUser          RateRuleType = "user"
)

// RateRule says how many requests an account may make in one hour of the clock.
type RateRule struct {
	SysID  string       `db:"sys_id"`
	Name   string       `db:"name"`
	Type   RateRuleType `db:"type"`
	Role   Role         `db:"role"`       // of RateUsersWithRole
	User   string       `db:"user_name"`  // user_name, without regard to case; of RateUser
	Limit  int          `db:"rate_limit"` // requests per hour
	Active bool         `db:"active"`
}

// RateRules are all rules there are.
type RateRules []RateRule

// For is the one rule that counts for an account; nil when there is none. "Rules set for Single user override rules for All users
// and rules for Users with role. Rules set for Users with role override rules for All users"; of several of one type "the rule
// allowing the lowest number of requests applies" (ServiceNow, "Inbound REST API rate limiting").
func (rs RateRules) For(a Account) *RateRule {
	var best *RateRule
	for i, r := range rs {
		if !r.Active || !r.about(a) {
			continue
		}
		if best == nil || ratePriority[r.Type] > ratePriority[best.Type] || r.Type == best.Type && r.Limit < best.Limit {
			best = &rs[i]
		}
	}
	return best
}

var ratePriority = map[RateRuleType]int{RateAllUsers: 1, RateUsersWithRole: 2, RateUser: 3}

func (r RateRule) about(a Account) bool {
	switch r.Type {
	case RateUser:
		return strings.EqualFold(r.User, a.UserName)
	case RateUsersWithRole:
		return a.Roles.Has(r.Role)
	}
	return true
}

// RateCount is how many requests of an account a rule has counted in the hour that began at Hour.
type RateCount struct {
	Hour  time.Time `db:"hour"`
	Rule  string    `db:"rule"` // sys_id
	User  string    `db:"user"` // sys_id
	Count int       `db:"count"`
}
