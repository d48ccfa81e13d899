package postgres

import (
	"encoding/json"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

const upsertProvider = `
	INSERT INTO sn_pren_provider AS p (sys_id, provider_code, name, active, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, $5, $5)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET name = excluded.name, active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = p.sys_mod_count + 1
	 WHERE (p.name, p.active) IS DISTINCT FROM (excluded.name, excluded.active)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) provider(p schema.Provider) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertProvider, p.SysID, p.Code, p.Name, p.Active, w.by)
	return p.Code, what, err
}

// input_schema is compared as text: its type json keeps what was written, and has no equality of its own.
const upsertRemedialAction = `
	INSERT INTO sn_reacf_remedial_action AS a
	       (sys_id, name, kind, target, task_queue, input_schema, from_report, timeout_seconds, offer_for_seconds,
	        attempts, idempotent, sensitive, active, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
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
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) remedialAction(a schema.RemedialAction) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertRemedialAction, a.SysID, a.Name, a.Kind, a.Target, a.TaskQueue, jsonOrNull(a.InputSchema),
		textArray(a.FromReport), seconds(a.Timeout), seconds(a.OfferFor), a.Attempts, a.Idempotent, a.Sensitive, a.Active, w.by)
	return a.Name, what, err
}

const upsertResolution = `
	INSERT INTO sn_pren_resolution AS r
	       (sys_id, name, type, remedial_action, parameters, on_success, instructions, translations, url, active,
	        sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, (SELECT sys_id FROM sn_reacf_remedial_action WHERE name = $4), $5, $6, $7, $8, $9, $10, $11, $11)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET type = excluded.type, remedial_action = excluded.remedial_action, parameters = excluded.parameters,
	       on_success = excluded.on_success, instructions = excluded.instructions, translations = excluded.translations,
	       url = excluded.url, active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = r.sys_mod_count + 1
	 WHERE (r.type, r.remedial_action, r.parameters::text, r.on_success, r.instructions, r.translations::text, r.url, r.active)
	       IS DISTINCT FROM
	       (excluded.type, excluded.remedial_action, excluded.parameters::text, excluded.on_success, excluded.instructions,
	        excluded.translations::text, excluded.url, excluded.active)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) resolution(r schema.Resolution) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertResolution, r.SysID, r.Name, r.Type, r.RemedialAction, string(r.Parameters), r.OnSuccess,
		textArray(r.Instructions), jsonOrNull(r.Translations), r.URL, r.Active, w.by)
	return r.Name, what, err
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// textArray is never NULL: the columns say that an empty list is '{}'.
func textArray(texts []string) any { return pq.StringArray(append([]string{}, texts...)) }

func jsonOrNull(text json.RawMessage) any {
	if len(text) == 0 {
		return nil
	}
	return string(text)
}

func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
