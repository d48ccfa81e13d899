package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"proactive/schema"
)

// jobLook is a job as a move that was lost finds it.
type jobLook struct {
	State  schema.JobState `db:"state"`
	Wanted bool            `db:"wanted"` // its issue is in progress at its step
	Over   bool            `db:"over"`   // expired before it was begun, or longer at it than its timeout
	Result []byte          `db:"result"`
}

// lookAtJob asks why a move was lost. An unknown job, and one of another computer, are refused alike.
func (d *DB) lookAtJob(ctx context.Context, ci, job string) (look jobLook, err error) {
	err = fault("look at a job", d.get(ctx, &look, selectJob, job, ci))
	if errors.Is(err, schema.ErrNoRecord) {
		return jobLook{}, schema.RefuseJob(schema.JobNotWanted, "This computer has no such job.")
	}
	return look, err
}

const selectJob = `
	SELECT j.state, j.result,
	       i.state = 'in_progress' AND i.step = j.step AS wanted,
	       CASE WHEN j.begun_on IS NULL THEN j.expires_at <= now()
	            ELSE j.begun_on + make_interval(secs => j.timeout_seconds) <= now()
	       END AS over
	  FROM ci_job j
	  JOIN sn_pren_experience_issue i ON i.sys_id = j.issue
	 WHERE j.sys_id = $1 AND j.ci = $2`

func (l jobLook) refusal() error {
	switch {
	case l.State == schema.JobOffered:
		return schema.RefuseJob(schema.JobNotWanted, "The job has not been fetched.")
	case l.State == schema.JobExpired, l.State == schema.JobLeased && l.Over:
		return schema.RefuseJob(schema.JobNotWanted, "The job was not begun in the time that it was offered for.")
	case l.State == schema.JobTimedOut, l.State == schema.JobBegun && l.Over:
		return schema.RefuseJob(schema.JobNotWanted, "The job took longer than its timeout.")
	case l.State == schema.JobFinished:
		return schema.RefuseJob(schema.JobNotWanted, "The job has its result.")
	case l.State == schema.JobUnknown:
		return schema.RefuseJob(schema.JobNotWanted, "The job was given up, as nothing was heard of it.")
	}
	return schema.RefuseJob(schema.JobNotWanted, "The job was withdrawn, as its step has ended.")
}

// writeResult is a result as it is stored: what the agent sent, compacted.
func writeResult(r schema.ActionResult) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func readResult(stored []byte) (*schema.ActionResult, error) {
	if stored == nil {
		return nil, nil
	}
	result := new(schema.ActionResult)
	return result, json.Unmarshal(stored, result)
}
