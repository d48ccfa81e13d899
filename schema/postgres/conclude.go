package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"proactive/schema"
)

// Conclude ends a step with what the workflow found out about it: the issue is closed, with its fallback and incident, or goes
// to action_wait. Whatever jobs the step has left are withdrawn. A repeat, and a step that somebody else has ended, return the
// verdict that stands on the step's row.
func (d *DB) Conclude(ctx context.Context, experienceID string, outcome schema.Outcome) (schema.Verdict, error) {
	var verdict schema.Verdict
	err := d.inTx(ctx, func(t tx) (err error) {
		verdict, err = conclude(ctx, t, experienceID, outcome)
		return err
	})
	if err != nil {
		return schema.Verdict{}, fault("conclude a step", err)
	}
	d.bell.ring(topicIssue, experienceID)
	if verdict.EndReason.TakesFallback() { // perhaps the service desk is to be told
		d.bell.ring(topicInbox, "")
	}
	return verdict, nil
}

func conclude(ctx context.Context, t tx, experienceID string, outcome schema.Outcome) (schema.Verdict, error) {
	issue, err := lockIssue(ctx, t, experienceID)
	if err != nil {
		return schema.Verdict{}, err
	}
	_, before, err := decided(ctx, t, issue.SysID, outcome.Step)
	if err != nil {
		return schema.Verdict{}, err
	}
	if callsOff(issue, outcome) {
		return end(ctx, t, issue, ending{reason: outcome.Reason, detail: outcome.Detail, by: engine})
	}
	if before != nil {
		return standing(issue, outcome, *before), nil
	}
	if issue.Step != outcome.Step || issue.State != schema.InProgress {
		return schema.Verdict{}, fmt.Errorf("step %d cannot be concluded: the issue is at step %d in state %s", outcome.Step, issue.Step, issue.State)
	}
	if outcome.Job {
		job, err := lastJob(ctx, t, issue.SysID, outcome.Step)
		if err != nil {
			return schema.Verdict{}, err
		}
		outcome = schema.JobOutcome(job)
	}
	if outcome.Detail == "" {
		outcome.Detail = issue.Detail
	}
	if err := keepResult(ctx, t, issue, outcome.Result); err != nil {
		return schema.Verdict{}, err
	}
	return decideOutcome(ctx, t, issue, outcome)
}

// callsOff tells whether the issue is called off at this step: before it began, while it runs, or while it waits for the next.
func callsOff(issue lockedIssue, outcome schema.Outcome) bool {
	return outcome.Reason == schema.Cancelled && issue.Step == outcome.Step && !issue.State.Closed()
}

// standing is the verdict of a step that has ended before. One who wanted to call the issue off is told where it is now.
func standing(issue lockedIssue, outcome schema.Outcome, before schema.Verdict) schema.Verdict {
	if outcome.Reason == schema.Cancelled && issue.Step > outcome.Step {
		return schema.Verdict{Step: issue.Step, State: issue.State, EndReason: issue.EndReason}
	}
	return before
}

// decideOutcome turns an outcome into the next state.
func decideOutcome(ctx context.Context, t tx, issue lockedIssue, outcome schema.Outcome) (schema.Verdict, error) {
	if outcome.Reason != "" {
		return end(ctx, t, issue, ending{reason: outcome.Reason, detail: outcome.Detail, by: engine})
	}
	switch outcome.Result.Status {
	case schema.ActionWaits:
		return waitForNext(ctx, t, issue)
	case schema.ActionSucceeded:
		if issue.OnSuccess == "action_wait" {
			return waitForNext(ctx, t, issue)
		}
		return end(ctx, t, issue, ending{reason: schema.ResolvedSilently, by: engine})
	}
	return end(ctx, t, issue, ending{reason: schema.ActionFailed, detail: outcome.Result.Message, by: engine})
}

// keepResult writes what an action gave back on the step's row and on the timeline.
func keepResult(ctx context.Context, t tx, issue lockedIssue, result *schema.ActionResult) error {
	if result == nil {
		return nil
	}
	if len(result.Output) > 0 {
		if _, err := t.exec(ctx, `
			UPDATE sn_pren_experience_issue_step SET output = $3
			 WHERE issue = $1 AND step = $2`, issue.SysID, issue.Step, keptOutput(result.Output)); err != nil {
			return err
		}
	}
	detail := fmt.Sprintf("The remedial action reported %s.", result.Status)
	if result.Message != "" {
		detail += " " + cleaned(result.Message)
	}
	return addEvents(ctx, t, issue.SysID, issue.Step, engine, schema.Note{Event: schema.EventActionFinished, Detail: detail})
}

// waitForNext puts the issue into action_wait for as long as the registry row says.
func waitForNext(ctx context.Context, t tx, issue lockedIssue) (schema.Verdict, error) {
	verdict := schema.Verdict{Step: issue.Step, State: schema.ActionWait}
	err := t.get(ctx, &verdict.WaitUntil, `
		UPDATE sn_pren_experience_issue
		   SET state = 'action_wait', sys_updated_on = now(),
		       wait_until = now() + make_interval(secs => $3), due_at = `+dueAt+` + make_interval(secs => $3)
		 WHERE sys_id = $1 AND step = $2 AND state = 'in_progress'
		RETURNING wait_until`, issue.SysID, issue.Step, issue.ActionWaitSeconds)
	if err != nil {
		return verdict, err
	}
	if err := writeVerdict(ctx, t, issue, verdict); err != nil {
		return verdict, err
	}
	notes, err := withdrawJobs(ctx, t, issue.SysID)
	if err != nil {
		return verdict, err
	}
	notes = append(notes, schema.Note{Event: schema.EventActionWait, Detail: fmt.Sprintf(
		"The next report is awaited until %s.", verdict.WaitUntil.UTC().Format("2006-01-02 15:04:05 UTC"))})
	return verdict, addEvents(ctx, t, issue.SysID, issue.Step, engine, notes...)
}

// writeVerdict leaves the verdict where a repeat finds it.
func writeVerdict(ctx context.Context, t tx, issue lockedIssue, verdict schema.Verdict) error {
	text, err := json.Marshal(verdict)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		UPDATE sn_pren_experience_issue_step SET ended_on = now(), verdict = $3
		 WHERE issue = $1 AND step = $2`, issue.SysID, issue.Step, string(text))
	return err
}

// maxSentence bounds what an action may put on a timeline, in bytes.
const maxSentence = 2 << 10

// cleaned makes a text that an action gave us fit for a row: nothing that somebody else wrote may keep an issue from ending.
func cleaned(sentence string) string {
	sentence = schema.Storable(sentence)
	if len(sentence) > maxSentence {
		sentence = strings.ToValidUTF8(sentence[:maxSentence], "") + "…"
	}
	return sentence
}

// maxOutput bounds what is kept of an action's output, in bytes.
const maxOutput = 64 << 10

// keptOutput is an action's output, or, when it is too large or no JSON in UTF-8, a note that says so.
func keptOutput(output json.RawMessage) string {
	if len(output) > maxOutput || !json.Valid(output) || !utf8.Valid(output) {
		return fmt.Sprintf(`{"omitted": "an output of %d bytes"}`, len(output))
	}
	return string(output)
}
