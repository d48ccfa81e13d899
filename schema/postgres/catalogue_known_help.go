package postgres

import (
	"context"
	"encoding/json"

	"github.com/lib/pq"

	"proactive/schema"
)

const allActions = `
	SELECT sys_id, name, kind, target, task_queue, input_schema, from_report, timeout_seconds, offer_for_seconds, attempts,
	       idempotent, sensitive, active
	  FROM sn_reacf_remedial_action
	 ORDER BY name COLLATE "C"`

func knownActions(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID           string            `db:"sys_id"`
		Name            string            `db:"name"`
		Kind            schema.ActionKind `db:"kind"`
		Target          string            `db:"target"`
		TaskQueue       string            `db:"task_queue"`
		InputSchema     []byte            `db:"input_schema"`
		FromReport      pq.StringArray    `db:"from_report"`
		TimeoutSeconds  int64             `db:"timeout_seconds"`
		OfferForSeconds int64             `db:"offer_for_seconds"`
		Attempts        int               `db:"attempts"`
		Idempotent      bool              `db:"idempotent"`
		Sensitive       bool              `db:"sensitive"`
		Active          bool              `db:"active"`
	}
	if err := t.selectAll(ctx, &rows, allActions); err != nil {
		return err
	}
	for _, r := range rows {
		known.RemedialActions = append(known.RemedialActions, schema.RemedialAction{SysID: r.SysID, Name: r.Name, Kind: r.Kind, Target: r.Target,
			TaskQueue: r.TaskQueue, InputSchema: r.InputSchema, FromReport: r.FromReport, Timeout: inSeconds(r.TimeoutSeconds),
			OfferFor: inSeconds(r.OfferForSeconds), Attempts: r.Attempts, Idempotent: r.Idempotent, Sensitive: r.Sensitive, Active: r.Active})
	}
	return nil
}

const allResolutions = `
	SELECT r.sys_id, r.name, r.type, COALESCE(a.name, '') AS remedial_action, r.parameters, r.on_success, r.instructions,
	       r.translations, r.url, r.active
	  FROM sn_pren_resolution r
	  LEFT JOIN sn_reacf_remedial_action a ON a.sys_id = r.remedial_action
	 ORDER BY r.name COLLATE "C"`

func knownResolutions(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID          string                `db:"sys_id"`
		Name           string                `db:"name"`
		Type           schema.ResolutionType `db:"type"`
		RemedialAction string                `db:"remedial_action"`
		Parameters     json.RawMessage       `db:"parameters"`
		OnSuccess      schema.OnSuccess      `db:"on_success"`
		Instructions   pq.StringArray        `db:"instructions"`
		Translations   []byte                `db:"translations"`
		URL            string                `db:"url"`
		Active         bool                  `db:"active"`
	}
	if err := t.selectAll(ctx, &rows, allResolutions); err != nil {
		return err
	}
	for _, r := range rows {
		known.Resolutions = append(known.Resolutions, schema.Resolution{SysID: r.SysID, Name: r.Name, Type: r.Type, RemedialAction: r.RemedialAction,
			Parameters: r.Parameters, OnSuccess: r.OnSuccess, Instructions: r.Instructions, Translations: r.Translations, URL: r.URL, Active: r.Active})
	}
	return nil
}
