package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// AwaitJob tells when there may be a job for a computer. The caller ends it with stop. It holds no connection.
func (d *DB) AwaitJob(ci string) (woken <-chan struct{}, stop func()) {
	return d.bell.wait(topicJob, ci)
}

// NextJob leases the oldest wanted job of a computer to its agent, for schema.JobLease, and remembers what the agent says of
// itself. Without one it gives nil, and when to look again: at the end of a lease that nobody has begun; zero if there is none.
//
// A job for an action that the agent does not have ends at once as one that no device could be reached for: an agent
// learns new actions only by being replaced, and the person should not wait for that.
func (d *DB) NextJob(ctx context.Context, ci string, agent schema.AgentInfo) (job *schema.Job, again time.Time, err error) {
	for range 10 {
		row, err := d.leaseJob(ctx, ci, agent)
		if err != nil {
			return nil, time.Time{}, fault("lease a job", err)
		}
		switch {
		case !row.Wanted:
			return nil, row.Again.Time, nil
		case !row.ID.Valid: // another agent was first, or the issue has just moved on: there may be a second job
			continue
		}
		d.bell.ring(topicIssue, row.ExperienceID.String)
		if slices.Contains(agent.Actions, row.Action.String) {
			return row.job(), time.Time{}, nil
		}
		if err := d.rejectJob(ctx, ci, row.job()); err != nil {
			return nil, time.Time{}, err
		}
	}
	return nil, time.Now().Add(time.Second), nil
}

func (d *DB) rejectJob(ctx context.Context, ci string, job *schema.Job) error {
	detail := fmt.Sprintf("The agent on the device has no action %q.", job.Action)
	_, err := d.endJob(ctx, endJobOf, job.ID, ci, schema.JobExpired, nil, pq.Array([]string{"leased"}), detail, "agent")
	return err
}

// leasedJob is one row in any case; its job is NULL where there was none, or none any more.
type leasedJob struct {
	Wanted       bool           `db:"wanted"`
	Again        sql.NullTime   `db:"again"`
	ID           sql.NullString `db:"sys_id"`
	ExperienceID sql.NullString `db:"experience_id"`
	Step         sql.NullInt64  `db:"step"`
	Attempt      sql.NullInt64  `db:"attempt"`
	Action       sql.NullString `db:"action"`
	Parameters   []byte         `db:"parameters"`
	Notification sql.NullString `db:"notification"`
	Occasion     sql.NullString `db:"occasion"`
	Idempotent   sql.NullBool   `db:"idempotent"`
	ReportedAt   sql.NullTime   `db:"reported_at"`
	ExpiresAt    sql.NullTime   `db:"expires_at"`
	TimeoutSec   sql.NullInt64  `db:"timeout_seconds"`
	LeaseUntil   sql.NullTime   `db:"lease_until"`
}

func (r leasedJob) job() *schema.Job {
	return &schema.Job{ID: r.ID.String, ExperienceID: r.ExperienceID.String, Step: int(r.Step.Int64), Attempt: int(r.Attempt.Int64),
		Action: r.Action.String, Parameters: json.RawMessage(r.Parameters), Idempotent: r.Idempotent.Bool, ReportedAt: r.ReportedAt.Time,
		ExpiresAt: r.ExpiresAt.Time, TimeoutSec: int(r.TimeoutSec.Int64), LeaseUntil: r.LeaseUntil.Time,
		Notification: r.Notification.String, Occasion: schema.Occasion(r.Occasion.String)}
}

func (d *DB) leaseJob(ctx context.Context, ci string, agent schema.AgentInfo) (row leasedJob, err error) {
	err = d.get(ctx, &row, leaseNextJob, ci, int(schema.JobLease.Seconds()), agent.Version, agent.OS, pq.Array(agent.Actions))
	return row, err
}

// leaseNextJob locks the issue before the job, as every move does. It waits for the issue's row instead of skipping it: whoever
// holds that row has it for one statement, while a job that was skipped would lie until the next poll.
const leaseNextJob = `
	WITH wanted AS MATERIALIZED (
	  SELECT j.sys_id, j.issue, i.experience_id
	    FROM ci_job j
	    JOIN sn_pren_experience_issue i ON i.sys_id = j.issue AND i.step = j.step AND i.state = 'in_progress'
	   WHERE j.ci = $1 AND j.expires_at > now()
	     AND (j.state = 'offered' OR (j.state = 'leased' AND j.lease_until <= now()))
	   ORDER BY j.sys_created_on, j.sys_id
	   LIMIT 1
	     FOR UPDATE OF i),
	leased AS (
	  UPDATE ci_job j
	     SET state = 'leased', lease_until = clock_timestamp() + make_interval(secs => $2)
	    FROM wanted
	   WHERE j.sys_id = wanted.sys_id AND j.expires_at > now()
	     AND (j.state = 'offered' OR (j.state = 'leased' AND j.lease_until <= now()))
	  RETURNING j.sys_id, j.issue, wanted.experience_id, j.step, j.attempt, j.action, j.parameters, j.idempotent, j.reported_at,
	            j.expires_at, j.timeout_seconds, j.lease_until, j.notification),
	counted AS (
	  UPDATE sn_pren_experience_issue i
	     SET events = i.events + 1
	    FROM leased
	   WHERE i.sys_id = leased.issue AND leased.notification IS NULL -- of a notice only the end is told
	  RETURNING i.sys_id, i.events),
	noted AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT counted.sys_id, counted.events, leased.step, 'job_fetched', 'The device has fetched the job.', 'agent'
	    FROM counted, leased),
	seen AS (
	  UPDATE sn_agent_token
	     SET last_seen_on = now(), agent_version = $3, os = $4, actions = $5
	   WHERE ci = $1 AND revoked_on IS NULL
	     AND (last_seen_on IS NULL OR last_seen_on < now() - interval '1 minute'
	          OR agent_version <> $3 OR os <> $4 OR actions <> $5::text[]))
	SELECT wanted.sys_id IS NOT NULL AS wanted,
	       (SELECT min(lease_until) FROM ci_job WHERE ci = $1 AND state = 'leased') AS again,
	       leased.sys_id, leased.experience_id, leased.step, leased.attempt, leased.action, leased.parameters, leased.idempotent,
	       leased.reported_at, leased.expires_at, leased.timeout_seconds, leased.lease_until,
	       leased.notification, (SELECT occasion FROM sn_pren_notification WHERE sys_id = leased.notification) AS occasion
	  FROM (SELECT) AS always
	  LEFT JOIN wanted ON true
	  LEFT JOIN leased ON true`
