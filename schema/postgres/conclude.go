package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"proactive/schema"
)

// Conclude ends a step with what the workflow found out about it: the issue is closed, with its fallback and incident, or goes
// to action_wait. Whatever jobs the step has left are withdrawn. A repeat, and a step that somebody else has ended, return the
// verdict that stands on the step's row.
func (d *DB) Conclude(ctx context.Context, experienceID string, outcome schema.Outcome) (schema.Verdict, error) {
	verdict, done, err := d.concludeAlone(ctx, experienceID, outcome)
	if err == nil && !done {
		err = d.inTx(ctx, func(t tx) (err error) {
			verdict, err = conclude(ctx, t, experienceID, outcome)
			return err
		})
	}
	if err != nil {
		return schema.Verdict{}, fault("conclude a step", err)
	}
	d.bell.ring(topicIssue, experienceID)
	if verdict.EndReason.TakesFallback() { // perhaps the service desk is to be told
		d.bell.ring(topicInbox, "")
	}
	return verdict, nil
}

// concludeAlone concludes what most steps are: one that has nothing to withdraw and takes no fallback. It reads without a lock, and
// writes only where the issue still stands as it was read. It tells whether it did.
func (d *DB) concludeAlone(ctx context.Context, experienceID string, outcome schema.Outcome) (verdict schema.Verdict, done bool, err error) {
	if outcome.Result == nil {
		return verdict, false, nil
	}
	var issue lockedIssue
	err = d.get(ctx, &issue, selectAlone, experienceID)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (issue.Step != outcome.Step || issue.State != schema.InProgress) {
		return verdict, false, nil
	}
	e := concluding(issue, outcome)
	if err != nil || e.reason.TakesFallback() {
		return verdict, false, err
	}
	s := e.stepEnd(issue)
	s.notes = append(e.notes, e.lastNote(s.verdict))
	done, err = s.write(ctx, d)
	return s.verdict, done, err
}

// selectAlone reads an issue of which no step could have made a job, or a message to the person.
const selectAlone = selectIssue + `
	   AND NOT EXISTS (SELECT FROM sn_pren_experience_issue_step s
	                    WHERE s.issue = i.sys_id AND (s.plan->'action'->>'kind' = 'ci_action' OR s.plan->>'conversation' IS NOT NULL))`

func conclude(ctx context.Context, t tx, experienceID string, outcome schema.Outcome) (schema.Verdict, error) {
	issue, err := lockIssue(ctx, t, experienceID)
	if err != nil {
		return schema.Verdict{}, err
	}
	if callsOff(issue, outcome) {
		return end(ctx, t, issue, ending{reason: outcome.Reason, detail: outcome.Detail, by: engine})
	}
	if issue.Step != outcome.Step || issue.State != schema.InProgress {
		return standing(ctx, t, issue, outcome)
	}
	if outcome.Job {
		job, err := lastJob(ctx, t, issue.SysID, outcome.Step)
		if err != nil {
			return schema.Verdict{}, err
		}
		outcome = schema.JobOutcome(job)
	}
	return end(ctx, t, issue, concluding(issue, outcome))
}

// callsOff tells whether the issue is called off at this step: before it began, while it runs, or while it waits for the next.
func callsOff(issue lockedIssue, outcome schema.Outcome) bool {
	return outcome.Reason == schema.Cancelled && issue.Step == outcome.Step && !issue.State.Closed()
}

// standing is the verdict of a step that has ended before. One who wanted to call the issue off is told where it is now.
func standing(ctx context.Context, t tx, issue lockedIssue, outcome schema.Outcome) (verdict schema.Verdict, err error) {
	if outcome.Reason == schema.Cancelled && issue.Step > outcome.Step {
		return schema.Verdict{Step: issue.Step, State: issue.State, EndReason: issue.EndReason}, nil
	}
	var written []byte
	if err := t.get(ctx, &written, `
		SELECT verdict FROM sn_pren_experience_issue_step
		 WHERE issue = $1 AND step = $2`, issue.SysID, outcome.Step); err != nil {
		return verdict, err
	}
	if written == nil {
		return verdict, fmt.Errorf("step %d cannot be concluded: the issue is at step %d in state %s", outcome.Step, issue.Step, issue.State)
	}
	return verdict, json.Unmarshal(written, &verdict)
}

// concluding turns an outcome into how the step ends.
func concluding(issue lockedIssue, outcome schema.Outcome) ending {
	e := ending{reason: outcome.Reason, detail: cmp.Or(outcome.Detail, issue.Detail), by: engine}
	if outcome.Result == nil {
		return e
	}
	result := *outcome.Result
	e.notes, e.output = []schema.Note{resultNote(result)}, resultOutput(result)
	switch {
	case e.reason != "":
	case result.Status == schema.ActionSucceeded && issue.OnSuccess != "action_wait":
		e.reason, e.detail = schema.ResolvedSilently, ""
	case result.Status != schema.ActionSucceeded && result.Status != schema.ActionWaits:
		e.reason, e.detail = schema.ActionFailed, result.Message
	}
	return e
}

// resultNote says what an action gave back.
func resultNote(result schema.ActionResult) schema.Note {
	detail := fmt.Sprintf("The remedial action reported %s.", result.Status)
	if result.Message != "" {
		detail += " " + cleaned(result.Message)
	}
	return schema.Note{Event: schema.EventActionFinished, Detail: detail}
}

// resultOutput is what is kept of what an action gave back; nil when that is nothing.
func resultOutput(result schema.ActionResult) *string {
	if len(result.Output) == 0 {
		return nil
	}
	kept := keptOutput(result.Output)
	return &kept
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
