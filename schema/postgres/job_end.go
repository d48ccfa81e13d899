package postgres

import (
	"context"
	"time"
)

// endedJob is a job that has just ended.
type endedJob struct {
	ExperienceID string `db:"experience_id"`
	CI           string `db:"ci"`
	Retried      bool   `db:"retried"` // a new job was offered instead
	Wanted       bool   `db:"wanted"`  // otherwise its step had ended before, and nobody needs to be told
}

// endJob runs a statement that ends jobs, and wakes who waits for that.
func (d *DB) endJob(ctx context.Context, statement string, args ...any) ([]endedJob, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // the caller's going away must not split the story
	defer cancel()
	var ended []endedJob
	if err := d.selectAll(ctx, &ended, statement, args...); err != nil {
		return nil, fault("end jobs", err)
	}
	for _, job := range ended {
		d.bell.ring(topicIssue, job.ExperienceID)
		switch {
		case job.Retried:
			d.bell.ring(topicJob, job.CI)
		case job.Wanted:
			d.bell.ring(topicInbox, "")
		}
	}
	return ended, nil
}

// endJobOf ends job $1 of computer $2 as $3 with result $4, if it stands in one of the states $5; $6 is what to say on the
// timeline, $7 who says it.
const endJobOf = `
	WITH locked AS MATERIALIZED (
	  SELECT i.sys_id
	    FROM sn_pren_experience_issue i
	    JOIN ci_job j ON j.issue = i.sys_id AND j.step = i.step
	   WHERE j.sys_id = $1 AND j.ci = $2 AND i.state = 'in_progress'
	     FOR UPDATE OF i),
	ended AS (
	  UPDATE ci_job j
	     SET state = $3, result = $4, ended_on = clock_timestamp(), ` + blankNotice + `
	    FROM locked
	   WHERE j.sys_id = $1 AND j.issue = locked.sys_id AND j.state = ANY ($5)
	  RETURNING j.issue, j.step, j.attempt, j.ci, j.action, j.parameters, j.idempotent, j.attempts, j.timeout_seconds,
	            j.reported_at, j.expires_at, j.state, j.purpose, j.notification, j.result, true AS wanted, $6::text AS detail,
	            $7::text AS told_by),` + andWhatFollows

// blankNotice forgets what a message said, perhaps a code, as soon as its job ends.
const blankNotice = `parameters = CASE j.purpose WHEN 'notice' THEN '{}' ELSE j.parameters END`

// andWhatFollows is the rest of every statement that ends jobs, at most one of each issue: a job whose outcome is unknown is
// offered again when its action may be repeated; every other end goes to the inbox; both go to the timeline. The end of a notice
// settles its notification; its action must not be repeated.
const andWhatFollows = `
	again AS (
	  INSERT INTO ci_job (sys_id, issue, step, attempt, ci, action, parameters, idempotent, attempts, timeout_seconds,
	                      reported_at, expires_at)
	  SELECT replace(gen_random_uuid()::text, '-', ''), issue, step, attempt + 1, ci, action, parameters, idempotent, attempts,
	         timeout_seconds, reported_at, greatest(expires_at, now() + make_interval(secs => timeout_seconds))
	    FROM ended
	   WHERE wanted AND state = 'unknown' AND idempotent AND attempt < attempts
	  RETURNING issue, attempt),
	settled AS (
	  UPDATE sn_pren_notification n
	     SET ended_on = clock_timestamp(),
	         state = CASE WHEN ended.state = 'finished' AND ended.result->>'status' = 'succeeded' THEN 'delivered'
	                      WHEN ended.state IN ('unknown', 'timed_out')                            THEN 'unknown'
	                      WHEN ended.state = 'withdrawn'                                          THEN 'withdrawn'
	                      ELSE                                                                         'failed' END
	    FROM ended
	   WHERE n.sys_id = ended.notification AND n.state IN ('pending', 'sending')
	  RETURNING n.issue, n.occasion, n.state),
	counted AS (
	  UPDATE sn_pren_experience_issue i
	     SET messages = i.messages + CASE WHEN ended.wanted AND again.issue IS NULL THEN 1 ELSE 0 END,
	         events   = i.events   + CASE WHEN again.issue IS NULL THEN 1 ELSE 2 END
	    FROM ended
	    LEFT JOIN again ON again.issue = ended.issue
	   WHERE i.sys_id = ended.issue
	  RETURNING i.sys_id, i.experience_id, i.messages, i.events, ended.step, ended.state, ended.wanted, ended.detail, ended.told_by,
	            ended.ci, ended.action, ended.purpose, again.issue IS NOT NULL AS retried, again.attempt),
	told AS (
	  INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step)
	  SELECT sys_id, messages, CASE purpose WHEN 'notice' THEN 'noticed' ELSE 'job_finished' END, step
	    FROM counted
	   WHERE wanted AND NOT retried),
	noted AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT counted.sys_id, counted.events - CASE WHEN retried THEN 1 ELSE 0 END, counted.step,
	         CASE WHEN purpose = 'action' THEN CASE counted.state WHEN 'withdrawn' THEN 'job_withdrawn' ELSE 'job_finished' END
	              WHEN settled.state = 'delivered' AND settled.occasion = 'code' THEN 'code_shown'
	              WHEN settled.state = 'delivered'                               THEN 'notification_sent'
	              WHEN counted.state = 'withdrawn'                               THEN 'notification_withdrawn'
	              ELSE                                                                'notification_failed' END,
	         CASE purpose WHEN 'notice' THEN 'A message on the device: ' ELSE '' END || counted.detail, counted.told_by
	    FROM counted
	    LEFT JOIN settled ON settled.issue = counted.sys_id
	   UNION ALL
	  SELECT sys_id, events, step, 'job_offered',
	         'The job ' || action || ' is offered to the device again: attempt ' || attempt || '.', 'engine'
	    FROM counted
	   WHERE retried)
	SELECT experience_id, ci, retried, wanted
	  FROM counted`
