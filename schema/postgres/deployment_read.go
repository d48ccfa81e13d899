package postgres

import (
	"bytes"
	"context"
	"encoding/json"
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
	if err == nil && len(found) == 0 {
		err = schema.ErrNoRecord
	}
	if err != nil {
		return schema.Deployment{}, err
	}
	return found[0], nil
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
