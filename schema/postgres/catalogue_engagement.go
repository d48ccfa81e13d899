package postgres

import (
	"proactive/schema"
)

const upsertUserCriteria = `
	INSERT INTO user_criteria AS u
	       (sys_id, name, users, roles, departments, locations, match_all, active, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET users = excluded.users, roles = excluded.roles, departments = excluded.departments,
	       locations = excluded.locations, match_all = excluded.match_all, active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = u.sys_mod_count + 1
	 WHERE (u.users, u.roles, u.departments, u.locations, u.match_all, u.active)
	       IS DISTINCT FROM
	       (excluded.users, excluded.roles, excluded.departments, excluded.locations, excluded.match_all, excluded.active)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) userCriteria(u schema.UserCriteria) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertUserCriteria, u.SysID, u.Name, textArray(u.Users), textArray(u.Roles), textArray(u.Departments),
		textArray(u.Locations), u.MatchAll, u.Active, w.by)
	return u.Name, what, err
}

// config is compared as text, like every column of type json.
const upsertChannel = `
	INSERT INTO sn_pren_notification_channel AS c
	       (sys_id, name, type, audience, attempts, config, active, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET type = excluded.type, audience = excluded.audience, attempts = excluded.attempts, config = excluded.config,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = c.sys_mod_count + 1
	 WHERE (c.type, c.audience, c.attempts, c.config::text, c.active)
	       IS DISTINCT FROM
	       (excluded.type, excluded.audience, excluded.attempts, excluded.config::text, excluded.active)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) channel(c schema.Channel) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertChannel, c.SysID, c.Name, c.Type, c.Audience, c.Attempts, string(c.Config), c.Active, w.by)
	return c.Name, what, err
}

const upsertNotificationContent = `
	INSERT INTO sn_pren_notification_content AS n
	       (sys_id, name, prompt, consent_text, translations, active, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET prompt = excluded.prompt, consent_text = excluded.consent_text, translations = excluded.translations,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = n.sys_mod_count + 1
	 WHERE (n.prompt, n.consent_text, n.translations::text, n.active)
	       IS DISTINCT FROM
	       (excluded.prompt, excluded.consent_text, excluded.translations::text, excluded.active)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) notificationContent(n schema.NotificationContent) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertNotificationContent, n.SysID, n.Name, n.Prompt, n.ConsentText, jsonOrNull(n.Translations), n.Active, w.by)
	return n.Name, what, err
}
