package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

const allActions = `
	SELECT sys_id, name, kind, target, task_queue, COALESCE(input_schema, 'null') AS input_schema, from_report, sensitive, active
	  FROM sn_reacf_remedial_action`

func knownActions(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID       string            `db:"sys_id"`
		Name        string            `db:"name"`
		Kind        schema.ActionKind `db:"kind"`
		Target      string            `db:"target"`
		TaskQueue   string            `db:"task_queue"`
		InputSchema []byte            `db:"input_schema"`
		FromReport  pq.StringArray    `db:"from_report"`
		Sensitive   bool              `db:"sensitive"`
		Active      bool              `db:"active"`
	}
	if err := t.selectAll(ctx, &rows, allActions); err != nil {
		return err
	}
	for _, r := range rows {
		known.RemedialActions = append(known.RemedialActions, schema.RemedialAction{SysID: r.SysID, Name: r.Name, Kind: r.Kind, Target: r.Target,
			TaskQueue: r.TaskQueue, InputSchema: r.InputSchema, FromReport: r.FromReport, Sensitive: r.Sensitive, Active: r.Active})
	}
	return nil
}

const allCriteria = `SELECT sys_id, name, active FROM user_criteria`

func knownCriteria(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID  string `db:"sys_id"`
		Name   string `db:"name"`
		Active bool   `db:"active"`
	}
	if err := t.selectAll(ctx, &rows, allCriteria); err != nil {
		return err
	}
	for _, r := range rows {
		known.UserCriteria = append(known.UserCriteria, schema.UserCriteria{SysID: r.SysID, Name: r.Name, Active: r.Active})
	}
	return nil
}

const allResolutions = `
	SELECT r.sys_id, r.name, r.type, COALESCE(a.name, '') AS remedial_action
	  FROM sn_pren_resolution r
	  LEFT JOIN sn_reacf_remedial_action a ON a.sys_id = r.remedial_action`

func knownResolutions(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID          string                `db:"sys_id"`
		Name           string                `db:"name"`
		Type           schema.ResolutionType `db:"type"`
		RemedialAction string                `db:"remedial_action"`
	}
	if err := t.selectAll(ctx, &rows, allResolutions); err != nil {
		return err
	}
	for _, r := range rows {
		known.Resolutions = append(known.Resolutions, schema.Resolution{SysID: r.SysID, Name: r.Name, Type: r.Type, RemedialAction: r.RemedialAction})
	}
	return nil
}

const allIssues = `
	SELECT i.sys_id, p.provider_code, i.issue_code
	  FROM sn_pren_issue_registry_template i
	  JOIN sn_pren_provider p ON p.sys_id = i.provider`

func knownIssues(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID     string `db:"sys_id"`
		Provider  string `db:"provider_code"`
		IssueCode string `db:"issue_code"`
	}
	if err := t.selectAll(ctx, &rows, allIssues); err != nil {
		return err
	}
	for _, r := range rows {
		known.Issues = append(known.Issues, schema.IssueTemplate{SysID: r.SysID, Provider: r.Provider, IssueCode: r.IssueCode})
	}
	return nil
}

const allDeployed = `
	SELECT p.provider_code, g.issue_code, COALESCE(r.name, '') AS resolution, COALESCE(n.name, '') AS notification_content,
	       g.engagement, g.consent, g.fallback, g.channels, g.confirm_seconds, g.reference_name, g.short_description,
	       g.action_wait_seconds, g.next_codes, g.assignment_group, g.impact, g.urgency, g.include, g.exclude, g.category,
	       g.user_limit, g.user_limit_window_seconds, g.accept_seconds, g.consent_seconds, g.update_decision,
	       ARRAY(SELECT was.key FROM jsonb_each(base.payload::jsonb) was
	              WHERE was.key NOT LIKE 'sys\_%' AND to_jsonb(g) -> was.key IS DISTINCT FROM was.value) AS customised
	  FROM sn_pren_issue_registry g
	  JOIN sn_pren_provider p ON p.sys_id = g.provider
	  LEFT JOIN sn_pren_resolution r ON r.sys_id = g.resolution
	  LEFT JOIN sn_pren_notification_content n ON n.sys_id = g.notification_content
	  LEFT JOIN sn_pren_version base ON base.sys_id = g.deployed_version
	 WHERE g.active
	 ORDER BY p.provider_code, g.issue_code`

// deployedRow is a row of allDeployed.
type deployedRow struct {
	Provider            string                `db:"provider_code"`
	IssueCode           string                `db:"issue_code"`
	ReferenceName       string                `db:"reference_name"`
	ShortDescription    string                `db:"short_description"`
	Resolution          string                `db:"resolution"`
	NotificationContent string                `db:"notification_content"`
	Engagement          schema.Engagement     `db:"engagement"`
	Consent             bool                  `db:"consent"`
	Fallback            schema.Fallback       `db:"fallback"`
	ActionWait          int64                 `db:"action_wait_seconds"`
	NextCodes           pq.StringArray        `db:"next_codes"`
	AssignmentGroup     string                `db:"assignment_group"`
	Impact              int                   `db:"impact"`
	Urgency             int                   `db:"urgency"`
	Channels            pq.StringArray        `db:"channels"`
	Include             pq.StringArray        `db:"include"`
	Exclude             pq.StringArray        `db:"exclude"`
	Category            schema.Category       `db:"category"`
	UserLimit           int                   `db:"user_limit"`
	Window              int64                 `db:"user_limit_window_seconds"`
	Accept              int64                 `db:"accept_seconds"`
	ConsentSeconds      int64                 `db:"consent_seconds"`
	Confirm             int64                 `db:"confirm_seconds"`
	Decision            schema.UpdateDecision `db:"update_decision"`
	Customised          pq.StringArray        `db:"customised"`
}

func (r deployedRow) issue() schema.IssueTemplate {
	return schema.IssueTemplate{Provider: r.Provider, IssueCode: r.IssueCode, ReferenceName: r.ReferenceName,
		ShortDescription: r.ShortDescription, Resolution: r.Resolution, NotificationContent: r.NotificationContent,
		Engagement: r.Engagement, Consent: r.Consent, Fallback: r.Fallback, ActionWait: inSeconds(r.ActionWait), NextCodes: r.NextCodes,
		AssignmentGroup: r.AssignmentGroup, Impact: r.Impact, Urgency: r.Urgency, Channels: r.Channels, Include: r.Include,
		Exclude: r.Exclude, Category: r.Category, UserLimit: r.UserLimit, UserLimitWindow: inSeconds(r.Window),
		AcceptWithin: inSeconds(r.Accept), ConsentWithin: inSeconds(r.ConsentSeconds), ConfirmWithin: inSeconds(r.Confirm),
		Decision: r.Decision, Customised: r.Customised}
}

// knownDeployed reads what can be reported: it must go on making sense when what it refers to changes.
func knownDeployed(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []deployedRow
	if err := t.selectAll(ctx, &rows, allDeployed); err != nil {
		return err
	}
	for _, r := range rows {
		known.Deployed = append(known.Deployed, r.issue())
	}
	return nil
}
