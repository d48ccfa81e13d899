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
	_, err := t.exec(ctx, `
		WITH counted AS (
		  UPDATE sn_pren_experience_issue
		     SET events = events + cardinality($1::text[])
		   WHERE sys_id = $4
		  RETURNING sys_id, events, $5::integer AS step),`+noted, append(noteArgs(by, notes), issue, step)...)
	return err
}

// noteArgs are the first parameters of a statement that ends with noted.
func noteArgs(by string, notes []schema.Note) []any {
	names, details := make([]string, len(notes)), make([]string, len(notes))
	for i, e := range notes {
		names[i], details[i] = string(e.Event), e.Detail
	}
	return []any{pq.Array(names), pq.Array(details), by}
}

// noted is the end of a statement that also continues the timeline: $1 and $2 are what the notes are called and what they say, $3 is who
// says it. Before it stands "counted": the issue's sys_id, the step, and the number of events with these. It gives a row where the
// issue was counted.
const noted = `
	noted AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT counted.sys_id, counted.events - cardinality($1::text[]) + new.ordinality, counted.step, new.event, new.detail, $3
	    FROM counted, unnest($1::text[], $2::text[]) WITH ORDINALITY AS new (event, detail, ordinality))
	SELECT FROM counted`

// timeline reads the events of an issue with a number greater than since, oldest first.
const timeline = `
	SELECT number, step, event, detail, sys_created_on, sys_created_by
	  FROM sn_pren_experience_issue_event
	 WHERE issue = $1 AND number > $2
	 ORDER BY number`
