package postgres

import (
	"context"
	"encoding/json"
	"time"

	"proactive/schema"
)

// jobOffer is the first job of a step, for a device.
type jobOffer struct {
	ID         string // sys_id of the job; "" where there is to be none
	Issue      string // sys_id
	Step       int
	CI         string // sys_id as reported; it may name no computer of ours
	Action     string // name of the agent's action
	Parameters json.RawMessage
	Idempotent bool
	Attempts   int           // at most
	Timeout    time.Duration // of one attempt
	OfferFor   time.Duration // how long it waits for its device
}

// planned takes over what the plan says about the job.
func (o *jobOffer) planned(a schema.PlannedAction) {
	o.Action, o.Idempotent, o.Attempts, o.Timeout = a.Target, a.Idempotent, a.Attempts, a.Timeout
}

// args are parameters $4 to $13 of a statement with firstJob.
func (o jobOffer) args() []any {
	return []any{o.ID, o.Issue, o.Step, o.CI, o.Action, text(o.Parameters), o.Idempotent, o.Attempts, int(o.Timeout.Seconds()), int(o.OfferFor.Seconds())}
}

func (o jobOffer) note() schema.Note {
	return schema.Note{Event: schema.EventJobOffered, Detail: "The job " + o.Action + " is offered to the device."}
}

// offerJob offers the first job of a step within the transaction that takes up what the person has agreed to, with its line on the
// timeline. It tells whether the job is offered: not when there is no such computer, when the issue is not in progress at that step, or
// when its conversation is not where the action runs. After the commit the caller rings topicJob with the CI.
func offerJob(ctx context.Context, t tx, o jobOffer) (offered bool, err error) {
	o.ID = schema.NewSysID()
	n, err := t.exec(ctx, insertFirstJob, append(noteArgs(engine, []schema.Note{o.note()}), o.args()...)...)
	return n == 1, err
}

const insertFirstJob = `
	WITH counted AS (
	  UPDATE sn_pren_experience_issue
	     SET events = events + 1
	   WHERE sys_id = $5 AND step = $6 AND state = 'in_progress'
	     AND EXISTS (SELECT FROM cmdb_ci_computer WHERE sys_id = $7)
	     AND NOT EXISTS (SELECT FROM sn_pren_conversation WHERE issue = $5 AND step = $6 AND state <> 'running') -- only what was agreed to
	  RETURNING sys_id, step, events),` + firstJob + `,` + noted

// firstJob makes the first job of the step in "counted": $4 its sys_id, "" for no job, $5 the issue, $6 the step, $7 the computer,
// $8 to $13 the offer.
const firstJob = `
	job AS (
	  INSERT INTO ci_job (sys_id, issue, step, attempt, ci, action, parameters, idempotent, attempts, timeout_seconds,
	                      reported_at, expires_at)
	  SELECT $4, counted.sys_id, $6, 1, $7, $8, $9, $10, $11, $12, step.sys_created_on, now() + make_interval(secs => $13)
	    FROM counted
	    JOIN sn_pren_experience_issue_step step ON step.issue = counted.sys_id AND step.step = $6
	   WHERE $4 <> '')`
