package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// Begin takes up a step: decide says from the facts what is to happen, and its decision is written on the step's row together
// with the move to in_progress and, for a CI action, the offered job. A repeat returns the plan that stands there. An issue
// that was closed meanwhile, or before the step could begin, is said in the plan: nothing of it is to be run.
func (d *DB) Begin(ctx context.Context, experienceID string, step int, decide func(schema.StepFacts) (schema.Decision, error)) (schema.Plan, error) {
	var plan schema.Plan
	var device string
	err := d.inTx(ctx, func(t tx) (err error) {
		plan, device, err = begin(ctx, t, experienceID, step, decide)
		return err
	})
	if err != nil {
		return schema.Plan{}, fault("begin a step", err)
	}
	if device != "" {
		d.bell.ring(topicJob, device)
	}
	d.bell.ring(topicIssue, experienceID)
	return plan, nil
}

// begin does the work of Begin; device is the computer that a job was offered to.
func begin(ctx context.Context, t tx, experienceID string, step int, decide func(schema.StepFacts) (schema.Decision, error)) (plan schema.Plan, device string, err error) {
	issue, err := lockIssue(ctx, t, experienceID)
	if err != nil {
		return plan, "", err
	}
	before, _, err := decided(ctx, t, issue.SysID, step)
	switch {
	case err != nil:
		return plan, "", err
	case issue.State.Closed(): // also since a first try of this call: what it planned is not wanted any more
		return schema.Plan{Step: step, Ended: issue.State}, "", nil
	case before != nil:
		return *before, "", nil
	case issue.State != schema.Open || issue.Step != step:
		return plan, "", fmt.Errorf("step %d cannot begin: the issue is at step %d in state %s", step, issue.Step, issue.State)
	}
	facts, err := stepFacts(ctx, t, issue.SysID, step)
	if err != nil {
		return plan, "", err
	}
	decision, err := decide(facts)
	if err != nil {
		return plan, "", err
	}
	if err := writePlan(ctx, t, issue, decision); err != nil {
		return plan, "", err
	}
	if decision.Plan.Action != nil && decision.Plan.Action.Kind == schema.CIAction {
		device = facts.CI
		err = offerPlanned(ctx, t, issue, facts, decision)
	}
	return decision.Plan, device, err
}

// stepFacts reads what governs a step: the report, its pinned resolution and that one's remedial action.
func stepFacts(ctx context.Context, t tx, issue string, step int) (schema.StepFacts, error) {
	var row struct {
		schema.StepFacts
		Reported    []byte         `db:"input_parameters"`
		InputSchema []byte         `db:"input_schema"`
		FromReport  pq.StringArray `db:"from_report"`
		Timeout     int64          `db:"timeout_seconds"`
		OfferFor    int64          `db:"offer_for_seconds"`
	}
	err := t.get(ctx, &row, `
		SELECT i.experience_id, s.step, i."user", s.ci,
		       EXISTS (SELECT FROM cmdb_ci_computer c WHERE c.sys_id = s.ci)                      AS ci_known,
		       EXISTS (SELECT FROM sn_agent_token k WHERE k.ci = s.ci AND k.revoked_on IS NULL)   AS ci_enrolled,
		       s.input_parameters, s.parameters_are_text, r.type AS resolution_type, r.parameters,
		       coalesce(a.name, '') AS action_name, coalesce(a.kind, '') AS kind, coalesce(a.target, '') AS target,
		       coalesce(a.task_queue, '') AS task_queue, a.input_schema, a.from_report,
		       coalesce(a.timeout_seconds, 0) AS timeout_seconds, coalesce(a.offer_for_seconds, 0) AS offer_for_seconds,
		       coalesce(a.attempts, 0) AS attempts, coalesce(a.idempotent, false) AS idempotent
		  FROM sn_pren_experience_issue_step s
		  JOIN sn_pren_experience_issue i          ON i.sys_id = s.issue
		  JOIN sn_pren_resolution r                ON r.sys_id = s.resolution
		  LEFT JOIN sn_reacf_remedial_action a     ON a.sys_id = r.remedial_action AND a.active
		 WHERE s.issue = $1 AND s.step = $2`, issue, step)
	row.StepFacts.InputParameters, row.StepFacts.InputSchema = row.Reported, row.InputSchema
	row.StepFacts.FromReport = row.FromReport
	row.StepFacts.Timeout = time.Duration(row.Timeout) * time.Second
	row.StepFacts.OfferFor = time.Duration(row.OfferFor) * time.Second
	return row.StepFacts, err
}

// writePlan moves the issue to in_progress, due when the plan's own deadline and the engine's are over.
func writePlan(ctx context.Context, t tx, issue lockedIssue, decision schema.Decision) error {
	plan, err := json.Marshal(decision.Plan)
	if err != nil {
		return err
	}
	var takes time.Duration
	if decision.Plan.Action != nil {
		takes = decision.Plan.Action.Deadline
	}
	if _, err := t.exec(ctx, `
		WITH issue AS (
		  UPDATE sn_pren_experience_issue
		     SET state = 'in_progress', sys_updated_on = now(), due_at = `+dueAt+` + make_interval(secs => $3)
		   WHERE sys_id = $1 AND step = $2 AND state = 'open'
		  RETURNING sys_id, step)
		UPDATE sn_pren_experience_issue_step s
		   SET begun_on = now(), plan = $4, parameters = $5, detail = $6
		  FROM issue
		 WHERE s.issue = issue.sys_id AND s.step = issue.step`,
		issue.SysID, issue.Step, takes.Seconds(), string(plan), text(decision.Parameters), cleaned(decision.Detail)); err != nil {
		return err
	}
	return addEvents(ctx, t, issue.SysID, issue.Step, engine, decision.Notes...)
}

// offerPlanned offers the job of a planned CI action to its device.
func offerPlanned(ctx context.Context, t tx, issue lockedIssue, facts schema.StepFacts, decision schema.Decision) error {
	action := decision.Plan.Action
	offered, err := offerJob(ctx, t, jobOffer{
		Issue: issue.SysID, Step: issue.Step, CI: facts.CI, Action: action.Target, Parameters: decision.Parameters,
		Idempotent: action.Idempotent, Attempts: action.Attempts, Timeout: action.Timeout, OfferFor: decision.OfferFor,
	})
	if err == nil && !offered {
		err = fmt.Errorf("a job was planned for a computer that is not there")
	}
	return err
}

// engine is who acts when no person and no account does.
const engine = "engine"
