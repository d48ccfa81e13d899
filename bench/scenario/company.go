package scenario

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"proactive/bench/stack"
)

// A million rows at a time, in the order of their keys: the indexes of a larger piece would not fit into memory.
const piece = 1_000_000

// morePeople makes people from $1 to $2, and moreComputers theirs.
const morePeople = `
	INSERT INTO sys_user (sys_id, user_name, first_name, email)
	SELECT md5('person ' || n) AS id, 'person.' || n, 'Person', 'person.' || n || '@example.com' FROM generate_series($1::bigint, $2) n ORDER BY id`

const moreComputers = `
	INSERT INTO cmdb_ci_computer (sys_id, name, assigned_to)
	SELECT md5('computer ' || n) AS id, 'computer-' || n, md5('person ' || n) FROM generate_series($1::bigint, $2) n ORDER BY id
	    ON CONFLICT DO NOTHING`

// closedIssues makes issues from $1 to $2 that were closed long ago, of $3 people in turn, each with its step and timeline. Each
// tenth had a job of a device, an incident and a conversation, too, others were told of it, and somebody changed its incident.
const closedIssues = `
	WITH known AS (SELECT * FROM sn_pren_issue_registry WHERE issue_code = '0'),
	closed AS (
	  SELECT md5('closed ' || n) AS id, md5('person ' || n % $3) AS person, md5('computer ' || n % $3) AS ci
	    FROM generate_series($1::bigint, $2) n ORDER BY id),
	issue AS (
	  INSERT INTO sn_pren_experience_issue
	         (sys_id, experience_id, provider, registry, "user", ci, state, end_reason, closed_on, due_at, temporal_namespace, events)
	  SELECT id, id, known.provider, known.sys_id, person, ci, 'closed_complete', 'resolved_silently',
	         now() - interval '1 day', now() - interval '1 day', 'elsewhere', 4
	    FROM known, closed
	  RETURNING sys_id),
	step AS (
	  INSERT INTO sn_pren_experience_issue_step (sys_id, issue, step, registry, resolution, ci)
	  SELECT id, id, 1, known.sys_id, known.resolution, ci FROM closed, known),
	tenth AS (SELECT * FROM closed WHERE id < '1a'),
	job AS (
	  INSERT INTO ci_job (sys_id, issue, step, attempt, ci, action, parameters, idempotent, attempts, timeout_seconds, reported_at, state,
	                      expires_at, ended_on)
	  SELECT id, id, 1, 1, ci, 'end_process', '{}', true, 1, 60, now(), 'finished', now(), now() FROM tenth),
	incident AS (
	  INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, impact, urgency, priority, correlation_id,
	                        correlation_display, origin_table, origin_id, investigative_details)
	  SELECT id, person, '', '', '', 3, 3, 5, id, 'sn', 'sn_pren_experience_issue', id, '[]' FROM tenth),
	conversation AS (
	  INSERT INTO sn_pren_conversation (sys_id, issue, step, "user", mode, resolution_type, state, consent, sensitive, contact_at,
	                                    accept_seconds, consent_seconds, confirm_seconds, feedback_seconds,
	                                    short_description, prompt, consent_text, instructions, url)
	  SELECT id, id, 1, person, 'engage', 'self_help', 'ended', false, false, now() - interval '1 day', 1, 1, 1, 1,
	         'High CPU usage', 'May we help?', '', '{}', '' FROM tenth),
	notification AS (
	  INSERT INTO sn_pren_notification (sys_id, issue, step, channel, occasion, turn, state, token_hash, ended_on)
	  SELECT id, id, 1, md5('desktop'), 'ask', 1, 'delivered', id::bytea, now() FROM tenth),
	outcome AS (
	  INSERT INTO sn_pren_outcome (sys_id, issue, provider, experience_id, issue_code, step, state, end_reason, sequence, position, sys_created_on)
	  SELECT id, id, known.provider, id, '0', 1, 'closed_complete', 'resolved_silently', 1, nextval('sn_pren_outcome_position'), now() - interval '1 day'
	    FROM tenth, known),
	delivery AS (
	  INSERT INTO sn_pren_delivery (sys_id, receiver, outcome, issue, state, attempts, give_up_after_seconds, ended_on)
	  SELECT id, md5('receiver'), id, id, 'delivered', 1, 259200, now() - interval '1 day' FROM tenth),
	attempt AS (
	  INSERT INTO sn_pren_delivery_attempt (sys_id, delivery, attempt, sys_created_on, duration_ms, status, detail)
	  SELECT id, id, 1, now() - interval '1 day', 1, 204, 'the hook answered 204.' FROM tenth),
	changes AS (
	  INSERT INTO sys_audit (tablename, documentkey, fieldname, oldvalue, newvalue, "user")
	  SELECT 'incident', id, 'work_notes', '', 'Called back', 'beth.anglin' FROM tenth)
	INSERT INTO sn_pren_experience_issue_event (issue, number, step, event)
	SELECT id, number, 1, 'created' FROM closed, generate_series(1, 4) number`

// company is a world with the tables of a large company after some years, and an api that uses them.
func (b *Bench) company(ctx context.Context) (*taker, error) {
	w, err := b.World(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.fill(ctx, w); err != nil {
		w.Close()
		return nil, err
	}
	return newTaker(w, bind(w.Proactive, "api"))
}

func (b *Bench) fill(ctx context.Context, w *stack.World) error {
	began := time.Now()
	c, err := w.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	// Foreign keys are right by construction, and checking them takes longer than the rest.
	if _, err := c.ExecContext(ctx, `SET session_replication_role = replica`); err != nil {
		return err
	}
	if err := b.inPieces(ctx, c, "people", morePeople, b.People, b.Staff); err != nil {
		return err
	}
	if err := b.inPieces(ctx, c, "computers", moreComputers, 0, b.Staff); err != nil {
		return err
	}
	if err := b.inPieces(ctx, c, "closed issues", closedIssues, 0, b.Closed, max(b.Staff, b.People)); err != nil {
		return err
	}
	b.say("large-tables: vacuum and analyze")
	_, err = c.ExecContext(ctx, "VACUUM ANALYZE")
	b.Sheet.Remark("large-tables", fmt.Sprintf("the tables were filled in %s", time.Since(began).Round(time.Second)))
	return err
}

func (b *Bench) inPieces(ctx context.Context, c *sql.Conn, what, statement string, from, to int, more ...any) error {
	for ; from < to; from += piece {
		end := min(from+piece, to)
		b.say("large-tables: %s of %s %s", short(end), short(to), what)
		if _, err := c.ExecContext(ctx, statement, append([]any{from, end - 1}, more...)...); err != nil {
			return fmt.Errorf("make %s: %w", what, err)
		}
	}
	return nil
}
