package postgres

import (
	"proactive/schema"
)

const upsertRateRule = `
	INSERT INTO sys_rate_limit_rules AS r
	       (sys_id, name, type, role, "user", rate_limit, active, sys_created_by, sys_updated_by)
	SELECT sys_id, name, type, role,
	       (SELECT u.sys_id FROM sys_user u WHERE lower(u.user_name) = lower(given."user") AND u.web_service_access_only), rate_limit, active,
	       sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sys_rate_limit_rules, $1) AS given
	    ON CONFLICT (sys_id) DO UPDATE
	   SET type = excluded.type, role = excluded.role, "user" = excluded."user", rate_limit = excluded.rate_limit,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = r.sys_mod_count + 1
	 WHERE (r.type, r.role, r."user", r.rate_limit, r.active)
	       IS DISTINCT FROM
	       (excluded.type, excluded.role, excluded."user", excluded.rate_limit, excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func rateRuleRow(r schema.RateRule) catalogueRow {
	return catalogueRow{r.SysID, r.Name, byColumn{"name": r.Name, "type": r.Type, "role": r.Role, "user": r.User,
		"rate_limit": r.Limit, "active": r.Active}}
}
