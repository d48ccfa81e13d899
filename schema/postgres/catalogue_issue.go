package postgres

import (
	"proactive/schema"
)

const upsertIssueTemplate = `
	INSERT INTO sn_pren_issue_registry_template AS i
	       (sys_id, provider, issue_code, reference_name, short_description, resolution, notification_content, engagement,
	        consent, fallback, action_wait_seconds, next_codes, assignment_group, impact, urgency, channels, include, exclude,
	        category, user_limit, user_limit_window_seconds, accept_seconds, consent_seconds, confirm_seconds,
	        sys_created_by, sys_updated_by)
	VALUES ($1, (SELECT sys_id FROM sn_pren_provider WHERE provider_code = $2), $3, $4, $5,
	        (SELECT sys_id FROM sn_pren_resolution WHERE name = $6),
	        (SELECT sys_id FROM sn_pren_notification_content WHERE name = $7),
	        $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $25)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET reference_name = excluded.reference_name, short_description = excluded.short_description,
	       resolution = excluded.resolution, notification_content = excluded.notification_content,
	       engagement = excluded.engagement, consent = excluded.consent, fallback = excluded.fallback,
	       action_wait_seconds = excluded.action_wait_seconds, next_codes = excluded.next_codes,
	       assignment_group = excluded.assignment_group, impact = excluded.impact, urgency = excluded.urgency,
	       channels = excluded.channels, include = excluded.include, exclude = excluded.exclude,
	       category = excluded.category, user_limit = excluded.user_limit,
	       user_limit_window_seconds = excluded.user_limit_window_seconds, accept_seconds = excluded.accept_seconds,
	       consent_seconds = excluded.consent_seconds, confirm_seconds = excluded.confirm_seconds,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = i.sys_mod_count + 1
	 WHERE (i.reference_name, i.short_description, i.resolution, i.notification_content, i.engagement, i.consent, i.fallback,
	        i.action_wait_seconds, i.next_codes, i.assignment_group, i.impact, i.urgency, i.channels, i.include, i.exclude,
	        i.category, i.user_limit, i.user_limit_window_seconds, i.accept_seconds, i.consent_seconds, i.confirm_seconds)
	       IS DISTINCT FROM
	       (excluded.reference_name, excluded.short_description, excluded.resolution, excluded.notification_content,
	        excluded.engagement, excluded.consent, excluded.fallback, excluded.action_wait_seconds, excluded.next_codes,
	        excluded.assignment_group, excluded.impact, excluded.urgency, excluded.channels, excluded.include, excluded.exclude,
	        excluded.category, excluded.user_limit, excluded.user_limit_window_seconds, excluded.accept_seconds,
	        excluded.consent_seconds, excluded.confirm_seconds)
	RETURNING sys_mod_count = 0`

// issue writes the template, and then deploys it or withdraws what was deployed.
func (w *catalogueWriter) issue(i schema.IssueTemplate) (string, schema.ChangeKind, error) {
	key := i.Provider + "/" + i.IssueCode
	what, err := w.upsert(upsertIssueTemplate, i.SysID, i.Provider, i.IssueCode, i.ReferenceName, i.ShortDescription, i.Resolution,
		i.NotificationContent, i.Engagement, i.Consent, i.Fallback, seconds(i.ActionWait), textArray(i.NextCodes),
		i.AssignmentGroup, i.Impact, i.Urgency, textArray(i.Channels), textArray(i.Include), textArray(i.Exclude), i.Category,
		i.UserLimit, seconds(i.UserLimitWindow), seconds(i.AcceptWithin), seconds(i.ConsentWithin), seconds(i.ConfirmWithin), w.by)
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

// deploy copies a template into the registry, but for what was customised there.
func (w *catalogueWriter) deploy(template string) (schema.ChangeKind, error) {
	return changeDeployment(w.ctx, w.t, template, schema.DeployApply, w.by)
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
