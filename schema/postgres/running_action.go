package postgres

import (
	"context"

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
		 WHERE i.experience_id = $1 AND s.step = $2`, experienceID, step)
	row.RunningAction.Parameters, row.RunningAction.InputParameters = row.Parameters, row.Reported
	return row.RunningAction, fault("read a running action", err)
}

// NoteAttempt tells the timeline what came of one attempt at an action; sentence is for people.
func (d *DB) NoteAttempt(ctx context.Context, experienceID string, step int, sentence string) error {
	err := d.inTx(ctx, func(t tx) error {
		issue, err := lockIssue(ctx, t, experienceID)
		if err != nil {
			return err
		}
		return addEvents(ctx, t, issue.SysID, step, engine, schema.Note{Event: schema.EventActionAttempt, Detail: cleaned(sentence)})
	})
	if err == nil {
		d.bell.ring(topicIssue, experienceID)
	}
	return fault("note an attempt", err)
}

// KeepOutput writes what an action got in answer on its step's row.
func (d *DB) KeepOutput(ctx context.Context, experienceID string, step int, output []byte) error {
	_, err := d.exec(ctx, `
		UPDATE sn_pren_experience_issue_step s
		   SET output = $3
		  FROM sn_pren_experience_issue i
		 WHERE i.experience_id = $1 AND s.issue = i.sys_id AND s.step = $2`, experienceID, step, keptOutput(output))
	return fault("keep an action's output", err)
}
