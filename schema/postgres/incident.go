package postgres

import (
	"context"
	"slices"
	"strings"
	"time"

	"proactive/schema"
)

// madeRecord is an incident, or an interaction, that was just created.
type madeRecord struct {
	SysID  string `db:"sys_id"`
	Number string `db:"number"`
}

// createIncident writes the incident of an issue that this transaction has locked and is about to close; notes are the lines
// that the timeline is about to get. A second one for the same issue violates "one incident per experience issue".
func createIncident(ctx context.Context, t tx, issue lockedIssue, e ending, notes []schema.Note) (madeRecord, error) {
	var made madeRecord
	description, workNotes, err := tellStory(ctx, t, issue, e, notes)
	if err != nil {
		return made, err
	}
	err = t.get(ctx, &made, `
		INSERT INTO incident
		       (sys_id, caller_id, cmdb_ci, short_description, description, work_notes, impact, urgency, priority,
		        assignment_group, correlation_id, correlation_display, origin_table, origin_id, investigative_details, sys_created_by)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'sn_pren_experience_issue', $13,
		       json_agg(json_build_object('step', step, 'issue_code', issue_code, 'details',
		         CASE WHEN before + size <= $15 THEN details ELSE json_build_object('omitted', size || ' bytes; the step holds them') END) ORDER BY step), $14
		  FROM (`+strings.ReplaceAll(evidenceOf, "$1", "$13")+`) AS evidence
		RETURNING sys_id, number`,
		schema.NewSysID(), issue.User, issue.CI, issue.ShortDescription,
		description, workNotes,
		issue.Impact, issue.Urgency, schema.Priority(issue.Impact, issue.Urgency), issue.AssignmentGroup,
		issue.ExperienceID, issue.Provider, issue.SysID, e.by, maxEvidence)
	return made, err
}

// tellStory is what people are told of an issue that this transaction has locked: why it ends, with the reports' evidence, and what
// its timeline says; notes are the lines that it is about to get.
func tellStory(ctx context.Context, t tx, issue lockedIssue, e ending, notes []schema.Note) (description, workNotes string, err error) {
	var evidence []schema.Evidence
	if err := t.selectAll(ctx, &evidence, `
		SELECT step, issue_code, coalesce(details, '{}') AS details
		  FROM (`+evidenceOf+`) AS evidence
		 WHERE before <= $2
		 ORDER BY step`, issue.SysID, maxEvidence); err != nil {
		return "", "", err
	}
	var story []schema.Event
	if err := t.selectAll(ctx, &story, timeline, issue.SysID, 0); err != nil {
		return "", "", err
	}
	detail := lastAttempt(story, issue.Step, e.detail)
	for _, note := range notes {
		story = append(story, schema.Event{At: time.Now(), Step: issue.Step, Event: note.Event, Detail: note.Detail})
	}
	return schema.Storable(schema.IncidentDescription(e.reason, detail, evidence)), schema.Storable(schema.WorkNotes(story)), nil
}

// lastAttempt is detail with what the timeline says of the step's last attempt: what Temporal knows of it is a code.
func lastAttempt(story []schema.Event, step int, detail string) string {
	for _, e := range slices.Backward(story) {
		if e.Step == step && e.Event == schema.EventActionAttempt {
			return strings.TrimSpace(detail + "\n" + e.Detail)
		}
	}
	return detail
}

// maxEvidence bounds how much of the steps' investigative details is copied to the incident, in bytes: the first four reports of the
// largest size, and any number of the usual ones.
const maxEvidence = 4 << 20

// evidenceOf are the steps of issue $1, each with the size of its investigative details and of all before.
const evidenceOf = `
	SELECT s.step, r.issue_code, s.investigative_details AS details, coalesce(octet_length(s.investigative_details::text), 0) AS size,
	       coalesce(sum(octet_length(s.investigative_details::text)) OVER (ORDER BY s.step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
	  FROM sn_pren_experience_issue_step s
	  JOIN sn_pren_issue_registry r ON r.sys_id = s.registry
	 WHERE s.issue = $1`
