package postgres

import (
	"context"
	"database/sql"

	"proactive/schema"
)

// RunningAction reads what a flow action of a step is to do, and whether that is still wanted: in a conversation only between the
// person's consent and the outcome, whoever asks.
func (d *DB) RunningAction(ctx context.Context, experienceID string, step int) (schema.RunningAction, error) {
	var row struct {
		schema.RunningAction
		Parameters []byte `db:"parameters"`
		Reported   []byte `db:"input_parameters"`
	}
	err := d.get(ctx, &row, `
		SELECT i.state = 'in_progress' AND i.step = s.step
		         AND NOT EXISTS (SELECT FROM sn_pren_conversation c WHERE c.issue = i.sys_id AND c.step = s.step AND c.state <> 'running') AS wanted,
		       r.issue_code, p.provider_code AS provider,
		       s.ci, i."user", s.parameters, s.input_parameters
		  FROM sn_pren_experience_issue i
		  JOIN sn_pren_experience_issue_step s ON s.issue = i.sys_id
		  JOIN sn_pren_issue_registry r        ON r.sys_id = s.registry
		  JOIN sn_pren_provider p              ON p.sys_id = i.provider
		 WHERE s.issue = `+issueOf+` AND s.step = $2`, experienceID, step)
	row.RunningAction.Parameters, row.RunningAction.InputParameters = row.Parameters, row.Reported
	return row.RunningAction, fault("read a running action", err)
}

// NoteAttempt tells the timeline what came of one attempt at an action; sentence is for people. What the action got in answer is kept
// on its step's row; output is nil where it got nothing, which leaves there what an earlier attempt got.
func (d *DB) NoteAttempt(ctx context.Context, experienceID string, step int, sentence string, output []byte) error {
	if output != nil {
		output = []byte(keptOutput(output))
	}
	n, err := d.exec(ctx, noteAttempt, experienceID, step, cleaned(sentence), text(output))
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	if err == nil {
		d.bell.ring(topicIssue, experienceID)
	}
	return fault("note an attempt", err)
}

const noteAttempt = `
	WITH issue AS (
	  UPDATE sn_pren_experience_issue
	     SET events = events + 1
	   WHERE experience_id = $1
	  RETURNING sys_id, events),
	kept AS (
	  UPDATE sn_pren_experience_issue_step s
	     SET output = $4
	    FROM issue
	   WHERE s.issue = issue.sys_id AND s.step = $2 AND $4::json IS NOT NULL)
	INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	SELECT sys_id, events, $2, 'action_attempt', $3, 'engine' FROM issue`
