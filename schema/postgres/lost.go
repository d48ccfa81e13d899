package postgres

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"proactive/schema"
)

// Overdue gives up to limit unfinished issues of a Temporal namespace that are past their due_at and have nothing in their inbox.
func (d *DB) Overdue(ctx context.Context, namespaceID string, limit int) ([]schema.Candidate, error) {
	var candidates []schema.Candidate
	err := d.selectAll(ctx, &candidates, overdueIssues, namespaceID, limit)
	return candidates, fault("look for overdue issues", err)
}

const overdueIssues = `
	SELECT i.sys_id, i.experience_id, i.step, i.state, i.due_at, extract(epoch FROM now() - i.due_at)::float8 AS overdue
	  FROM sn_pren_experience_issue i
	 WHERE i.state IN ('open', 'in_progress', 'action_wait') AND i.due_at < now()
	   AND i.temporal_namespace = $1
	   AND NOT EXISTS (SELECT FROM sn_pren_experience_issue_inbox m WHERE m.issue = i.sys_id)
	 ORDER BY i.due_at
	 LIMIT $2`

// Strangers counts the unfinished issues past their due_at that belong to another Temporal namespace.
func (d *DB) Strangers(ctx context.Context, namespaceID string) (int, error) {
	var n int
	err := d.get(ctx, &n, `
		SELECT count(*)
		  FROM sn_pren_experience_issue
		 WHERE state IN ('open', 'in_progress', 'action_wait') AND due_at < now()
		   AND temporal_namespace NOT IN ('', $1)`, namespaceID)
	return n, fault("count overdue issues of other namespaces", err)
}

// Foreign counts the issues of other Temporal namespaces that are unfinished, or still have something in their inbox.
func (d *DB) Foreign(ctx context.Context, namespaceID string) (int, error) {
	var n int
	err := d.get(ctx, &n, `SELECT count(*) FROM sn_pren_experience_issue i WHERE `+foreign, namespaceID)
	return n, fault("count issues of other namespaces", err)
}

// Adopt lets those issues belong to this namespace, due at once, and tells how many they are.
func (d *DB) Adopt(ctx context.Context, namespaceID string) (int64, error) {
	n, err := d.exec(ctx, `
		UPDATE sn_pren_experience_issue i
		   SET temporal_namespace = $1, due_at = least(due_at, now())
		 WHERE `+foreign, namespaceID)
	return n, fault("adopt issues of other namespaces", err)
}

const foreign = `i.temporal_namespace NOT IN ('', $1)
		   AND (i.state IN ('open', 'in_progress', 'action_wait')
		        OR EXISTS (SELECT FROM sn_pren_experience_issue_inbox m WHERE m.issue = i.sys_id))`

// Unfinished gives those of the issues that are not finished and belong to a Temporal namespace; "" is any.
func (d *DB) Unfinished(ctx context.Context, namespaceID string, experienceIDs []string) ([]schema.Candidate, error) {
	var candidates []schema.Candidate
	if len(experienceIDs) == 0 {
		return nil, nil
	}
	err := d.selectAll(ctx, &candidates, `
		SELECT sys_id, experience_id, step, state, due_at
		  FROM sn_pren_experience_issue
		 WHERE experience_id = ANY ($1) AND state IN ('open', 'in_progress', 'action_wait')
		   AND ($2 = '' OR temporal_namespace = $2)`, pq.Array(experienceIDs), namespaceID)
	return candidates, fault("look for unfinished issues", err)
}

// CloseLost closes a candidate as engine_lost with its fallback, if it still stands as it was read, and tells whether it did.
// With terminate its run is terminated through the inbox.
func (d *DB) CloseLost(ctx context.Context, c schema.Candidate, why string, terminate bool) (done bool, err error) {
	err = d.inTx(ctx, func(t tx) error {
		issue, err := lockCandidate(ctx, t, c)
		if err != nil || issue == nil {
			return err
		}
		if _, err := end(ctx, t, *issue, ending{reason: schema.EngineLost, detail: why, by: janitor}); err != nil {
			return err
		}
		done = true
		if !terminate {
			return nil
		}
		return addMessage(ctx, t, issue.SysID, schema.InboxLost, issue.Step)
	})
	if err != nil {
		return false, fault("close a lost issue", err)
	}
	if done {
		d.bell.ring(topicInbox, "")
		d.bell.ring(topicIssue, c.ExperienceID)
	}
	return done, nil
}

// Requeue lets a candidate that is open and has no run be started again, if it still stands as it was read.
func (d *DB) Requeue(ctx context.Context, c schema.Candidate) (done bool, err error) {
	err = d.inTx(ctx, func(t tx) error {
		issue, err := lockCandidate(ctx, t, c)
		if err != nil || issue == nil || issue.State != schema.Open {
			return err
		}
		if _, err := t.exec(ctx, `
			UPDATE sn_pren_experience_issue SET due_at = `+dueAt+`
			 WHERE sys_id = $1`, issue.SysID); err != nil {
			return err
		}
		note := schema.Note{Event: schema.EventRequeued, Detail: fmt.Sprintf("Step %d had no run; it is started again.", issue.Step)}
		if err := addEvents(ctx, t, issue.SysID, issue.Step, janitor, note); err != nil {
			return err
		}
		done = true
		return addMessage(ctx, t, issue.SysID, schema.InboxCreated, issue.Step)
	})
	if err != nil {
		return false, fault("start an issue again", err)
	}
	if done {
		d.bell.ring(topicInbox, "")
	}
	return done, nil
}

// lockCandidate locks the issue's row; nil when it no longer stands as it was read.
func lockCandidate(ctx context.Context, t tx, c schema.Candidate) (*lockedIssue, error) {
	issue, err := lockIssue(ctx, t, c.ExperienceID)
	if err != nil {
		return nil, err
	}
	if issue.State != c.State || issue.Step != c.Step || !issue.DueAt.Equal(c.DueAt) {
		return nil, nil
	}
	return &issue, nil
}

// MakeDue lets the janitor look at an issue in its next sweep, unless it is finished.
func (d *DB) MakeDue(ctx context.Context, experienceID string) error {
	_, err := d.exec(ctx, `
		UPDATE sn_pren_experience_issue SET due_at = least(due_at, now())
		 WHERE experience_id = $1 AND state IN ('open', 'in_progress', 'action_wait')`, experienceID)
	return fault("make an issue due", err)
}

// janitor is who acts for the engine when it cannot.
const janitor = "janitor"
