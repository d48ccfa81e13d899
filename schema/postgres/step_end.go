package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"proactive/schema"
)

// stepEnd is all that is written where a step ends, but for what is made of an incident or a live agent.
type stepEnd struct {
	issue   lockedIssue // as it was read
	verdict schema.Verdict
	after   aftermath
	output  *string // nil leaves what is kept already
	by      string
	notes   []schema.Note
}

// write moves the issue, leaves the verdict where a repeat finds it, and continues the timeline. It tells whether the issue still stood as
// it was read.
func (e stepEnd) write(ctx context.Context, r runner) (done bool, err error) {
	if !e.issue.State.MayBecome(e.verdict.State) {
		return false, fmt.Errorf("no move leads from %s to %s", e.issue.State, e.verdict.State)
	}
	verdict, err := json.Marshal(e.verdict)
	if err != nil {
		return false, err
	}
	n, err := r.exec(ctx, writeStepEnd, append(noteArgs(e.by, e.notes), e.issue.SysID, e.issue.Step, e.issue.State, e.verdict.State,
		e.verdict.EndReason, orNull(e.verdict.WaitUntil), e.after.fallback, e.after.incident, e.after.interaction, string(verdict), e.output)...)
	return n == 1, err
}

// writeStepEnd takes the notes' parameters, then $4 issue, $5 step, $6 state before, $7 state and $8 end_reason after, $9 until when the
// next report is awaited, $10 fallback, $11 incident, $12 interaction, $13 verdict and $14 output.
const writeStepEnd = `
	WITH counted AS (
	  UPDATE sn_pren_experience_issue
	     SET state = $7, end_reason = $8, sys_updated_on = now(), wait_until = $9::timestamptz, events = events + cardinality($1::text[]),
	         closed_on = CASE WHEN $9 IS NULL THEN clock_timestamp() END,
	         due_at    = CASE WHEN $9 IS NULL THEN due_at ELSE ` + dueAt + ` + ($9 - now()) END,
	         fallback_result = $10, incident = $11, interaction = $12
	   WHERE sys_id = $4 AND step = $5 AND state = $6
	  RETURNING sys_id, step, events),
	ended AS (
	  UPDATE sn_pren_experience_issue_step s
	     SET ended_on = now(), verdict = $13, output = coalesce($14, s.output)
	    FROM counted
	   WHERE s.issue = counted.sys_id AND s.step = counted.step),` + noted
