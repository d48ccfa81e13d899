package postgres

import (
	"context"

	"proactive/schema"
)

// Issue reads an issue with the events of its timeline that come after number since. schema.ErrNoRecord when there is none.
func (d *DB) Issue(ctx context.Context, experienceID string, since int) (schema.Issue, error) {
	var issue schema.Issue
	if err := d.get(ctx, &issue, readIssue, experienceID); err != nil {
		return schema.Issue{}, fault("read an issue", err)
	}
	err := d.selectAll(ctx, &issue.Timeline, timeline, issue.SysID, since)
	return issue, fault("read a timeline", err)
}

const readIssue = `
	SELECT i.sys_id, i.experience_id, i.state, i.end_reason, i.step, r.issue_code, p.provider_code AS provider,
	       i."user", u.user_name, i.ci, i.sys_created_on, i.closed_on, i.fallback_result,
	       coalesce(i.incident, '') AS incident,
	       coalesce((SELECT number FROM incident WHERE sys_id = i.incident), '') AS incident_number,
	       coalesce((SELECT foreign_sys_id FROM incident WHERE sys_id = i.incident), '') AS foreign_sys_id,
	       coalesce((SELECT foreign_number FROM incident WHERE sys_id = i.incident), '') AS foreign_number,
	       coalesce(i.interaction, '') AS interaction,
	       coalesce((SELECT number FROM interaction WHERE sys_id = i.interaction), '') AS interaction_number
	  FROM sn_pren_experience_issue i
	  JOIN sn_pren_issue_registry r ON r.sys_id = i.registry
	  JOIN sn_pren_provider p       ON p.sys_id = i.provider
	  JOIN sys_user u               ON u.sys_id = i."user"
	 WHERE i.experience_id = $1`

// WaitIssue returns when the timeline of an issue may hold an event after number since, at once when it does now; otherwise
// with ctx's error. While it waits it holds no connection.
func (d *DB) WaitIssue(ctx context.Context, experienceID string, since int) error {
	woken, stop := d.bell.wait(topicIssue, experienceID)
	defer stop()
	var newer bool
	if err := d.get(ctx, &newer, `
		SELECT EXISTS (SELECT FROM sn_pren_experience_issue WHERE experience_id = $1 AND events > $2)`, experienceID, since); err != nil || newer {
		return fault("look for news of an issue", err)
	}
	select {
	case <-woken:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
