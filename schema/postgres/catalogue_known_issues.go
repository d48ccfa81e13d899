package postgres

import (
	"context"
	"time"

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
	       g.engagement, g.consent, g.fallback, g.channels, g.confirm_seconds
	  FROM sn_pren_issue_registry g
	  JOIN sn_pren_provider p ON p.sys_id = g.provider
	  LEFT JOIN sn_pren_resolution r ON r.sys_id = g.resolution
	  LEFT JOIN sn_pren_notification_content n ON n.sys_id = g.notification_content
	 WHERE g.active
	 ORDER BY p.provider_code, g.issue_code`

// knownDeployed reads what can be reported: it must go on making sense when what it refers to changes.
func knownDeployed(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		Provider            string            `db:"provider_code"`
		IssueCode           string            `db:"issue_code"`
		Resolution          string            `db:"resolution"`
		NotificationContent string            `db:"notification_content"`
		Engagement          schema.Engagement `db:"engagement"`
		Consent             bool              `db:"consent"`
		Fallback            schema.Fallback   `db:"fallback"`
		Channels            pq.StringArray    `db:"channels"`
		ConfirmSeconds      int64             `db:"confirm_seconds"`
	}
	if err := t.selectAll(ctx, &rows, allDeployed); err != nil {
		return err
	}
	for _, r := range rows {
		known.Deployed = append(known.Deployed, schema.IssueTemplate{Provider: r.Provider, IssueCode: r.IssueCode, Resolution: r.Resolution,
			NotificationContent: r.NotificationContent, Engagement: r.Engagement, Consent: r.Consent, Fallback: r.Fallback,
			Channels: r.Channels, ConfirmWithin: time.Duration(r.ConfirmSeconds) * time.Second})
	}
	return nil
}
