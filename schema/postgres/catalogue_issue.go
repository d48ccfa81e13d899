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
	SELECT sys_id, (SELECT p.sys_id FROM sn_pren_provider p WHERE p.provider_code = given.provider), issue_code, reference_name, short_description,
	       (SELECT r.sys_id FROM sn_pren_resolution r WHERE r.name = given.resolution),
	       (SELECT n.sys_id FROM sn_pren_notification_content n WHERE n.name = given.notification_content), engagement,
	       consent, fallback, action_wait_seconds, next_codes, assignment_group, impact, urgency, channels, include, exclude,
	       category, user_limit, user_limit_window_seconds, accept_seconds, consent_seconds, confirm_seconds,
	       sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sn_pren_issue_registry_template, $1) AS given
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
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func issueRow(i schema.IssueTemplate) catalogueRow {
	return catalogueRow{i.SysID, i.Provider + "/" + i.IssueCode, byColumn{"provider": i.Provider, "issue_code": i.IssueCode,
		"reference_name": i.ReferenceName, "short_description": i.ShortDescription, "resolution": i.Resolution,
		"notification_content": i.NotificationContent, "engagement": i.Engagement, "consent": i.Consent, "fallback": i.Fallback,
		"action_wait_seconds": seconds(i.ActionWait), "next_codes": list(i.NextCodes), "assignment_group": i.AssignmentGroup,
		"impact": i.Impact, "urgency": i.Urgency, "channels": list(i.Channels), "include": list(i.Include), "exclude": list(i.Exclude),
		"category": i.Category, "user_limit": i.UserLimit, "user_limit_window_seconds": seconds(i.UserLimitWindow),
		"accept_seconds": seconds(i.AcceptWithin), "consent_seconds": seconds(i.ConsentWithin), "confirm_seconds": seconds(i.ConfirmWithin)}}
}

// issues writes the templates, and then deploys each or withdraws what was deployed.
func (w *catalogueWriter) issues(issues []schema.IssueTemplate) error {
	rows := rowsOf(issues, issueRow)
	differed, err := w.upsert(schema.SectionIssues, rows, upsertIssueTemplate)
	if err != nil {
		return err
	}
	for i, r := range rows {
		w.note(schema.SectionIssues, r.key, differed[r.id])
		what, err := w.deployment(issues[i])
		if err != nil {
			return called(schema.SectionIssues, r.key, err)
		}
		w.note(schema.SectionIssues, r.key, what)
	}
	return nil
}

func (w *catalogueWriter) deployment(i schema.IssueTemplate) (schema.ChangeKind, error) {
	switch {
	case i.Deployed == nil:
		return schema.RowUnchanged, nil
	case *i.Deployed:
		return w.deploy(i.SysID)
	}
	return w.withdraw(i.SysID)
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
