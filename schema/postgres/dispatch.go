package postgres

import (
	"context"
	"strings"
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
// what is told of one issue arrives in order. It is the caller's for as long as leases say; after that it is claimed again.
func (d *DB) ClaimDispatches(ctx context.Context, room map[string]int, leases schema.DispatchLeases) ([]schema.Dispatch, error) {
	receivers, places := make([]string, 0, len(room)), make([]int64, 0, len(room))
	for receiver, n := range room {
		receivers, places = append(receivers, receiver), append(places, int64(n))
	}
	var claimed []schema.Dispatch
	err := d.selectAll(ctx, &claimed, claimDispatches, pq.Array(receivers), pq.Array(places), leases.Outcome.Seconds(), leases.Incident.Seconds())
	return claimed, fault("claim deliveries", err)
}

// claimDispatches looks for earlier ones by the issue: state and receiver stand there in a form that no index of all that is pending fits.
// A row that changes meanwhile is found at its place no more: it is claimed the next time.
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
	   SET not_before = now() + make_interval(secs => CASE WHEN d.incident IS NULL THEN $3::float8 ELSE $4::float8 END), attempts = d.attempts + 1
	  FROM due
	 WHERE d.ctid = due.place
	RETURNING d.sys_id, d.receiver, d.attempts, coalesce(d.outcome, '') AS outcome, coalesce(d.incident, '') AS incident,
	          extract(epoch FROM now() - d.since)::float8 AS waited`

// GiveBackDispatch lets a claimed delivery be claimed again after a while, as if there had been no attempt.
func (d *DB) GiveBackDispatch(ctx context.Context, claimed schema.Dispatch, after time.Duration) error {
	_, err := d.exec(ctx, `
		UPDATE sn_pren_delivery SET not_before = now() + make_interval(secs => $3), attempts = attempts - 1
		 WHERE sys_id = $1 AND attempts = $2 AND state = 'pending'`, claimed.SysID, claimed.Attempt, after.Seconds())
	return fault("give a delivery back", err)
}

// SettleDispatch writes down what came of an attempt: in the log, and on what was to be told, which is tried again after a while or given
// up when its time is over. What has arrived has arrived, whoever claims it meanwhile and also when it was given up since; what has not
// is judged by the last who claimed it. An incident learns how it is called there.
func (d *DB) SettleDispatch(ctx context.Context, claimed schema.Dispatch, a schema.DispatchAttempt, after time.Duration) (state string, err error) {
	args := []any{claimed.SysID, claimed.Attempt, claimed.Receiver, a.Delivered, a.GiveUp, after.Seconds(),
		a.Began, a.Took.Milliseconds(), a.Status, cleaned(strings.TrimSpace(a.Detail + " " + a.Said)), lastTry.Seconds()}
	if claimed.Incident == "" {
		state, err = settled(ctx, d, args)
		return state, fault("settle a delivery", err)
	}
	err = d.inTx(ctx, func(t tx) error {
		// The incident first, as whoever deletes one comes from there to its delivery.
		if _, err := t.exec(ctx, `SELECT FROM incident WHERE sys_id = $1 FOR NO KEY UPDATE`, claimed.Incident); err != nil {
			return err
		}
		if state, err = settled(ctx, t, args); err != nil || state == "" || state == "pending" {
			return err
		}
		return noteForeign(ctx, t, claimed.Incident, state, a)
	})
	return state, fault("settle the delivery of an incident", err)
}

// lastTry is how long before its time is over something is tried once more: time enough to be claimed and sent.
const lastTry = 20 * time.Second

// settled gives "" when there was nothing to settle any more.
func settled(ctx context.Context, r runner, args []any) (state string, err error) {
	err = r.get(ctx, &state, settleDispatch, args...)
	return state, err
}

// patience is for how many seconds delivery d is tried, 0 without an end: as its receiver says now, or said before it was removed.
const patience = `coalesce(
	         (SELECT give_up_after_seconds FROM sn_pren_outcome_receiver WHERE sys_id = d.receiver),
	         (SELECT give_up_after_seconds FROM sn_pren_service_desk     WHERE sys_id = d.receiver), d.give_up_after_seconds)`

// settleDispatch takes $1 delivery, $2 attempt, $3 for whom it was claimed, $4 whether it arrived, $5 whether it is given up, $6 after how
// many seconds it is tried again, $7 when the attempt began, $8 how long it took, $9 the status, $10 what came of it. What follows in the
// same issue waits as long. Each is found by its key or its issue, and not among all that is pending, as a plan from when that was little
// would, and not by its place, which changes when somebody else claims it at this moment.
const settleDispatch = `
	WITH told AS (
	  UPDATE sn_pren_delivery d
	     SET (state, ended_on, not_before) = (
	           SELECT next.state, CASE WHEN next.state <> 'pending' THEN now() END, try.at
	             FROM (SELECT ` + patience + ` AS seconds) AS patience, LATERAL (
	                    SELECT least(now() + make_interval(secs => $6),
	                                 CASE WHEN patience.seconds > 0 THEN d.since + make_interval(secs => patience.seconds - $11::float8) END) AS at) AS try, LATERAL (
	                    SELECT CASE WHEN $4 THEN 'delivered' WHEN $5 OR try.at < now() THEN 'given_up' ELSE 'pending' END AS state) AS next),
	         detail = $10
	   WHERE d.sys_id = $1
	     AND (d.state = 'pending' AND d.attempts = $2 AND d.receiver = $3 OR $4 AND d.state IN ('pending', 'given_up'))
	  RETURNING d.sys_id, d.number, d.receiver, d.issue, d.state, d.not_before),
	followers AS (
	  UPDATE sn_pren_delivery f
	     SET not_before = CASE WHEN told.state = 'pending' THEN told.not_before ELSE now() END
	    FROM told
	   WHERE f.issue = told.issue AND f.number > told.number AND f.state || f.receiver = 'pending' || told.receiver),
	logged AS (
	  INSERT INTO sn_pren_delivery_attempt (delivery, attempt, sys_created_on, duration_ms, status, detail, next_try)
	  SELECT sys_id, $2, $7, $8, $9, $10, (SELECT not_before FROM told WHERE state = 'pending')
	    FROM sn_pren_delivery
	   WHERE sys_id = $1
	      ON CONFLICT DO NOTHING)
	SELECT coalesce((SELECT state FROM told), '')`

// noteForeign remembers how the service desk's system knows an incident, or that it was not told.
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
		     SET foreign_sys_id = CASE WHEN $6 THEN $4 ELSE foreign_sys_id END, foreign_number = CASE WHEN $6 THEN $5 ELSE foreign_number END,
		         sys_updated_on = now(), sys_updated_by = '`+engine+`', sys_mod_count = sys_mod_count + 1
		   WHERE sys_id = $1
		  RETURNING origin_id),
		counted AS (
		  UPDATE sn_pren_experience_issue i SET events = events + 1
		    FROM made
		   WHERE i.sys_id = made.origin_id
		  RETURNING i.sys_id, i.events, i.step)
		INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
		SELECT sys_id, events, step, $2, $3, '`+engine+`' FROM counted`,
		incident, event, cleaned(detail), a.Foreign.SysID, a.Foreign.Number, state == "delivered")
	return err
}
