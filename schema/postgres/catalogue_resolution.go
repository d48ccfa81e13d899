package postgres

import (
	"proactive/schema"
)

const upsertProvider = `
	INSERT INTO sn_pren_provider AS p (sys_id, provider_code, name, active, sys_created_by, sys_updated_by)
	SELECT sys_id, provider_code, name, active, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sn_pren_provider, $1)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET name = excluded.name, active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = p.sys_mod_count + 1
	 WHERE (p.name, p.active) IS DISTINCT FROM (excluded.name, excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func providerRow(p schema.Provider) catalogueRow {
	return catalogueRow{p.SysID, p.Code, byColumn{"provider_code": p.Code, "name": p.Name, "active": p.Active}}
}

// input_schema is compared as text: its type json keeps what was written, and has no equality of its own.
const upsertRemedialAction = `
	INSERT INTO sn_reacf_remedial_action AS a
	       (sys_id, name, kind, target, task_queue, input_schema, from_report, timeout_seconds, offer_for_seconds,
	        attempts, idempotent, sensitive, active, sys_created_by, sys_updated_by)
	SELECT sys_id, name, kind, target, task_queue, (input_schema #>> '{}')::json, from_report, timeout_seconds, offer_for_seconds,
	       attempts, idempotent, sensitive, active, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sn_reacf_remedial_action, $1)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET kind = excluded.kind, target = excluded.target, task_queue = excluded.task_queue,
	       input_schema = excluded.input_schema, from_report = excluded.from_report,
	       timeout_seconds = excluded.timeout_seconds, offer_for_seconds = excluded.offer_for_seconds,
	       attempts = excluded.attempts, idempotent = excluded.idempotent, sensitive = excluded.sensitive,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = a.sys_mod_count + 1
	 WHERE (a.kind, a.target, a.task_queue, a.input_schema::text, a.from_report, a.timeout_seconds, a.offer_for_seconds,
	        a.attempts, a.idempotent, a.sensitive, a.active)
	       IS DISTINCT FROM
	       (excluded.kind, excluded.target, excluded.task_queue, excluded.input_schema::text, excluded.from_report,
	        excluded.timeout_seconds, excluded.offer_for_seconds, excluded.attempts, excluded.idempotent, excluded.sensitive,
	        excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func remedialActionRow(a schema.RemedialAction) catalogueRow {
	return catalogueRow{a.SysID, a.Name, byColumn{"name": a.Name, "kind": a.Kind, "target": a.Target, "task_queue": a.TaskQueue,
		"input_schema": document(a.InputSchema), "from_report": list(a.FromReport), "timeout_seconds": seconds(a.Timeout),
		"offer_for_seconds": seconds(a.OfferFor), "attempts": a.Attempts, "idempotent": a.Idempotent, "sensitive": a.Sensitive, "active": a.Active}}
}

const upsertResolution = `
	INSERT INTO sn_pren_resolution AS r
	       (sys_id, name, type, remedial_action, parameters, on_success, instructions, translations, url, active,
	        sys_created_by, sys_updated_by)
	SELECT sys_id, name, type, (SELECT a.sys_id FROM sn_reacf_remedial_action a WHERE a.name = given.remedial_action),
	       (parameters #>> '{}')::json, on_success, instructions, (translations #>> '{}')::json, url, active, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sn_pren_resolution, $1) AS given
	    ON CONFLICT (sys_id) DO UPDATE
	   SET type = excluded.type, remedial_action = excluded.remedial_action, parameters = excluded.parameters,
	       on_success = excluded.on_success, instructions = excluded.instructions, translations = excluded.translations,
	       url = excluded.url, active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = r.sys_mod_count + 1
	 WHERE (r.type, r.remedial_action, r.parameters::text, r.on_success, r.instructions, r.translations::text, r.url, r.active)
	       IS DISTINCT FROM
	       (excluded.type, excluded.remedial_action, excluded.parameters::text, excluded.on_success, excluded.instructions,
	        excluded.translations::text, excluded.url, excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func resolutionRow(r schema.Resolution) catalogueRow {
	return catalogueRow{r.SysID, r.Name, byColumn{"name": r.Name, "type": r.Type, "remedial_action": r.RemedialAction,
		"parameters": document(r.Parameters), "on_success": r.OnSuccess, "instructions": list(r.Instructions),
		"translations": document(r.Translations), "url": r.URL, "active": r.Active}}
}
