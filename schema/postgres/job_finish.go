package postgres

import (
	"bytes"
	"context"
	"strings"

	"github.com/lib/pq"

	"proactive/schema"
)

// FinishJob takes the result of a job from the computer's agent. The same result again is fine; another one is refused with
// schema.ResultDiffers; one for a job that has ended otherwise with schema.JobNotWanted. A job that was leased and not begun can
// only have failed: the agent's policy said no.
func (d *DB) FinishJob(ctx context.Context, ci, job string, result schema.ActionResult) error {
	if err := schema.CheckResult(result); err != nil {
		return err
	}
	stored, err := writeResult(result)
	if err != nil {
		return schema.RefuseJob(schema.ResultInvalid, "The result is not JSON.")
	}
	state, from := schema.JobFinished, []string{"begun"}
	switch result.Status {
	case schema.ActionUnknown:
		state = schema.JobUnknown
	case schema.ActionHasFailed:
		from = append(from, "leased")
	}
	for range 3 {
		ended, err := d.endJob(ctx, endJobOf, job, ci, state, string(stored), pq.Array(from), reported(result), "agent")
		if err != nil || len(ended) == 1 {
			return err
		}
		look, err := d.lookAtJob(ctx, ci, job)
		if err != nil {
			return err
		}
		switch {
		case look.Result != nil && bytes.Equal(look.Result, stored):
			return nil
		case look.Result != nil:
			return schema.RefuseJob(schema.ResultDiffers, "Another result of this job has been accepted.")
		case look.State == schema.JobLeased:
			return schema.RefuseJob(schema.JobNotWanted, "The job has not been begun, so it can only have failed.")
		case look.State != schema.JobBegun || !look.Wanted:
			return look.refusal()
		}
		// It was begun while this statement waited: it is seen now.
	}
	return schema.RefuseJob(schema.JobNotWanted, "The job changed hands.")
}

// reported is what the timeline says of a result.
func reported(r schema.ActionResult) string {
	said := map[schema.ActionStatus]string{
		schema.ActionSucceeded: "The device reports success.",
		schema.ActionHasFailed: "The device reports a failure.",
		schema.ActionWaits:     "The device reports that the next report is to be awaited.",
		schema.ActionUnknown:   "The device cannot say how the job ended.",
	}[r.Status]
	return strings.TrimSpace(said + " " + r.Message)
}
