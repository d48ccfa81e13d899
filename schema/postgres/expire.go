package postgres

import (
	"context"
	"fmt"

	"proactive/schema"
)

// ExpireWait closes an issue whose next report did not come in time. It is guarded by state and step: when a chained report
// was first, the verdict tells the step that the issue is at now; when the issue was closed otherwise, how.
func (d *DB) ExpireWait(ctx context.Context, experienceID string, step int) (schema.Verdict, error) {
	var verdict schema.Verdict
	err := d.inTx(ctx, func(t tx) error {
		issue, err := lockIssue(ctx, t, experienceID)
		if err != nil {
			return err
		}
		if issue.Step == step && (issue.State == schema.Open || issue.State == schema.InProgress) {
			return fmt.Errorf("the wait of step %d cannot end: the issue is in state %s, as in a database from before it", step, issue.State)
		}
		if issue.State != schema.ActionWait || issue.Step != step {
			verdict = schema.Verdict{Step: issue.Step, State: issue.State, EndReason: issue.EndReason}
			return nil
		}
		verdict, err = end(ctx, t, issue, ending{reason: schema.ActionWaitExpired, by: engine})
		return err
	})
	if err != nil {
		return schema.Verdict{}, fault("end a wait", err)
	}
	d.bell.ring(topicIssue, experienceID)
	if verdict.EndReason.TakesFallback() { // perhaps the service desk is to be told
		d.bell.ring(topicInbox, "")
	}
	return verdict, nil
}
