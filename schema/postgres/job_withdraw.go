package postgres

import (
	"context"

	"proactive/schema"
)

// withdrawJobs takes back the unfinished jobs of an issue within the transaction that ends the issue's step, and gives what the
// timeline is to say of that. The transaction has locked the issue's row in an earlier statement: a single one that waited for
// that lock would not see a job that was offered again in the meantime.
func withdrawJobs(ctx context.Context, t tx, issue string) ([]schema.Note, error) {
	var begun []bool
	if err := t.selectAll(ctx, &begun, withdrawUnfinishedJobs, issue); err != nil {
		return nil, err
	}
	var notes []schema.Note
	for _, had := range begun {
		detail := "The job was withdrawn before the device had begun."
		if had {
			detail = "The job was withdrawn while the device was at it."
		}
		notes = append(notes, schema.Note{Event: schema.EventJobWithdrawn, Detail: detail})
	}
	return notes, nil
}

const withdrawUnfinishedJobs = `
	UPDATE ci_job
	   SET state = 'withdrawn', ended_on = clock_timestamp()
	 WHERE issue = $1 AND state IN ('offered', 'leased', 'begun')
	RETURNING begun_on IS NOT NULL`

// lastJob reads the last job of a step as it stands, for schema.JobOutcome; schema.ErrNoRecord when there never was one.
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
	 WHERE issue = $1 AND step = $2
	 ORDER BY attempt DESC
	 LIMIT 1`
