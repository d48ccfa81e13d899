package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"proactive/schema"
)

// Begin takes up a step: decide says from the facts what is to happen, and its decision is written on the step's row together
// with the move to in_progress and, for a CI action, the offered job. A repeat returns the plan that stands there. An issue
// that was closed meanwhile, or before the step could begin, is said in the plan: nothing of it is to be run.
//
// The facts are read without a lock, and the decision is written only where the step is still open. When somebody else was faster, it
// is looked at once more, and then the plan or the end stands there.
func (d *DB) Begin(ctx context.Context, experienceID string, step int, decide func(schema.StepFacts) (schema.Decision, error)) (schema.Plan, error) {
	for range 3 {
		b := beginning{decide: decide}
		if err := d.begin(ctx, experienceID, step, &b); err != nil {
			return schema.Plan{}, fault("begin a step", err)
		}
		if !b.done {
			continue
		}
		if b.device != "" {
			d.bell.ring(topicJob, b.device)
		}
		d.bell.ring(topicIssue, experienceID)
		return b.decision.Plan, nil
	}
	return schema.Plan{}, fault("begin a step", errors.New("the issue changed whenever the step was about to begin"))
}

// beginning is a step on its way to be taken up.
type beginning struct {
	now    stepNow
	facts  schema.StepFacts
	decide func(schema.StepFacts) (schema.Decision, error)

	decision schema.Decision
	device   string // the computer that a job was offered to
	done     bool   // the decision stands in Postgres
}

// begin does the work of Begin, once. What is counted, and a conversation, take a transaction.
func (d *DB) begin(ctx context.Context, experienceID string, step int, b *beginning) (err error) {
	if b.now, b.facts, err = stepFacts(ctx, d, experienceID, step); err != nil {
		return err
	}
	switch {
	case b.now.State.Closed(): // also since a first try of this call: what it planned is not wanted any more
		b.decision.Plan, b.done = schema.Plan{Step: step, Ended: b.now.State}, true
		return nil
	case b.now.Plan != nil:
		b.done = true
		return json.Unmarshal(b.now.Plan, &b.decision.Plan)
	case b.now.State != schema.Open || b.now.At != step:
		return fmt.Errorf("step %d cannot begin: the issue is at step %d in state %s", step, b.now.At, b.now.State)
	case b.facts.Engagement == schema.Silent && !b.facts.Counted():
		return b.takeUp(ctx, d)
	}
	return d.inTx(ctx, func(t tx) error {
		if b.facts.Counted() {
			if err := lookBack(ctx, t, b.facts.User, &b.facts); err != nil {
				return err
			}
		}
		return b.takeUp(ctx, t)
	})
}

// takeUp decides, and writes that down. A conversation comes before its action.
func (b *beginning) takeUp(ctx context.Context, r runner) (err error) {
	if b.decision, err = b.decide(b.facts); err != nil {
		return err
	}
	plan := b.decision.Plan
	job := jobOffer{Issue: b.now.Issue, Step: b.facts.Step, CI: b.facts.CI, Parameters: b.decision.Parameters, OfferFor: b.decision.OfferFor}
	notes := b.decision.Notes
	if plan.Action != nil && plan.Action.Kind == schema.CIAction && !plan.Conversation {
		job.ID = schema.NewSysID()
		job.planned(*plan.Action)
		b.device, notes = b.facts.CI, append(notes, job.note())
	}
	if b.done, err = b.write(ctx, r, job, notes); err != nil || !b.done || !plan.Conversation {
		return err
	}
	return beginConversation(ctx, r, b.now.Issue, b.facts, b.decision)
}

// write moves the issue to in_progress, due when the engine's time is over after the plan's own deadline, or after the end of the
// conversation's first state. It tells whether the step was still open.
func (b *beginning) write(ctx context.Context, r runner, job jobOffer, notes []schema.Note) (done bool, err error) {
	plan, err := json.Marshal(b.decision.Plan)
	if err != nil {
		return false, err
	}
	var takes time.Duration
	var until *time.Time
	switch {
	case b.decision.Plan.Conversation:
		until = &b.decision.Conversation.Until
	case b.decision.Plan.Action != nil:
		takes = b.decision.Plan.Action.Deadline
	}
	pinned := b.facts.Versions
	args := append(noteArgs(engine, notes), job.args()...)
	n, err := r.exec(ctx, takeUpStep, append(args, takes.Seconds(), until, string(plan), cleaned(b.decision.Detail), schema.Open,
		pinned.Registry.SysID, pinned.Resolution.SysID, pinned.Action.SysID)...)
	return n == 1, err
}

// takeUpStep takes the notes' parameters, then the job's, and then $14 how long the action takes at most in seconds, $15 the end of the
// conversation's first state, $16 the plan, $17 the detail, $18 the state before, and $19 to $21 the versions that govern the step. As a
// parameter the state keeps Postgres from looking through all that are open, which it may find cheaper while there are few.
const takeUpStep = `
	WITH counted AS (
	  UPDATE sn_pren_experience_issue
	     SET state = 'in_progress', sys_updated_on = now(), events = events + cardinality($1::text[]),
	         due_at = ` + dueAt + ` + greatest(make_interval(secs => $14), $15::timestamptz - now())
	   WHERE sys_id = $5 AND step = $6 AND state = $18
	  RETURNING sys_id, step, events),
	begun AS (
	  UPDATE sn_pren_experience_issue_step s
	     SET begun_on = clock_timestamp(), plan = $16, parameters = $9, detail = $17,
	         registry_version = nullif($19, ''), resolution_version = nullif($20, ''), action_version = nullif($21, '')
	    FROM counted
	   WHERE s.issue = counted.sys_id AND s.step = counted.step),` + firstJob + `,` + noted

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
