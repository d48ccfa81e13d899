package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"proactive/schema"
)

// lockedIssue is an experience issue whose row this transaction has locked, with its step now and the registry row that
// governs it, in the version with which the step began. A move of one statement, which is guarded by what it has read, reads the
// same without a lock.
type lockedIssue struct {
	SysID        string           `db:"sys_id"`
	ExperienceID string           `db:"experience_id"`
	State        schema.State     `db:"state"`
	EndReason    schema.EndReason `db:"end_reason"`
	Step         int              `db:"step"`
	User         string           `db:"user"`
	CI           string           `db:"ci"`
	DueAt        time.Time        `db:"due_at"`
	Now          time.Time        `db:"now"` // by Postgres's clock

	Detail            string `db:"detail"` // why Begin decided that nothing is run in this step
	IssueCode         string `db:"issue_code"`
	Provider          string `db:"provider_code"`
	ShortDescription  string `db:"short_description"`
	OnSuccess         string `db:"on_success"`
	Fallback          string `db:"fallback"`
	ActionWaitSeconds int    `db:"action_wait_seconds"`
	AssignmentGroup   string `db:"assignment_group"`
	Impact            int    `db:"impact"`
	Urgency           int    `db:"urgency"`
}

// lockIssue locks the issue's row: every move of one issue takes its turn here.
//
// When it had to wait behind a move that made the next step, the statement joins the new row of the issue with steps as they were
// before, and finds nothing. The lock is ours by then, so that a second look finds the issue as it stands.
func lockIssue(ctx context.Context, t tx, experienceID string) (lockedIssue, error) {
	var i lockedIssue
	err := t.get(ctx, &i, selectForUpdate, experienceID)
	if errors.Is(err, sql.ErrNoRows) {
		err = t.get(ctx, &i, selectForUpdate, experienceID)
	}
	return i, err
}

// issueOf is the sys_id of the issue with experience_id $1. Where a row of another table is looked for by it, Postgres cannot turn that
// around and look for the issue of each of those rows, as it may when all tables were empty when it made the plan.
const issueOf = `(SELECT sys_id FROM sn_pren_experience_issue WHERE experience_id = $1)`

const selectForUpdate = selectIssue + ` FOR UPDATE OF i`

const selectIssue = `
	SELECT i.sys_id, i.experience_id, i.state, i.end_reason, i.step, i."user", i.ci, i.due_at,
	       r.issue_code, p.provider_code, r.short_description, r.fallback, r.action_wait_seconds,
	       r.assignment_group, r.impact, r.urgency, res.on_success, s.detail, clock_timestamp() AS now
	  FROM sn_pren_experience_issue i
	  JOIN sn_pren_provider p              ON p.sys_id = i.provider
	  JOIN sn_pren_experience_issue_step s ON s.issue = i.sys_id AND s.step = i.step` + registryOfStep + resolutionOfStep + `
	 WHERE i.experience_id = $1`
