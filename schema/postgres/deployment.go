package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/lib/pq"

	"proactive/schema"
)

// Deployments compares every template with its registry row, in the order of their keys.
func (d *DB) Deployments(ctx context.Context) ([]schema.Deployment, error) {
	all, err := readDeployments(ctx, d, allDeployments)
	return all, fault("compare the registry with its templates", err)
}

// Deployment compares one; key is provider_code/issue_code, or the sys_id of the template or the registry row. schema.ErrNoRecord when
// there is none.
func (d *DB) Deployment(ctx context.Context, key string) (schema.Deployment, error) {
	one, err := readDeployment(ctx, d, deploymentOfKey, key)
	return one, fault("compare a registry row with its template", err)
}

// ChangeDeployment does something about a registry row and tells how it stands afterwards. check sees the whole catalogue as it would be
// and may say that the row makes no sense in it, as Postgres may: then, as with every error, nothing was changed. Of several at once
// each waits for the one before, and for whoever applies a catalogue. Refusals are *schema.RefusedDeployment.
func (d *DB) ChangeDeployment(ctx context.Context, key string, action schema.DeploymentAction, by string,
	check func(known schema.Catalogue, changed schema.Deployment) error,
) (after schema.Deployment, err error) {
	err = d.inTx(ctx, func(t tx) error {
		if err := lockCatalogue(ctx, t); err != nil {
			return err
		}
		before, err := readDeployment(ctx, t, deploymentOfKey, key)
		if err != nil {
			return err
		}
		if _, err := changeDeployment(ctx, t, before.Template, action, by); err != nil {
			return err
		}
		if after, err = readDeployment(ctx, t, deploymentOfTemplate, before.Template); err != nil {
			return err
		}
		known, err := knownCatalogue(ctx, t, schema.Catalogue{})
		if err != nil {
			return err
		}
		return check(known, after)
	})
	return after, fault("change what is deployed", err)
}

// changeDeployment does it within a transaction that holds the catalogue's lock.
func changeDeployment(ctx context.Context, t tx, template string, action schema.DeploymentAction, by string) (schema.ChangeKind, error) {
	if _, err := t.exec(ctx, lockDeployment, template); err != nil {
		return schema.RowUnchanged, err
	}
	d, err := readDeployment(ctx, t, deploymentOfTemplate, template)
	if err != nil {
		return schema.RowUnchanged, err
	}
	if d.Registry == "" {
		return deployFirst(ctx, t, d, action, by)
	}
	state, err := d.After(action)
	if err != nil || !state.Changes(d) {
		return schema.RowUnchanged, err
	}
	_, err = t.exec(ctx, writeDeployment, d.Registry, template, pq.Array(state.Take), state.Active, state.From, state.Decision, state.Decided, by)
	return schema.RowDeployed, senseless(d, err)
}

// deployFirst makes the registry row. It has a sys_id of its own, which issues refer to and which stays.
func deployFirst(ctx context.Context, t tx, d schema.Deployment, action schema.DeploymentAction, by string) (schema.ChangeKind, error) {
	if !slices.Contains([]schema.DeploymentAction{schema.DeployWhole, schema.DeployOverwrite, schema.DeployApply}, action) {
		return schema.RowUnchanged, &schema.RefusedDeployment{Why: schema.NotYetDeployed, Issue: d.Key(), Detail: "Deploy its template first."}
	}
	_, err := t.exec(ctx, insertDeployment, schema.NewSysID(), d.Template, by)
	return schema.RowDeployed, err
}

// senseless is the refusal of a row that breaks a rule of its table, which has a sentence as its name.
func senseless(d schema.Deployment, err error) error {
	var refused *pq.Error
	if errors.As(err, &refused) && refused.Code == "23514" {
		return &schema.RefusedDeployment{Why: schema.MakesNoSense, Issue: d.Key(),
			Detail: "What was customised and what the template says do not fit together, as the rule is: " + refused.Constraint + ". Edit the registry row by hand."}
	}
	return err
}

// lockDeployment keeps others from changing the two rows. Reports go on: they only refer to the registry row.
const lockDeployment = `
	SELECT FROM sn_pren_issue_registry_template t
	  JOIN sn_pren_issue_registry g ON g.provider = t.provider AND g.issue_code = t.issue_code
	 WHERE t.sys_id = $1
	   FOR NO KEY UPDATE OF t, g`

const insertDeployment = `
	INSERT INTO sn_pren_issue_registry
	       (sys_id, template, provider, issue_code, reference_name, short_description, resolution, notification_content,
	        engagement, consent, fallback, action_wait_seconds, next_codes, assignment_group, impact, urgency, channels,
	        include, exclude, category, user_limit, user_limit_window_seconds, accept_seconds, consent_seconds,
	        confirm_seconds, sys_created_by, sys_updated_by)
	SELECT $1, t.sys_id, t.provider, t.issue_code, t.reference_name, t.short_description, t.resolution, t.notification_content,
	       t.engagement, t.consent, t.fallback, t.action_wait_seconds, t.next_codes, t.assignment_group, t.impact, t.urgency,
	       t.channels, t.include, t.exclude, t.category, t.user_limit, t.user_limit_window_seconds, t.accept_seconds,
	       t.consent_seconds, t.confirm_seconds, $3, $3
	  FROM sn_pren_issue_registry_template t
	 WHERE t.sys_id = $2`

// writeDeployment copies the fields $3 of template $2 into registry row $1, and leaves the others.
const writeDeployment = `
	UPDATE sn_pren_issue_registry g
	   SET template = t.sys_id,
	       (reference_name, short_description, resolution, notification_content, engagement, consent, fallback, action_wait_seconds,
	        next_codes, assignment_group, impact, urgency, channels, include, exclude, category, user_limit,
	        user_limit_window_seconds, accept_seconds, consent_seconds, confirm_seconds) = (
	         SELECT reference_name, short_description, resolution, notification_content, engagement, consent, fallback, action_wait_seconds,
	                next_codes, assignment_group, impact, urgency, channels, include, exclude, category, user_limit,
	                user_limit_window_seconds, accept_seconds, consent_seconds, confirm_seconds
	           FROM jsonb_populate_record(g, (
	                  SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(t)) WHERE key = ANY ($3::text[]))) AS merged),
	       active = $4, deployed_version = $5, update_decision = $6, decided_version = nullif($7, ''),
	       sys_updated_on = now(), sys_updated_by = $8, sys_mod_count = g.sys_mod_count + 1
	  FROM sn_pren_issue_registry_template t
	 WHERE t.sys_id = $2 AND g.sys_id = $1`

// selectDeployments compares templates with their registry rows; behind it stands which, and in what order.
const selectDeployments = `
	SELECT t.sys_id AS template, coalesce(g.sys_id, '') AS registry, p.provider_code, t.issue_code, coalesce(g.active, false) AS active,
	       coalesce(g.update_decision, '') AS decision, coalesce(g.decided_version, '') AS decided,
	       coalesce(base.sys_id, '') AS "from.sys_id", coalesce(base.name, '') AS "from.name", coalesce(base.number, 0) AS "from.number",
	       current.sys_id AS "now.sys_id", current.name AS "now.name", current.number AS "now.number",
	       base.payload AS from_row, row_to_json(t) AS template_row, row_to_json(g) AS registry_row
	  FROM sn_pren_issue_registry_template t
	  JOIN sn_pren_provider p            ON p.sys_id = t.provider
	  JOIN sn_pren_version current       ON current."table" = 'sn_pren_issue_registry_template' AND current.record = t.sys_id AND current.state = 'current'
	  LEFT JOIN sn_pren_issue_registry g ON g.provider = t.provider AND g.issue_code = t.issue_code
	  LEFT JOIN sn_pren_version base     ON base.sys_id = g.deployed_version`

const (
	allDeployments       = selectDeployments + ` ORDER BY p.provider_code, t.issue_code`
	deploymentOfTemplate = selectDeployments + ` WHERE t.sys_id = $1`
	deploymentOfKey      = selectDeployments + ` WHERE $1 IN (t.sys_id, g.sys_id, p.provider_code || '/' || t.issue_code)`
)

// deploymentRow is a row of selectDeployments.
type deploymentRow struct {
	Template  string                `db:"template"`
	Registry  string                `db:"registry"`
	Provider  string                `db:"provider_code"`
	IssueCode string                `db:"issue_code"`
	Active    bool                  `db:"active"`
	Decision  schema.UpdateDecision `db:"decision"`
	Decided   string                `db:"decided"`
	From      schema.Version        `db:"from"`
	Now       schema.Version        `db:"now"`

	FromRow     []byte `db:"from_row"`
	TemplateRow []byte `db:"template_row"`
	RegistryRow []byte `db:"registry_row"`
}

func readDeployment(ctx context.Context, from reader, which, key string) (schema.Deployment, error) {
	found, err := readDeployments(ctx, from, which, key)
	if err != nil || len(found) == 1 {
		return append(found, schema.Deployment{})[0], err
	}
	return schema.Deployment{}, schema.ErrNoRecord
}

func readDeployments(ctx context.Context, from reader, which string, key ...any) ([]schema.Deployment, error) {
	var rows []deploymentRow
	if err := from.selectAll(ctx, &rows, which, key...); err != nil {
		return nil, err
	}
	var found []schema.Deployment
	for _, row := range rows {
		d, err := row.deployment()
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, nameReferences(ctx, from, found)
}

func (row deploymentRow) deployment() (schema.Deployment, error) {
	d := schema.Deployment{Template: row.Template, Registry: row.Registry, Provider: row.Provider, IssueCode: row.IssueCode,
		Active: row.Active, Decision: row.Decision, Decided: row.Decided, From: row.From, Now: row.Now}
	var was, template, registry map[string]json.RawMessage
	for _, document := range []struct {
		text []byte
		into *map[string]json.RawMessage
	}{{row.FromRow, &was}, {row.TemplateRow, &template}, {row.RegistryRow, &registry}} {
		if document.text == nil {
			continue
		}
		if err := json.Unmarshal(document.text, document.into); err != nil {
			return d, err
		}
	}
	for name, value := range template {
		if strings.HasPrefix(name, "sys_") || name == "provider" || name == "issue_code" {
			continue
		}
		f := schema.DeployedField{Name: name, Template: asText(value), Registry: asText(registry[name])}
		f.From = f.Registry // a column that is younger than the version was not customised
		if value, there := was[name]; there {
			f.From = asText(value)
		}
		d.Fields = append(d.Fields, f)
	}
	slices.SortFunc(d.Fields, func(a, b schema.DeployedField) int { return strings.Compare(a.Name, b.Name) })
	return d, nil
}

// asText is a value of a row as people read it; a list as it stands in JSON.
func asText(value json.RawMessage) string {
	var text string
	if bytes.Equal(value, []byte("null")) {
		return ""
	}
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// nameReferences puts names in the place of sys_ids. What there is no more stays a sys_id.
func nameReferences(ctx context.Context, from reader, found []schema.Deployment) error {
	var named []struct {
		SysID string `db:"sys_id"`
		Name  string `db:"name"`
	}
	names := map[string]string{}
	each := func(do func(*string)) {
		for _, d := range found {
			for i := range d.Fields {
				if f := &d.Fields[i]; f.Name == "resolution" || f.Name == "notification_content" {
					do(&f.From)
					do(&f.Template)
					do(&f.Registry)
				}
			}
		}
	}
	var ids []string
	each(func(id *string) { ids = append(ids, *id) })
	if err := from.selectAll(ctx, &named, `
		SELECT sys_id, name FROM sn_pren_resolution WHERE sys_id = ANY ($1)
		 UNION ALL SELECT sys_id, name FROM sn_pren_notification_content WHERE sys_id = ANY ($1)`, pq.Array(ids)); err != nil {
		return err
	}
	for _, n := range named {
		names[n.SysID] = n.Name
	}
	each(func(id *string) {
		if name, there := names[*id]; there {
			*id = name
		}
	})
	return nil
}
