package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"proactive/schema"
)

// ending is why an issue ends, and who ends it.
type ending struct {
	reason schema.EndReason
	detail string // a sentence about it; ""
	by     string
}

// end closes an issue that this transaction has locked: its state, the verdict on the step's row, the withdrawal of its jobs,
// the fallback with its incident or its live agent, and the timeline.
func end(ctx context.Context, t tx, issue lockedIssue, e ending) (schema.Verdict, error) {
	verdict := schema.Verdict{Step: issue.Step, State: e.reason.State(), EndReason: e.reason}
	notes, err := withdrawJobs(ctx, t, issue.SysID)
	if err != nil {
		return verdict, err
	}
	e.detail = cleaned(e.detail)
	closed := schema.Note{Event: schema.EventClosed, Detail: strings.TrimSpace(fmt.Sprintf(
		"Closed as %s, %s. %s %s", verdict.State, e.reason, e.reason.Sentence(), e.detail))}
	after, taken, err := takeOver(ctx, t, issue, e, append(notes, closed))
	if err != nil {
		return verdict, err
	}
	if err := closeIssue(ctx, t, issue, verdict, after); err != nil {
		return verdict, err
	}
	if err := writeVerdict(ctx, t, issue, verdict); err != nil {
		return verdict, err
	}
	return verdict, addEvents(ctx, t, issue.SysID, issue.Step, e.by, append(append(notes, taken...), closed)...)
}

// aftermath is what has taken over from an issue; sys_ids are nil for none.
type aftermath struct {
	fallback              string
	incident, interaction *string
}

// takeOver makes what follows an issue that ends: an incident, or a live agent, where there is a service desk to tell. told are the lines
// that the timeline is about to get anyway.
func takeOver(ctx context.Context, t tx, issue lockedIssue, e ending, told []schema.Note) (after aftermath, notes []schema.Note, err error) {
	after.fallback = fallback(issue, e.reason)
	if after.fallback == string(schema.FallbackLiveAgent) {
		after.interaction, notes, err = callLiveAgent(ctx, t, issue, e, told)
		if err != nil || after.interaction != nil {
			return after, notes, err
		}
		after.fallback = string(schema.FallbackIncident)
	}
	if after.fallback == string(schema.FallbackIncident) || e.reason == schema.IncidentRequested {
		made, err := createIncident(ctx, t, issue, e, append(slices.Clone(notes), told...))
		if err != nil {
			return after, notes, err
		}
		after.incident = &made.SysID
		notes = append(notes, madeNote(made))
	}
	return after, notes, nil
}

func madeNote(made madeRecord) schema.Note {
	return schema.Note{Event: schema.EventIncidentCreated, Detail: fmt.Sprintf("Incident %s was created.", made.Number)}
}

// fallback is what the registry row asks for when nothing helped; "" when this end takes none.
func fallback(issue lockedIssue, reason schema.EndReason) string {
	if !reason.TakesFallback() {
		return ""
	}
	return issue.Fallback
}

func closeIssue(ctx context.Context, t tx, issue lockedIssue, verdict schema.Verdict, after aftermath) error {
	if !issue.State.MayBecome(verdict.State) {
		return fmt.Errorf("no move leads from %s to %s", issue.State, verdict.State)
	}
	n, err := t.exec(ctx, `
		UPDATE sn_pren_experience_issue
		   SET state = $4, end_reason = $5, closed_on = clock_timestamp(), sys_updated_on = now(), wait_until = NULL,
		       fallback_result = $6, incident = $7, interaction = $8
		 WHERE sys_id = $1 AND step = $2 AND state = $3`,
		issue.SysID, issue.Step, issue.State, verdict.State, verdict.EndReason, after.fallback, after.incident, after.interaction)
	if err == nil && n != 1 {
		err = fmt.Errorf("the issue's row changed while it was locked")
	}
	return err
}
