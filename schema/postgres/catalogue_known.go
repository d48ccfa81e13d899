package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

// knownCatalogue reads what a decision about given needs: of people and computers those that given names or identifies, of
// everything else all. Columns on which no decision depends are left out.
func knownCatalogue(ctx context.Context, t tx, given schema.Catalogue) (schema.Catalogue, error) {
	var known schema.Catalogue
	if err := knownPeople(ctx, t, given, &known); err != nil {
		return known, err
	}
	if err := knownComputers(ctx, t, given, &known); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.Providers, allProviders); err != nil {
		return known, err
	}
	if err := knownActions(ctx, t, &known); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.NotificationContents, allNotificationContents); err != nil {
		return known, err
	}
	var resolutions []struct {
		SysID string `db:"sys_id"`
		Name  string `db:"name"`
	}
	if err := t.selectAll(ctx, &resolutions, allResolutions); err != nil {
		return known, err
	}
	for _, r := range resolutions {
		known.Resolutions = append(known.Resolutions, schema.Resolution{SysID: r.SysID, Name: r.Name})
	}
	return known, knownIssues(ctx, t, &known)
}

const (
	allProviders            = `SELECT sys_id, provider_code, name, active FROM sn_pren_provider`
	allNotificationContents = `SELECT sys_id, name, prompt, consent_text, active FROM sn_pren_notification_content`
	allResolutions          = `SELECT sys_id, name FROM sn_pren_resolution`
)

const peopleOf = `
	SELECT sys_id, user_name, web_service_access_only, COALESCE(password_hash, '') AS password_hash
	  FROM sys_user
	 WHERE lower(user_name) IN (SELECT lower(given) FROM unnest($1::text[]) AS given)
	    OR sys_id = ANY ($2::text[])`

func knownPeople(ctx context.Context, t tx, given schema.Catalogue, known *schema.Catalogue) error {
	names, ids := []string{}, []string{}
	for _, u := range given.Users {
		names, ids = append(names, u.UserName), append(ids, u.SysID)
	}
	for _, a := range given.ServiceAccounts {
		names = append(names, a.UserName)
	}
	for _, ci := range given.Computers {
		names = append(names, ci.AssignedTo)
	}
	var rows []struct {
		SysID        string `db:"sys_id"`
		UserName     string `db:"user_name"`
		IsAccount    bool   `db:"web_service_access_only"`
		PasswordHash string `db:"password_hash"`
	}
	if err := t.selectAll(ctx, &rows, peopleOf, pq.Array(names), pq.Array(ids)); err != nil {
		return err
	}
	for _, r := range rows {
		if r.IsAccount {
			known.ServiceAccounts = append(known.ServiceAccounts, schema.ServiceAccount{SysID: r.SysID, UserName: r.UserName, PasswordHash: r.PasswordHash})
		} else {
			known.Users = append(known.Users, schema.User{SysID: r.SysID, UserName: r.UserName})
		}
	}
	return nil
}

const computersOf = `
	SELECT sys_id, name
	  FROM cmdb_ci_computer
	 WHERE lower(name) IN (SELECT lower(given) FROM unnest($1::text[]) AS given)
	    OR sys_id = ANY ($2::text[])`

func knownComputers(ctx context.Context, t tx, given schema.Catalogue, known *schema.Catalogue) error {
	names, ids := []string{}, []string{}
	for _, ci := range given.Computers {
		names, ids = append(names, ci.Name), append(ids, ci.SysID)
	}
	return t.selectAll(ctx, &known.Computers, computersOf, pq.Array(names), pq.Array(ids))
}

const allActions = `
	SELECT sys_id, name, kind, target, task_queue, COALESCE(input_schema, 'null') AS input_schema, from_report, active
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
		Active      bool              `db:"active"`
	}
	if err := t.selectAll(ctx, &rows, allActions); err != nil {
		return err
	}
	for _, r := range rows {
		known.RemedialActions = append(known.RemedialActions, schema.RemedialAction{SysID: r.SysID, Name: r.Name, Kind: r.Kind, Target: r.Target,
			TaskQueue: r.TaskQueue, InputSchema: r.InputSchema, FromReport: r.FromReport, Active: r.Active})
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
