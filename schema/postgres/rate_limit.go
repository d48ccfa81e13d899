package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// RateRules are the active rate limit rules.
func (d *DB) RateRules(ctx context.Context) (schema.RateRules, error) {
	var rules schema.RateRules
	err := d.selectAll(ctx, &rules, activeRateRules)
	return rules, fault("read the rate limit rules", err)
}

const activeRateRules = `
	SELECT r.sys_id, r.name, r.type, r.role, coalesce(u.user_name, '') AS user_name, r.rate_limit, r.active
	  FROM sys_rate_limit_rules r
	  LEFT JOIN sys_user u ON u.sys_id = r."user"
	 WHERE r.active
	 ORDER BY r.name`

// AddRequests adds to the counts of one hour, each of a rule and an account once, and gives all counts of that hour, other
// processes' as well. What is counted for a rule or an account that is gone by now is forgotten. A call that is repeated counts
// twice: whoever lost the answer to one is at most too strict, for the rest of the hour.
func (d *DB) AddRequests(ctx context.Context, hour time.Time, added []schema.RateCount) ([]schema.RateCount, error) {
	rules, users, counts := make([]string, len(added)), make([]string, len(added)), make([]int64, len(added))
	for i, a := range added {
		rules[i], users[i], counts[i] = a.Rule, a.User, int64(a.Count)
	}
	var all []schema.RateCount
	err := d.selectAll(ctx, &all, addRequests, hour, pq.Array(rules), pq.Array(users), pq.Array(counts))
	return all, fault("count requests", err)
}

// Two processes that add to the same rows lock them in one order. A row that is added to is read from added: the rest of the
// statement sees it as it was before.
const addRequests = `
	WITH added AS (
	  INSERT INTO sys_rate_limit_count AS c (hour, rule, "user", count)
	  SELECT $1, r.sys_id, u.sys_id, new.count
	    FROM unnest($2::text[], $3::text[], $4::bigint[]) AS new (rule, "user", count)
	    JOIN sys_rate_limit_rules r ON r.sys_id = new.rule
	    JOIN sys_user u             ON u.sys_id = new."user"
	   ORDER BY r.sys_id, u.sys_id
	      ON CONFLICT (hour, rule, "user") DO UPDATE
	     SET count = c.count + excluded.count
	  RETURNING hour, rule, "user", count)
	SELECT hour, rule, "user", count FROM added
	 UNION ALL
	SELECT c.hour, c.rule, c."user", c.count
	  FROM sys_rate_limit_count c
	 WHERE c.hour = $1 AND NOT EXISTS (SELECT FROM added a WHERE a.rule = c.rule AND a."user" = c."user")`

// ForgetRequests removes the counts of the hours that began before.
func (d *DB) ForgetRequests(ctx context.Context, before time.Time) error {
	_, err := d.exec(ctx, `DELETE FROM sys_rate_limit_count WHERE hour < $1`, before)
	return fault("forget counted requests", err)
}
