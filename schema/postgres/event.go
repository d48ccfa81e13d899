package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

// addEvents continues the timeline of an issue that this transaction has locked.
func addEvents(ctx context.Context, t tx, issue string, step int, by string, notes ...schema.Note) error {
	if len(notes) == 0 {
		return nil
	}
	names, details := make([]string, len(notes)), make([]string, len(notes))
	for i, e := range notes {
		names[i], details[i] = string(e.Event), e.Detail
	}
	_, err := t.exec(ctx, `
		WITH issue AS (
		  UPDATE sn_pren_experience_issue
		     SET events = events + cardinality($3::text[])
		   WHERE sys_id = $1
		  RETURNING sys_id, events - cardinality($3::text[]) AS before)
		INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
		SELECT issue.sys_id, issue.before + new.ordinality, $2, new.event, new.detail, $5
		  FROM issue, unnest($3::text[], $4::text[]) WITH ORDINALITY AS new (event, detail, ordinality)`,
		issue, step, pq.Array(names), pq.Array(details), by)
	return err
}

// timeline reads the events of an issue with a number greater than since, oldest first.
const timeline = `
	SELECT number, step, event, detail, sys_created_on, sys_created_by
	  FROM sn_pren_experience_issue_event
	 WHERE issue = $1 AND number > $2
	 ORDER BY number`
