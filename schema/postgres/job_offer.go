package postgres

import (
	"context"
	"encoding/json"
	"time"

	"proactive/schema"
)

// jobOffer is the first job of a step, for a device.
type jobOffer struct {
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

// offerJob offers the first job of a step within the transaction that begins the step, or that takes up what the person has agreed
// to, with its line on the timeline. It tells whether the job is offered: not when there is no such computer, when the issue is not
// in progress at that step, or when its conversation is not where the action runs. After the commit the caller rings topicJob
// with the CI.
func offerJob(ctx context.Context, t tx, o jobOffer) (offered bool, err error) {
	n, err := t.exec(ctx, insertFirstJob, schema.NewSysID(), o.Issue, o.Step, o.CI, o.Action, string(o.Parameters), o.Idempotent,
		o.Attempts, int(o.Timeout.Seconds()), int(o.OfferFor.Seconds()))
	return n == 1, err
}

const insertFirstJob = `
	WITH counted AS (
	  UPDATE sn_pren_experience_issue
	     SET events = events + 1
	   WHERE sys_id = $2 AND step = $3 AND state = 'in_progress'
	     AND EXISTS (SELECT FROM cmdb_ci_computer WHERE sys_id = $4)
	     AND NOT EXISTS (SELECT FROM sn_pren_conversation WHERE issue = $2 AND step = $3 AND state <> 'running') -- only what was agreed to
	  RETURNING sys_id, events),
	job AS (
	  INSERT INTO ci_job (sys_id, issue, step, attempt, ci, action, parameters, idempotent, attempts, timeout_seconds,
	                      reported_at, expires_at)
	  SELECT $1, counted.sys_id, $3, 1, $4, $5, $6, $7, $8, $9, step.sys_created_on, now() + make_interval(secs => $10)
	    FROM counted
	    JOIN sn_pren_experience_issue_step step ON step.issue = counted.sys_id AND step.step = $3
	  RETURNING issue, action)
	INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	SELECT job.issue, counted.events, $3, 'job_offered', 'The job ' || job.action || ' is offered to the device.', 'engine'
	  FROM job, counted`
