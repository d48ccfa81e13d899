package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// addMessage puts a message into the inbox of an issue that this transaction has locked.
func addMessage(ctx context.Context, t tx, issue string, kind schema.InboxKind, step int) error {
	_, err := t.exec(ctx, `
		WITH issue AS (
		  UPDATE sn_pren_experience_issue SET messages = messages + 1
		   WHERE sys_id = $1
		  RETURNING sys_id, messages)
		INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step)
		SELECT sys_id, messages, $2, $3 FROM issue`, issue, kind, step)
	return err
}

// ClaimInbox takes up to limit messages to deliver, of each issue the lowest number only, oldest first, but those of issues that have
// been started before all others: however many have just been reported, what has begun goes on. They are the caller's for as long as
// lease says; after that they are claimed again. An issue that another Temporal namespace runs is left to that one.
func (d *DB) ClaimInbox(ctx context.Context, namespaceID string, limit int, lease time.Duration) ([]schema.Delivery, error) {
	var rows []struct {
		Issue        string           `db:"issue"`
		ExperienceID string           `db:"experience_id"`
		IssueCode    string           `db:"issue_code"`
		Provider     string           `db:"provider_code"`
		Seq          int64            `db:"seq"`
		Kind         schema.InboxKind `db:"kind"`
		Step         int              `db:"step"`
		Attempt      int              `db:"attempt"`
	}
	err := d.selectAll(ctx, &rows, claimInbox, limit, lease.Seconds(), namespaceID)
	deliveries := make([]schema.Delivery, len(rows))
	for i, r := range rows {
		deliveries[i] = schema.Delivery{
			Message: schema.Message{Seq: r.Seq, Kind: r.Kind, Step: r.Step},
			Issue:   r.Issue, ExperienceID: r.ExperienceID, IssueCode: r.IssueCode, Provider: r.Provider, Attempt: r.Attempt,
		}
	}
	return deliveries, fault("claim inbox rows", err)
}

const claimInbox = `
	WITH begun AS (` + dueMessages + ` AND m.kind <> 'created'
	   ORDER BY m.not_before
	   LIMIT $1
	     FOR UPDATE OF m SKIP LOCKED),
	new AS (` + dueMessages + ` AND m.kind = 'created'
	   ORDER BY m.not_before
	   LIMIT $1 - (SELECT count(*) FROM begun)
	     FOR UPDATE OF m SKIP LOCKED),
	due AS (SELECT place, issue FROM begun UNION ALL SELECT place, issue FROM new)
	UPDATE sn_pren_experience_issue_inbox m
	   SET not_before = now() + make_interval(secs => $2), attempt = m.attempt + 1
	  FROM due, LATERAL (
	         SELECT i.experience_id, r.issue_code, p.provider_code
	           FROM sn_pren_experience_issue i
	           JOIN sn_pren_issue_registry r ON r.sys_id = i.registry
	           JOIN sn_pren_provider p       ON p.sys_id = i.provider
	          WHERE i.sys_id = due.issue
	          LIMIT 1) of
	 WHERE m.ctid = due.place
	RETURNING m.issue, of.experience_id, of.issue_code, of.provider_code, m.seq, m.kind, m.step, m.attempt`

// dueMessages are those that may be claimed now for namespace $3, by their place in the table, where the lock on them keeps them. The lowest
// number of an issue is looked for message by message, until there are enough. A join, by key too, would read the whole inbox under a plan
// from when it was empty.
const dueMessages = `
	  SELECT m.ctid AS place, m.issue
	    FROM sn_pren_experience_issue_inbox m
	   WHERE m.not_before <= now()
	     AND (SELECT temporal_namespace FROM sn_pren_experience_issue WHERE sys_id = m.issue) IN ('', $3)
	     AND m.seq = (SELECT min(earlier.seq) FROM sn_pren_experience_issue_inbox earlier WHERE earlier.issue = m.issue)`

// Delivered forgets messages that Temporal has. The issues remember the namespace that runs them.
func (d *DB) Delivered(ctx context.Context, namespaceID string, done []schema.Delivery) error {
	issues, seqs := keys(done)
	var more bool
	err := d.get(ctx, &more, forgetDelivered, pq.Array(issues), pq.Array(seqs), namespaceID)
	if err == nil && more {
		d.bell.ring(topicInbox, "")
	}
	return fault("forget delivered inbox rows", err)
}

// forgetDelivered also tells whether the issues have further messages, which the delivered ones have kept back. Two who delivered the same
// ones lock them in one order.
const forgetDelivered = `
	WITH done AS MATERIALIZED (
	  SELECT issue, seq FROM unnest($1::text[], $2::bigint[]) AS done (issue, seq) ORDER BY issue, seq),
	locked AS (
	  SELECT one.place
	    FROM done, LATERAL (
	           SELECT m.ctid AS place
	             FROM sn_pren_experience_issue_inbox m
	            WHERE m.issue = done.issue AND m.seq = done.seq
	              FOR UPDATE) one),
	gone AS (
	  DELETE FROM sn_pren_experience_issue_inbox m
	   USING locked
	   WHERE m.ctid = locked.place
	  RETURNING m.issue, m.kind),
	started AS (
	  UPDATE sn_pren_experience_issue i
	     SET temporal_namespace = $3
	    FROM gone
	   WHERE i.sys_id = gone.issue AND gone.kind = 'created' AND i.temporal_namespace <> $3)
	SELECT EXISTS (
	  SELECT FROM done, LATERAL (SELECT FROM sn_pren_experience_issue_inbox m WHERE m.issue = done.issue AND m.seq > done.seq LIMIT 1) more)`

// DeliverLater gives messages back that could not be delivered; they are due again after delay.
func (d *DB) DeliverLater(ctx context.Context, delay time.Duration, failed []schema.Delivery) error {
	issues, seqs := keys(failed)
	_, err := d.exec(ctx, `
		UPDATE sn_pren_experience_issue_inbox m
		   SET not_before = now() + make_interval(secs => $3)
		  FROM unnest($1::text[], $2::bigint[]) AS failed (issue, seq)
		 WHERE m.issue = failed.issue AND m.seq = failed.seq`,
		pq.Array(issues), pq.Array(seqs), delay.Seconds())
	return fault("put off inbox rows", err)
}

// InboxWaiting says how much there is to deliver.
func (d *DB) InboxWaiting(ctx context.Context) (schema.InboxWaiting, error) {
	var w struct {
		Count  int     `db:"count"`
		Oldest float64 `db:"oldest"`
	}
	err := d.get(ctx, &w, `
		SELECT count(*) AS count, coalesce(extract(epoch FROM now() - min(sys_created_on)), 0)::float8 AS oldest
		  FROM sn_pren_experience_issue_inbox`)
	return schema.InboxWaiting{Count: w.Count, OldestSeconds: w.Oldest}, fault("count the inbox", err)
}

// InboxRings tells the relay that there may be something to deliver.
func (d *DB) InboxRings() (woken <-chan struct{}, stop func()) { return d.bell.wait(topicInbox, "") }

func keys(deliveries []schema.Delivery) (issues []string, seqs []int64) {
	for _, x := range deliveries {
		issues, seqs = append(issues, x.Issue), append(seqs, x.Seq)
	}
	return issues, seqs
}
