package postgres

import (
	"context"

	"proactive/schema"
)

// Cancel closes an unfinished issue as closed_cancelled, withdraws its jobs and lets its workflow know. It tells the state in
// which the issue is then: closed_cancelled, or another final state when it was closed before. schema.ErrNoRecord when there is
// no such issue.
func (d *DB) Cancel(ctx context.Context, experienceID, by string) (schema.State, error) {
	var state schema.State
	err := d.inTx(ctx, func(t tx) error {
		issue, err := lockIssue(ctx, t, experienceID)
		if err != nil || issue.State.Closed() {
			state = issue.State
			return err
		}
		verdict, err := end(ctx, t, issue, ending{reason: schema.Cancelled, detail: "Cancelled by " + by + ".", by: by})
		if err != nil {
			return err
		}
		state = verdict.State
		return addMessage(ctx, t, issue.SysID, schema.InboxCancelled, issue.Step)
	})
	if err != nil {
		return "", fault("cancel an issue", err)
	}
	d.bell.ring(topicInbox, "")
	d.bell.ring(topicIssue, experienceID)
	return state, nil
}
