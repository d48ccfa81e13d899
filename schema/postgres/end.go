package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"proactive/schema"
)

// ending is why and how a step ends, and who ends it.
type ending struct {
	reason schema.EndReason // "" is no end of the issue: the next report is awaited
	detail string           // a sentence about it; ""
	by     string
	notes  []schema.Note // what the timeline is to say before that
	output *string       // what the action gave back; nil for nothing
}

// end ends the step of an issue that this transaction has locked: its state, the verdict on the step's row, the withdrawal of its jobs,
// the fallback with its incident or its live agent, and the timeline.
func end(ctx context.Context, t tx, issue lockedIssue, e ending) (schema.Verdict, error) {
	e.detail = cleaned(e.detail)
	s := e.stepEnd(issue)
	withdrawn, err := withdrawJobs(ctx, t, issue.SysID)
	if err != nil {
		return s.verdict, err
	}
	e.notes = append(e.notes, withdrawn...)
	last := e.lastNote(s.verdict)
	after, taken, err := takeOver(ctx, t, issue, e, last)
	if err != nil {
		return s.verdict, err
	}
	s.after, s.notes = after, slices.Concat(e.notes, taken, []schema.Note{last})
	done, err := s.write(ctx, t)
	if err == nil && !done {
		err = fmt.Errorf("the issue's row changed while it was locked")
	}
	return s.verdict, err
}

// stepEnd is what is written of it, without the notes and what takes over.
func (e ending) stepEnd(issue lockedIssue) stepEnd {
	return stepEnd{issue: issue, verdict: e.verdict(issue), output: e.output, by: e.by}
}

// verdict is what the step's row will say.
func (e ending) verdict(issue lockedIssue) schema.Verdict {
	if e.reason == "" {
		wait := time.Duration(issue.ActionWaitSeconds) * time.Second
		return schema.Verdict{Step: issue.Step, State: schema.ActionWait, WaitUntil: issue.Now.Add(wait)}
	}
	return schema.Verdict{Step: issue.Step, State: e.reason.State(), EndReason: e.reason}
}

// lastNote is the last that the timeline says of the step.
func (e ending) lastNote(v schema.Verdict) schema.Note {
	if e.reason == "" {
		return schema.Note{Event: schema.EventActionWait, Detail: fmt.Sprintf("The next report is awaited until %s.", instant(v.WaitUntil))}
	}
	return schema.Note{Event: schema.EventClosed, Detail: strings.TrimSpace(fmt.Sprintf(
		"Closed as %s, %s. %s %s", v.State, e.reason, e.reason.Sentence(), e.detail))}
}

// aftermath is what has taken over from an issue; sys_ids are nil for none.
type aftermath struct {
	fallback              string
	incident, interaction *string
}

// takeOver makes what follows an issue that ends: an incident, or a live agent, where there is a service desk to tell. last is the line
// that ends the timeline.
func takeOver(ctx context.Context, t tx, issue lockedIssue, e ending, last schema.Note) (after aftermath, taken []schema.Note, err error) {
	after.fallback = fallback(issue, e.reason)
	if after.fallback == string(schema.FallbackLiveAgent) {
		after.interaction, taken, err = callLiveAgent(ctx, t, issue, e, append(slices.Clone(e.notes), last))
		if err != nil || after.interaction != nil {
			return after, taken, err
		}
		after.fallback = string(schema.FallbackIncident)
	}
	if after.fallback == string(schema.FallbackIncident) || e.reason == schema.IncidentRequested {
		made, err := createIncident(ctx, t, issue, e, slices.Concat(e.notes, taken, []schema.Note{last}))
		if err != nil {
			return after, taken, err
		}
		after.incident = &made.SysID
		taken = append(taken, madeNote(made))
	}
	return after, taken, nil
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
