package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

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
	if facts.Counted() {
		if err := lookBack(ctx, t, issue.User, &facts); err != nil {
			return plan, "", err
		}
	}
	decision, err := decide(facts)
	if err != nil {
		return plan, "", err
	}
	device, err = carryOut(ctx, t, issue, facts, decision)
	return decision.Plan, device, err
}

// carryOut writes a decision: the plan, and how the conversation or the CI action begins. A conversation comes before its action.
func carryOut(ctx context.Context, t tx, issue lockedIssue, facts schema.StepFacts, decision schema.Decision) (device string, err error) {
	if err := writePlan(ctx, t, issue, decision); err != nil {
		return "", err
	}
	switch plan := decision.Plan; {
	case plan.Conversation:
		return "", beginConversation(ctx, t, issue, decision)
	case plan.Action != nil && plan.Action.Kind == schema.CIAction:
		return facts.CI, offerPlanned(ctx, t, issue, facts, decision)
	}
	return "", nil
}

// writePlan moves the issue to in_progress, due when the engine's time is over after the plan's own deadline, or after the end of the
// conversation's first state.
func writePlan(ctx context.Context, t tx, issue lockedIssue, decision schema.Decision) error {
	plan, err := json.Marshal(decision.Plan)
	if err != nil {
		return err
	}
	var takes time.Duration
	var until *time.Time
	switch {
	case decision.Plan.Conversation:
		until = &decision.Conversation.Until
	case decision.Plan.Action != nil:
		takes = decision.Plan.Action.Deadline
	}
	if _, err := t.exec(ctx, `
		WITH issue AS (
		  UPDATE sn_pren_experience_issue
		     SET state = 'in_progress', sys_updated_on = now(), due_at = `+dueAt+` + greatest(make_interval(secs => $3), $7::timestamptz - now())
		   WHERE sys_id = $1 AND step = $2 AND state = 'open'
		  RETURNING sys_id, step)
		UPDATE sn_pren_experience_issue_step s
		   SET begun_on = clock_timestamp(), plan = $4, parameters = $5, detail = $6
		  FROM issue
		 WHERE s.issue = issue.sys_id AND s.step = issue.step`,
		issue.SysID, issue.Step, takes.Seconds(), string(plan), text(decision.Parameters), cleaned(decision.Detail), until); err != nil {
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

// text passes a JSON document to Postgres as it is, and its absence as NULL.
func text(document []byte) *string {
	if document == nil {
		return nil
	}
	s := string(document)
	return &s
}
