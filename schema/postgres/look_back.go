package postgres

import (
	"context"
	"database/sql"

	"github.com/lib/pq"

	"proactive/schema"
)

// lookBack adds what the person of a step has been through. It locks the person's row first and counts in a statement of its own,
// whose snapshot is younger than the lock: whoever had the lock before is counted. The lock lets foreign keys to the row pass, so
// that reports about the person are taken meanwhile.
func lookBack(ctx context.Context, t tx, person string, f *schema.StepFacts) error {
	if _, err := t.exec(ctx, lockPerson, person); err != nil {
		return err
	}
	return countPast(ctx, t, person, f)
}

// countPast is lookBack without the lock.
func countPast(ctx context.Context, t tx, person string, f *schema.StepFacts) error {
	var row struct {
		Now     sql.NullTime `db:"now"`
		Ended   sql.NullTime `db:"ended"`
		Begun   int          `db:"begun"`
		Begins  sql.NullTime `db:"begins"`
		Active  string       `db:"active"`
		Contact sql.NullTime `db:"contact"`
	}
	l := f.Limits
	err := t.get(ctx, &row, selectPast, person, f.Registry, l.Freeze.Seconds(), l.Steps, l.Window.Seconds(),
		l.Contacts, l.ContactWindow.Seconds(), pq.Array(schema.ActiveConversations()))
	f.Now = row.Now.Time
	f.Past = schema.Past{Ended: row.Ended.Time, Begun: row.Begun, Begins: row.Begins.Time, Active: row.Active, Contact: row.Contact.Time}
	return err
}

const lockPerson = `SELECT FROM sys_user WHERE sys_id = $1 FOR NO KEY UPDATE`

// selectPast counts what the limits are about. $1 person, $2 registry row, $3 freeze, $4 user limit, $5 its window, $6 contact
// budget, $7 its window, $8 the states of a conversation that the person is in. What is off has a window of no length.
//
// An issue that ended before its person was written to has used no contact. OFFSET 0 keeps Postgres from reading all steps of the
// registry row, whoever they are of.
const selectPast = `
	WITH counted AS (
	  SELECT s.begun_on, i.state, i.closed_on
	    FROM sn_pren_experience_issue i
	   CROSS JOIN LATERAL (SELECT registry, begun_on, plan FROM sn_pren_experience_issue_step WHERE issue = i.sys_id OFFSET 0) s
	   WHERE i."user" = $1 AND (i.closed_on IS NULL OR i.closed_on > statement_timestamp() - make_interval(secs => greatest($3::float8, $5)))
	     AND s.registry = $2 AND s.begun_on IS NOT NULL
	     AND coalesce(s.plan->>'conclude', '') NOT IN ('excluded_by_criteria', 'throttled_freeze', 'throttled_user_limit', 'active_conversation'))
	SELECT statement_timestamp() AS now,
	       (SELECT max(closed_on) FROM counted
	         WHERE state <> 'closed_cancelled' AND closed_on > statement_timestamp() - make_interval(secs => $3)) AS ended,
	       (SELECT count(*) FROM counted
	         WHERE begun_on > statement_timestamp() - make_interval(secs => $5)) AS begun,
	       (SELECT begun_on FROM counted
	         WHERE begun_on > statement_timestamp() - make_interval(secs => $5)
	         ORDER BY begun_on DESC OFFSET greatest($4::integer - 1, 0) LIMIT 1) AS begins,
	       coalesce((
	        SELECT min(i.experience_id)
	          FROM sn_pren_experience_issue i
	          JOIN sn_pren_conversation c ON c.issue = i.sys_id AND c.step = i.step
	         WHERE i."user" = $1 AND i.state = 'in_progress' AND c.state = ANY ($8)), '') AS active,
	       (SELECT c.contact_at
	          FROM sn_pren_conversation c
	          JOIN sn_pren_experience_issue i ON i.sys_id = c.issue
	         WHERE c."user" = $1 AND c.contact_at > statement_timestamp() - make_interval(secs => $7)
	           AND (i.closed_on IS NULL OR i.closed_on > c.contact_at)
	         ORDER BY c.contact_at DESC OFFSET greatest($6::integer - 1, 0) LIMIT 1) AS contact`
