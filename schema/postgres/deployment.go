package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/lib/pq"

	"proactive/schema"
)

// ChangeDeployment does something about a registry row and tells how it stands afterwards. check sees the whole catalogue as it would be
// and may say that the row makes no sense in it, as Postgres may: then, as with every error, nothing was changed. Of several at once
// each waits for the one before, and for whoever applies a catalogue, for a moment: then it is schema.ErrBusy. Refusals are
// *schema.RefusedDeployment.
func (d *DB) ChangeDeployment(ctx context.Context, key string, action schema.DeploymentAction, by string,
	check func(known schema.Catalogue, changed schema.Deployment) error,
) (after schema.Deployment, err error) {
	err = d.inCatalogueTx(ctx, by, func(t tx) error {
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
		known, err := knownCatalogue(ctx, t, schema.Catalogue{}, false)
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
