package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// Receivers gives the sys_ids of those who are to be told something now.
func (d *DB) Receivers(ctx context.Context) ([]string, error) {
	var ids []string
	err := d.selectAll(ctx, &ids, `
		SELECT sys_id FROM sn_pren_outcome_receiver WHERE active AND config IS NOT NULL
		 UNION ALL
		SELECT sys_id FROM sn_pren_service_desk WHERE active`)
	return ids, fault("look for receivers", err)
}

// ClaimDispatches takes what is due for some receivers, for each up to as much as there is room for, and of each issue the oldest only:
// what is told of one issue arrives in order. It is the caller's for as long as lease says; after that it is claimed again.
func (d *DB) ClaimDispatches(ctx context.Context, room map[string]int, lease time.Duration) ([]schema.Dispatch, error) {
	receivers, places := make([]string, 0, len(room)), make([]int64, 0, len(room))
	for receiver, n := range room {
		receivers, places = append(receivers, receiver), append(places, int64(n))
	}
	var claimed []schema.Dispatch
	err := d.selectAll(ctx, &claimed, claimDispatches, pq.Array(receivers), pq.Array(places), lease.Seconds())
	return claimed, fault("claim deliveries", err)
}

// claimDispatches looks for earlier ones by the issue: state and receiver stand there in a form that no index of all that is pending fits.
const claimDispatches = `
	WITH due AS (
	  SELECT one.place
	    FROM unnest($1::text[], $2::bigint[]) AS receiver (sys_id, room), LATERAL (
	           SELECT d.ctid AS place
	             FROM sn_pren_delivery d
	            WHERE d.receiver = receiver.sys_id AND d.state = 'pending' AND d.not_before <= now()
	              AND d.number = (SELECT min(earlier.number) FROM sn_pren_delivery earlier
	                               WHERE earlier.issue = d.issue AND earlier.state || earlier.receiver = 'pending' || d.receiver)
	            ORDER BY d.not_before
	            LIMIT receiver.room
	              FOR UPDATE SKIP LOCKED) one)
	UPDATE sn_pren_delivery d
	   SET not_before = now() + make_interval(secs => $3), attempts = d.attempts + 1
	  FROM due
	 WHERE d.ctid = due.place
	RETURNING d.sys_id, d.receiver, d.attempts, coalesce(d.outcome, '') AS outcome, coalesce(d.incident, '') AS incident, d.since`

// GiveBackDispatch lets a claimed delivery be claimed again after a while, as if there had been no attempt.
func (d *DB) GiveBackDispatch(ctx context.Context, claimed schema.Dispatch, after time.Duration) error {
	_, err := d.exec(ctx, `
		UPDATE sn_pren_delivery SET not_before = now() + make_interval(secs => $3), attempts = attempts - 1
		 WHERE sys_id = $1 AND attempts = $2 AND state = 'pending'`, claimed.SysID, claimed.Attempt, after.Seconds())
	return fault("give a delivery back", err)
}

// SettleDispatch writes down what came of an attempt: in the log, and on what was to be told, which is tried again after a while or given
// up when its time is over. What has arrived has arrived, whoever claims it meanwhile; what has not is judged by the last who claimed it.
// An incident learns how it is called there.
func (d *DB) SettleDispatch(ctx context.Context, claimed schema.Dispatch, a schema.DispatchAttempt, after time.Duration) (state string, err error) {
	args := []any{claimed.SysID, claimed.Attempt, a.Delivered, a.GiveUp, after.Seconds(), a.Began, a.Took.Milliseconds(), a.Status, cleaned(a.Detail)}
	if claimed.Incident == "" {
		state, err = settled(ctx, d, args)
		return state, fault("settle a delivery", err)
	}
	err = d.inTx(ctx, func(t tx) error {
		if state, err = settled(ctx, t, args); err != nil || state == "" || state == "pending" {
			return err
		}
		return noteForeign(ctx, t, claimed.Incident, state, a)
	})
	return state, fault("settle the delivery of an incident", err)
}

// settled gives "" when there was nothing to settle any more.
func settled(ctx context.Context, r runner, args []any) (state string, err error) {
	err = r.get(ctx, &state, settleDispatch, args...)
	return state, err
}

// settleDispatch takes $1 delivery, $2 attempt, $3 whether it arrived, $4 whether it is given up, $5 after how many seconds it is tried
// again, $6 when the attempt began, $7 how long it took, $8 the status, $9 what came of it. What follows in the same issue waits as long:
// each is found by its key or its issue, and not among all that is pending, as a plan from when that was little would.
const settleDispatch = `
	WITH claimed AS (
	  SELECT ctid AS place, state, attempts,
	         CASE WHEN $3 THEN 'delivered'
	              WHEN $4 OR give_up_after_seconds > 0 AND since + make_interval(secs => give_up_after_seconds) < now() + make_interval(secs => $5)
	              THEN 'given_up' ELSE 'pending' END AS next
	    FROM sn_pren_delivery
	   WHERE sys_id = $1
	     FOR UPDATE),
	told AS (
	  UPDATE sn_pren_delivery d
	     SET state      = claimed.next,
	         not_before = now() + make_interval(secs => $5),
	         ended_on   = CASE WHEN claimed.next <> 'pending' THEN now() END,
	         detail     = $9
	    FROM claimed
	   WHERE d.ctid = claimed.place AND claimed.state = 'pending' AND (claimed.attempts = $2 OR $3)
	  RETURNING d.sys_id, d.number, d.receiver, d.issue, d.state, d.not_before),
	followers AS (
	  UPDATE sn_pren_delivery f
	     SET not_before = CASE WHEN told.state = 'pending' THEN told.not_before ELSE now() END
	    FROM told, LATERAL (
	           SELECT next.ctid AS place
	             FROM sn_pren_delivery next
	            WHERE next.issue = told.issue AND next.number > told.number AND next.state || next.receiver = 'pending' || told.receiver) one
	   WHERE f.ctid = one.place),
	logged AS (
	  INSERT INTO sn_pren_delivery_attempt (delivery, attempt, sys_created_on, duration_ms, status, detail, next_try)
	  SELECT sys_id, $2, $6, $7, $8, $9, CASE WHEN state = 'pending' THEN not_before END FROM told
	      ON CONFLICT DO NOTHING)
	SELECT coalesce((SELECT state FROM told), '')`

// noteForeign remembers how the service desk's system knows an incident, or that it does not.
func noteForeign(ctx context.Context, t tx, incident, state string, a schema.DispatchAttempt) error {
	event, detail := schema.EventIncidentNotHandedOver, "The service desk's system was not told of the incident: "+a.Detail
	if state == "delivered" {
		event, detail = schema.EventIncidentHandedOver, "The service desk's system has taken the incident."
		if a.Foreign.Number != "" {
			detail = "The service desk's system knows it as " + a.Foreign.Number + "."
		}
	}
	_, err := t.exec(ctx, `
		WITH made AS (
		  UPDATE incident
		     SET foreign_sys_id = $4, foreign_number = $5, sys_updated_on = now(), sys_updated_by = '`+engine+`', sys_mod_count = sys_mod_count + 1
		   WHERE sys_id = $1
		  RETURNING origin_id),
		counted AS (
		  UPDATE sn_pren_experience_issue i SET events = events + 1
		    FROM made
		   WHERE i.sys_id = made.origin_id
		  RETURNING i.sys_id, i.events, i.step)
		INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
		SELECT sys_id, events, step, $2, $3, '`+engine+`' FROM counted`,
		incident, event, cleaned(detail), a.Foreign.SysID, a.Foreign.Number)
	return err
}

// Redeliver lets outcomes be told again that were delivered or given up, and tells how many they are; what is still to be told stays as it is.
func (d *DB) Redeliver(ctx context.Context, what schema.Redelivery) (int64, error) {
	n, err := d.exec(ctx, `
		UPDATE sn_pren_delivery d
		   SET state = 'pending', ended_on = NULL, since = now(), not_before = now()
		  FROM sn_pren_outcome o
		  JOIN sn_pren_provider p ON p.sys_id = o.provider
		 WHERE o.sys_id = d.outcome AND d.state <> 'pending'
		   AND (cardinality($4::text[]) = 0 OR p.provider_code = ANY ($4))
		   AND (o.sys_id = $1 OR o.experience_id = $2 OR d.state = 'given_up' AND p.provider_code = $3)`,
		what.ID, what.ExperienceID, what.Provider, pq.Array(append([]string{}, what.Providers...)))
	return n, fault("let outcomes be told again", err)
}

// DispatchesWaiting says how much other systems are still to be told, of each kind, and how much of that was given up.
func (d *DB) DispatchesWaiting(ctx context.Context) ([]schema.DispatchWaiting, error) {
	var waiting []schema.DispatchWaiting
	err := d.selectAll(ctx, &waiting, `
		SELECT kind, p.count, p.oldest,
		       (SELECT count(*) FROM sn_pren_delivery WHERE state = 'given_up' AND (outcome IS NOT NULL) = (kind = 'outcome')) AS given_up
		  FROM (VALUES ('incident'), ('outcome')) AS kinds (kind), LATERAL (
		         SELECT count(*) AS count, coalesce(extract(epoch FROM now() - min(since)), 0)::float8 AS oldest
		           FROM sn_pren_delivery
		          WHERE state = 'pending' AND (outcome IS NOT NULL) = (kind = 'outcome')) p`)
	return waiting, fault("count deliveries", err)
}
