package postgres

import (
	"context"

	"proactive/schema"
)

// endAtOnce bounds what EndDispatches does at once.
const endAtOnce = 200

// EndDispatches looks after what nobody tries to deliver, for each receiver up to a batch: incidents on their way to a service desk that
// another has taken the place of go to that one, and what waits for a receiver that is gone, or has waited for longer than its
// receiver says, is given up. What somebody delivers at this moment is left to them. It gives what was given up, and tells whether
// there may be more.
func (d *DB) EndDispatches(ctx context.Context) (ended []schema.EndedDispatch, more bool, err error) {
	moved, err := d.exec(ctx, deskTakesOver, endAtOnce)
	if err != nil {
		return nil, false, fault("let a service desk take the place of another", err)
	}
	err = d.inTx(ctx, func(t tx) error {
		if err := t.selectAll(ctx, &ended, endDispatches, endAtOnce); err != nil {
			return err
		}
		for _, e := range ended {
			if e.Incident == "" {
				continue
			}
			if err := noteForeign(ctx, t, e.Incident, "given_up", schema.DispatchAttempt{Detail: e.Detail}); err != nil {
				return err
			}
		}
		return nil
	})
	return ended, moved >= endAtOnce || len(ended) >= endAtOnce, fault("give up what nobody delivers", err)
}

// notOnItsWay is a pending delivery d that nobody is trying at this moment: its time has come, or what came of its last attempt is written down.
const notOnItsWay = `(d.not_before <= now() OR d.attempts = 0
	              OR EXISTS (SELECT FROM sn_pren_delivery_attempt a WHERE a.delivery = d.sys_id AND a.attempt = d.attempts))`

var deskTakesOver = `
	WITH RECURSIVE waiting AS (` + receiversOf("pending") + `
		    FROM waiting AS before WHERE before.sys_id IS NOT NULL),
	left_behind AS MATERIALIZED (
	  SELECT one.sys_id, desk.sys_id AS receiver
	    FROM waiting w
	    JOIN sn_pren_service_desk desk ON desk.active AND desk.sys_id <> w.sys_id AND w.sys_id NOT IN (SELECT sys_id FROM sn_pren_outcome_receiver),
	         LATERAL (SELECT d.sys_id
	                    FROM sn_pren_delivery d
	                   WHERE d.receiver = w.sys_id AND d.state = 'pending' AND d.incident IS NOT NULL AND ` + notOnItsWay + `
	                   LIMIT $1
	                     FOR UPDATE SKIP LOCKED) one)
	UPDATE sn_pren_delivery d
	   SET receiver = l.receiver, not_before = now(), detail = 'Another service desk has taken the place of the one before.'
	  FROM left_behind l
	 WHERE d.sys_id = l.sys_id`

// endDispatches: a receiver that is switched off is one that is waited for, as long as its give_up_after says. An incident that somebody has
// locked is left to them: whoever settles its delivery, or deletes it, comes from there to the delivery. So is the incident of an issue that
// somebody has: whoever erases or removes issues has some, and comes to the others, and to what is delivered of them.
var endDispatches = `
	WITH RECURSIVE waiting AS (` + receiversOf("pending") + `
		    FROM waiting AS before WHERE before.sys_id IS NOT NULL),
	judged AS (
	  SELECT w.sys_id,
	         CASE WHEN r.sys_id IS NULL AND s.sys_id IS NULL THEN 'Its receiver was removed.'
	              WHEN s.sys_id IS NULL AND r.config IS NULL THEN 'Its receiver has no webhook any more; the feed has it.'
	              ELSE 'It was not delivered in the time that there was for it.' END AS why,
	         CASE WHEN s.sys_id IS NULL AND r.config IS NULL THEN 'infinity'
	              WHEN coalesce(r.give_up_after_seconds, s.give_up_after_seconds) = 0 THEN '-infinity'
	              ELSE now() - make_interval(secs => coalesce(r.give_up_after_seconds, s.give_up_after_seconds)) END AS before
	    FROM waiting w
	    LEFT JOIN sn_pren_outcome_receiver r ON r.sys_id = w.sys_id
	    LEFT JOIN sn_pren_service_desk     s ON s.sys_id = w.sys_id
	   WHERE w.sys_id IS NOT NULL),
	over AS MATERIALIZED (
	  SELECT one.sys_id, j.why
	    FROM judged j,
	         LATERAL (SELECT d.sys_id
	                    FROM sn_pren_delivery d
	                   WHERE d.receiver = j.sys_id AND d.state = 'pending' AND d.since < j.before AND ` + notOnItsWay + `
	                     AND (d.incident IS NULL
	                          OR EXISTS (SELECT FROM incident WHERE sys_id = d.incident FOR NO KEY UPDATE SKIP LOCKED)
	                             AND (EXISTS (SELECT FROM sn_pren_experience_issue WHERE sys_id = d.issue FOR NO KEY UPDATE SKIP LOCKED)
	                                  OR (SELECT sys_id FROM sn_pren_experience_issue WHERE sys_id = d.issue) IS NULL))
	                   ORDER BY d.since
	                   LIMIT $1
	                     FOR UPDATE SKIP LOCKED) one)
	UPDATE sn_pren_delivery d
	   SET state = 'given_up', ended_on = now(), detail = over.why
	  FROM over
	 WHERE d.sys_id = over.sys_id
	RETURNING d.receiver, coalesce(d.incident, '') AS incident, d.detail`
