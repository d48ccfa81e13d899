package postgres

import (
	"proactive/schema"
)

const upsertUserCriteria = `
	INSERT INTO user_criteria AS u
	       (sys_id, name, users, roles, departments, locations, match_all, active, sys_created_by, sys_updated_by)
	SELECT sys_id, name, users, roles, departments, locations, match_all, active, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::user_criteria, $1)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET users = excluded.users, roles = excluded.roles, departments = excluded.departments,
	       locations = excluded.locations, match_all = excluded.match_all, active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = u.sys_mod_count + 1
	 WHERE (u.users, u.roles, u.departments, u.locations, u.match_all, u.active)
	       IS DISTINCT FROM
	       (excluded.users, excluded.roles, excluded.departments, excluded.locations, excluded.match_all, excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func userCriteriaRow(u schema.UserCriteria) catalogueRow {
	return catalogueRow{u.SysID, u.Name, byColumn{"name": u.Name, "users": list(u.Users), "roles": list(u.Roles),
		"departments": list(u.Departments), "locations": list(u.Locations), "match_all": u.MatchAll, "active": u.Active}}
}

// config is compared as text, like every column of type json.
const upsertChannel = `
	INSERT INTO sn_pren_notification_channel AS c
	       (sys_id, name, type, audience, attempts, config, active, sys_created_by, sys_updated_by)
	SELECT sys_id, name, type, audience, attempts, (config #>> '{}')::json, active, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sn_pren_notification_channel, $1)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET type = excluded.type, audience = excluded.audience, attempts = excluded.attempts, config = excluded.config,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = c.sys_mod_count + 1
	 WHERE (c.type, c.audience, c.attempts, c.config::text, c.active)
	       IS DISTINCT FROM
	       (excluded.type, excluded.audience, excluded.attempts, excluded.config::text, excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func channelRow(c schema.Channel) catalogueRow {
	return catalogueRow{c.SysID, c.Name, byColumn{"name": c.Name, "type": c.Type, "audience": c.Audience, "attempts": c.Attempts,
		"config": document(c.Config), "active": c.Active}}
}

const upsertNotificationContent = `
	INSERT INTO sn_pren_notification_content AS n
	       (sys_id, name, prompt, consent_text, translations, active, sys_created_by, sys_updated_by)
	SELECT sys_id, name, prompt, consent_text, (translations #>> '{}')::json, active, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sn_pren_notification_content, $1)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET prompt = excluded.prompt, consent_text = excluded.consent_text, translations = excluded.translations,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = n.sys_mod_count + 1
	 WHERE (n.prompt, n.consent_text, n.translations::text, n.active)
	       IS DISTINCT FROM
	       (excluded.prompt, excluded.consent_text, excluded.translations::text, excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func notificationContentRow(n schema.NotificationContent) catalogueRow {
	return catalogueRow{n.SysID, n.Name, byColumn{"name": n.Name, "prompt": n.Prompt, "consent_text": n.ConsentText,
		"translations": document(n.Translations), "active": n.Active}}
}
