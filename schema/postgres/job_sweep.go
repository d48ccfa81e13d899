package postgres

import (
	"context"
	"strings"

	"proactive/schema"
)

// sweepAtMost bounds one statement of SweepJobs, so that it holds few issues, and those for a short time.
const sweepAtMost = 50

// SweepJobs ends the jobs whose time is over and tells how many they were: not begun in time is expired; begun and longer at it than
// its timeout is timed out; begun and silent for longer than the lease is unknown, and offered again when it may be. Every worker
// may call it at any time; an issue that somebody else has at the moment is left for the next call.
func (d *DB) SweepJobs(ctx context.Context) (n int, err error) {
	for ctx.Err() == nil {
		ended, err := d.endJob(ctx, sweepJobs, sweepAtMost)
		n += len(ended)
		if err != nil || len(ended) < sweepAtMost {
			return n, err
		}
	}
	return n, ctx.Err()
}

// whoseTimeIsOver is said of the row as the statement found it and as it has it locked. A begun job's lease never reaches
// beyond its timeout, so its lease tells both.
const whoseTimeIsOver = `((j.state IN ('offered', 'leased') AND j.expires_at <= now()) OR (j.state = 'begun' AND j.lease_until <= now()))`

// sweepJobs takes of each issue one job at a time, as its counters are raised once.
var sweepJobs = `
	WITH due AS MATERIALIZED (
	  SELECT j.sys_id, i.sys_id AS issue, i.state = 'in_progress' AND i.step = j.step AS wanted
	    FROM ci_job j
	    JOIN sn_pren_experience_issue i ON i.sys_id = j.issue
	   WHERE ` + whoseTimeIsOver + `
	     AND NOT EXISTS (SELECT FROM ci_job o WHERE o.issue = j.issue AND o.sys_id < j.sys_id AND ` + strings.ReplaceAll(whoseTimeIsOver, "j.", "o.") + `)
	   LIMIT $1
	     FOR UPDATE OF i SKIP LOCKED),
	ended AS (
	  UPDATE ci_job j
	     SET state = CASE WHEN NOT due.wanted        THEN '` + string(schema.JobWithdrawn) + `'
	                      WHEN j.state <> 'begun'    THEN '` + string(schema.JobExpired) + `'
	                      WHEN j.begun_on + make_interval(secs => j.timeout_seconds) <= now()
	                                                 THEN '` + string(schema.JobTimedOut) + `'
	                      ELSE                            '` + string(schema.JobUnknown) + `' END,
	         ended_on = clock_timestamp(), ` + blankNotice + `
	    FROM due
	   WHERE j.sys_id = due.sys_id AND ` + whoseTimeIsOver + `
	  RETURNING j.issue, j.step, j.attempt, j.ci, j.action, j.parameters, j.idempotent, j.attempts, j.timeout_seconds,
	            j.reported_at, j.expires_at, j.state, j.purpose, j.notification, j.result, due.wanted,
	            CASE j.state WHEN 'withdrawn' THEN 'The job was withdrawn, as its step had ended.'
	                         WHEN 'expired'   THEN 'The device did not begin in the time that the job was offered for.'
	                         WHEN 'timed_out' THEN 'The device was longer at it than the timeout allows.'
	                         ELSE 'The device fell silent while it was at it.' END AS detail,
	            'janitor' AS told_by),` + andWhatFollows
