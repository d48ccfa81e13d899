package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"proactive/schema"
)

// lateResult is how long after its timeout a job may still be reported: a result that was just in time is on its way.
const lateResult = 5 * time.Second

// Heartbeat lengthens the lease of a job that the computer's agent has; the first one says that the agent begins. The lease never
// reaches beyond the job's timeout. A job that is not wanted any more is refused with schema.JobNotWanted: the agent must
// not act, or stop.
func (d *DB) Heartbeat(ctx context.Context, ci, job string) (leaseUntil time.Time, err error) {
	leaseUntil, err = d.beginJob(ctx, ci, job)
	if errors.Is(err, sql.ErrNoRows) {
		err = d.get(ctx, &leaseUntil, lengthenLease, job, ci, int(schema.JobLease.Seconds()), int(lateResult.Seconds()))
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return leaseUntil, fault("lengthen the lease of a job", err)
	}
	look, err := d.lookAtJob(ctx, ci, job)
	if err != nil {
		return time.Time{}, err
	}
	return time.Time{}, look.refusal()
}

func (d *DB) beginJob(ctx context.Context, ci, job string) (time.Time, error) {
	var begun struct {
		LeaseUntil   time.Time `db:"lease_until"`
		ExperienceID string    `db:"experience_id"`
	}
	err := d.get(ctx, &begun, beginLeasedJob, job, ci, int(schema.JobLease.Seconds()), int(lateResult.Seconds()))
	if err == nil {
		d.bell.ring(topicIssue, begun.ExperienceID)
	}
	return begun.LeaseUntil, err
}

const beginLeasedJob = `
	WITH locked AS MATERIALIZED (
	  SELECT i.sys_id, i.experience_id
	    FROM sn_pren_experience_issue i
	    JOIN ci_job j ON j.issue = i.sys_id AND j.step = i.step
	   WHERE j.sys_id = $1 AND j.ci = $2 AND j.state = 'leased' AND j.expires_at > now() AND i.state = 'in_progress'
	     FOR UPDATE OF i),
	begun AS (
	  UPDATE ci_job j
	     SET state = 'begun', begun_on = clock_timestamp(),
	         lease_until = clock_timestamp() + make_interval(secs => least($3, j.timeout_seconds + $4))
	    FROM locked
	   WHERE j.sys_id = $1 AND j.state = 'leased' AND j.issue = locked.sys_id
	  RETURNING j.issue, j.step, j.lease_until, j.purpose, locked.experience_id),
	counted AS (
	  UPDATE sn_pren_experience_issue i
	     SET events = i.events + 1
	    FROM begun
	   WHERE i.sys_id = begun.issue AND begun.purpose = 'action' -- of a notice only the end is told
	  RETURNING i.sys_id, i.events, begun.step),
	noted AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT sys_id, events, step, 'job_begun', 'The device has begun.', 'agent'
	    FROM counted)
	SELECT experience_id, lease_until
	  FROM begun`

// lengthenLease counts nothing, so it needs no lock but the job's own.
const lengthenLease = `
	UPDATE ci_job j
	   SET lease_until = least(clock_timestamp() + make_interval(secs => $3), j.begun_on + make_interval(secs => j.timeout_seconds + $4))
	  FROM sn_pren_experience_issue i
	 WHERE j.sys_id = $1 AND j.ci = $2 AND j.state = 'begun'
	   AND j.begun_on + make_interval(secs => j.timeout_seconds) > clock_timestamp()
	   AND i.sys_id = j.issue AND i.step = j.step AND i.state = 'in_progress'
	RETURNING j.lease_until`
