package postgres

import (
	"proactive/schema"
)

const upsertIssueTemplate = `
	INSERT INTO sn_pren_issue_registry_template AS i
	       (sys_id, provider, issue_code, reference_name, short_description, resolution, notification_content, engagement,
	        consent, fallback, action_wait_seconds, next_codes, assignment_group, impact, urgency,
	        sys_created_by, sys_updated_by)
	VALUES ($1, (SELECT sys_id FROM sn_pren_provider WHERE provider_code = $2), $3, $4, $5,
	        (SELECT sys_id FROM sn_pren_resolution WHERE name = $6),
	        (SELECT sys_id FROM sn_pren_notification_content WHERE name = $7),
	        $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET reference_name = excluded.reference_name, short_description = excluded.short_description,
	       resolution = excluded.resolution, notification_content = excluded.notification_content,
	       engagement = excluded.engagement, consent = excluded.consent, fallback = excluded.fallback,
	       action_wait_seconds = excluded.action_wait_seconds, next_codes = excluded.next_codes,
	       assignment_group = excluded.assignment_group, impact = excluded.impact, urgency = excluded.urgency,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = i.sys_mod_count + 1
	 WHERE (i.reference_name, i.short_description, i.resolution, i.notification_content, i.engagement, i.consent, i.fallback,
	        i.action_wait_seconds, i.next_codes, i.assignment_group, i.impact, i.urgency)
	       IS DISTINCT FROM
	       (excluded.reference_name, excluded.short_description, excluded.resolution, excluded.notification_content,
	        excluded.engagement, excluded.consent, excluded.fallback, excluded.action_wait_seconds, excluded.next_codes,
	        excluded.assignment_group, excluded.impact, excluded.urgency)
	RETURNING sys_mod_count = 0`

// issue writes the template, and then deploys it or withdraws what was deployed.
func (w *catalogueWriter) issue(i schema.IssueTemplate) (string, schema.ChangeKind, error) {
	key := i.Provider + "/" + i.IssueCode
	what, err := w.upsert(upsertIssueTemplate, i.SysID, i.Provider, i.IssueCode, i.ReferenceName, i.ShortDescription, i.Resolution,
		i.NotificationContent, i.Engagement, i.Consent, i.Fallback, seconds(i.ActionWait), textArray(i.NextCodes),
		i.AssignmentGroup, i.Impact, i.Urgency, w.by)
	if err != nil || i.Deployed == nil {
		return key, what, err
	}
	w.note(schema.SectionIssues, key, what)
	if *i.Deployed {
		what, err = w.deploy(i.SysID)
	} else {
		what, err = w.withdraw(i.SysID)
	}
	return key, what, err
}

// deploy copies a template into the registry. The registry row has a sys_id of its own, which issues refer to and which stays.
const deploy = `
	INSERT INTO sn_pren_issue_registry AS g
	       (sys_id, template, provider, issue_code, reference_name, short_description, resolution, notification_content,
	        engagement, consent, fallback, action_wait_seconds, next_codes, assignment_group, impact, urgency,
	        sys_created_by, sys_updated_by)
	SELECT $1, t.sys_id, t.provider, t.issue_code, t.reference_name, t.short_description, t.resolution, t.notification_content,
	       t.engagement, t.consent, t.fallback, t.action_wait_seconds, t.next_codes, t.assignment_group, t.impact, t.urgency,
	       $3, $3
	  FROM sn_pren_issue_registry_template t
	 WHERE t.sys_id = $2
	    ON CONFLICT (provider, issue_code) DO UPDATE
	   SET template = excluded.template, reference_name = excluded.reference_name,
	       short_description = excluded.short_description, resolution = excluded.resolution,
	       notification_content = excluded.notification_content, engagement = excluded.engagement,
	       consent = excluded.consent, fallback = excluded.fallback, action_wait_seconds = excluded.action_wait_seconds,
	       next_codes = excluded.next_codes, assignment_group = excluded.assignment_group, impact = excluded.impact,
	       urgency = excluded.urgency, active = true,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = g.sys_mod_count + 1
	 WHERE (g.template, g.reference_name, g.short_description, g.resolution, g.notification_content, g.engagement, g.consent,
	        g.fallback, g.action_wait_seconds, g.next_codes, g.assignment_group, g.impact, g.urgency, g.active)
	       IS DISTINCT FROM
	       (excluded.template, excluded.reference_name, excluded.short_description, excluded.resolution,
	        excluded.notification_content, excluded.engagement, excluded.consent, excluded.fallback,
	        excluded.action_wait_seconds, excluded.next_codes, excluded.assignment_group, excluded.impact, excluded.urgency, true)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) deploy(template string) (schema.ChangeKind, error) {
	what, err := w.upsert(deploy, schema.NewSysID(), template, w.by)
	if what != schema.RowUnchanged {
		what = schema.RowDeployed
	}
	return what, err
}

const withdraw = `
	UPDATE sn_pren_issue_registry
	   SET active = false, sys_updated_on = now(), sys_updated_by = $2, sys_mod_count = sys_mod_count + 1
	 WHERE template = $1 AND active`

// withdraw makes the registry row inactive. Issues that are open under it go on; new reports are refused.
func (w *catalogueWriter) withdraw(template string) (schema.ChangeKind, error) {
	rows, err := w.t.exec(w.ctx, withdraw, template, w.by)
	if err != nil || rows == 0 {
		return schema.RowUnchanged, err
	}
	return schema.RowWithdrawn, nil
}
