package postgres

import (
	"proactive/schema"
)

const upsertRateRule = `
	INSERT INTO sys_rate_limit_rules AS r
	       (sys_id, name, type, role, "user", rate_limit, active, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, (SELECT sys_id FROM sys_user WHERE lower(user_name) = lower($5) AND web_service_access_only), $6, $7, $8, $8)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET type = excluded.type, role = excluded.role, "user" = excluded."user", rate_limit = excluded.rate_limit,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = r.sys_mod_count + 1
	 WHERE (r.type, r.role, r."user", r.rate_limit, r.active)
	       IS DISTINCT FROM
	       (excluded.type, excluded.role, excluded."user", excluded.rate_limit, excluded.active)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) rateRule(r schema.RateRule) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertRateRule, r.SysID, r.Name, r.Type, r.Role, r.User, r.Limit, r.Active, w.by)
	return r.Name, what, err
}
