package postgres

import (
	"context"

	"proactive/schema"
)

// withdrawJobs takes back the unfinished jobs of an issue, and its messages that have not left, within the transaction that ends the
// issue's step, and gives what the timeline is to say of that. The transaction has locked the issue's row in an earlier statement: a single one that waited for
// that lock would not see a job that was offered again in the meantime.
func withdrawJobs(ctx context.Context, t tx, issue string) ([]schema.Note, error) {
	var withdrawn []struct {
		Purpose schema.JobPurpose `db:"purpose"`
		Begun   bool              `db:"begun"`
	}
	if err := t.selectAll(ctx, &withdrawn, withdrawUnfinished, issue); err != nil {
		return nil, err
	}
	var notes []schema.Note
	for _, w := range withdrawn {
		note := schema.Note{Event: schema.EventJobWithdrawn, Detail: "The job was withdrawn before the device had begun."}
		if w.Begun {
			note.Detail = "The job was withdrawn while the device was at it."
		}
		if w.Purpose == schema.JobNotice {
			note = schema.Note{Event: schema.EventNotificationGone, Detail: "A message was withdrawn, as the step has ended."}
		}
		notes = append(notes, note)
	}
	return notes, nil
}

// withdrawUnfinished gives a row for each job, and for each message that was no job yet. What is for the service desk is sent after the
// end. What is being handed over cannot be taken back: nobody may come back to it once the run has ended, so it counts as unknown until
// somebody does.
const withdrawUnfinished = `
	WITH jobs AS (
	  UPDATE ci_job
	     SET state = 'withdrawn', ended_on = clock_timestamp(),
	         parameters = CASE purpose WHEN 'notice' THEN '{}' ELSE parameters END
	   WHERE issue = $1 AND state IN ('offered', 'leased', 'begun')
	  RETURNING purpose, notification, begun_on IS NOT NULL AS begun),
	messages AS (
	  UPDATE sn_pren_notification
	     SET state = CASE WHEN state = 'pending' OR sys_id IN (SELECT notification FROM jobs) THEN 'withdrawn' ELSE 'unknown' END,
	         ended_on = clock_timestamp()
	   WHERE issue = $1 AND occasion <> 'desk' AND state IN ('pending', 'sending')
	  RETURNING sys_id, state)
	SELECT purpose, begun FROM jobs
	 UNION ALL
	SELECT 'notice', false FROM messages
	 WHERE state = 'withdrawn' AND sys_id NOT IN (SELECT notification FROM jobs WHERE notification IS NOT NULL)`

// lastJob reads the last job of a step's action as it stands, for schema.JobOutcome; schema.ErrNoRecord when there never was one.
func lastJob(ctx context.Context, t tx, issue string, step int) (schema.JobEnd, error) {
	var row struct {
		State      schema.JobState
		Begun      bool
		Idempotent bool
		Result     []byte
	}
	if err := t.get(ctx, &row, selectLastJob, issue, step); err != nil {
		return schema.JobEnd{}, fault("read the job of a step", err)
	}
	end := schema.JobEnd{Step: step, State: row.State, Begun: row.Begun, Idempotent: row.Idempotent}
	result, err := readResult(row.Result)
	if err != nil {
		return schema.JobEnd{}, fault("read the result of a job", err)
	}
	end.Result = result
	return end, nil
}

const selectLastJob = `
	SELECT state, begun_on IS NOT NULL AS begun, idempotent, result
	  FROM ci_job
	 WHERE issue = $1 AND step = $2 AND purpose = 'action'
	 ORDER BY attempt DESC
	 LIMIT 1`
