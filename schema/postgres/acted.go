package postgres

import (
	"context"

	"proactive/schema"
)

// Acted takes what came of the action that the person agreed to: when it worked they are asked whether it helped, else the turn says
// that the outcome concludes the step. A job that has not ended is withdrawn, so that the same outcome still holds then.
func (d *DB) Acted(ctx context.Context, experienceID string, outcome schema.Outcome) (schema.Turn, error) {
	return d.converse(ctx, "take the outcome of an action", experienceID, outcome.Step, func(k *talk) error {
		if k.c.State != schema.ConversationRunning {
			return nil
		}
		return k.acted(outcome)
	})
}

func (k *talk) acted(outcome schema.Outcome) error {
	if outcome.Job {
		job, err := lastJob(k.ctx, k.t, k.issue.SysID, k.issue.Step)
		if err != nil {
			return err
		}
		outcome = schema.JobOutcome(job)
	}
	withdrawn, err := withdrawJobs(k.ctx, k.t, k.issue.SysID)
	if err != nil {
		return err
	}
	k.notes = append(k.notes, withdrawn...)
	k.c = k.c.Acted(k.now, worked(k.issue, outcome))
	if k.c.State == schema.ConversationEnded {
		return nil // Conclude writes down the result
	}
	if err := k.keepResult(outcome.Result); err != nil {
		return err
	}
	k.say(schema.EventConfirmationAsked, "The person is asked whether it helped, until %s.", instant(k.c.Until))
	return nil
}

// worked tells whether the action succeeded and nothing more is to come, so that it may have helped.
func worked(issue lockedIssue, outcome schema.Outcome) bool {
	return outcome.Reason == "" && outcome.Result != nil && outcome.Result.Status == schema.ActionSucceeded && issue.OnSuccess == "close"
}

// keepResult writes what an action gave back on the step's row and on the timeline.
func (k *talk) keepResult(result *schema.ActionResult) error {
	if result == nil {
		return nil
	}
	k.notes = append(k.notes, resultNote(*result))
	output := resultOutput(*result)
	if output == nil {
		return nil
	}
	_, err := k.t.exec(k.ctx, `
		UPDATE sn_pren_experience_issue_step SET output = $3
		 WHERE issue = $1 AND step = $2`, k.issue.SysID, k.issue.Step, output)
	return err
}
