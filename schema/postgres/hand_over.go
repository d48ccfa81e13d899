package postgres

import (
	"context"
	"database/sql"
	"errors"

	"proactive/schema"
)

// HandOver takes a notification to deliver it, with the SHA-256 of its link's token, nil without a link, and tells in which state it was found: pending
// is the caller's now; any other is not. One that is sending was being handed over by somebody who did not come back. One
// that is not wanted any more is withdrawn.
func (d *DB) HandOver(ctx context.Context, sysID string, tokenHash []byte) (schema.NotificationState, error) {
	found := schema.NotificationWithdrawn
	err := d.inTx(ctx, func(t tx) error {
		n, err := lockNotification(ctx, t, sysID)
		if err != nil {
			return err
		}
		if n.Delivery == schema.NotificationPending && !n.Wanted() {
			return withdrawNotification(ctx, t, n)
		}
		if found = n.Delivery; found != schema.NotificationPending {
			return nil
		}
		return startSending(ctx, t, n, tokenHash)
	})
	return found, fault("hand over a notification", err)
}

// PutBack gives back a notification whose delivery has certainly failed, to be tried again.
func (d *DB) PutBack(ctx context.Context, sysID, sentence string) error {
	return d.noteNotification(ctx, sysID, schema.NotificationPending, schema.EventNotificationAttempt, sentence)
}

// SettleNotification writes down how the delivery of a notification ended; sentence is for people. A repeat, and what comes too late,
// do nothing.
func (d *DB) SettleNotification(ctx context.Context, sysID string, state schema.NotificationState, sentence string) error {
	event := map[schema.NotificationState]schema.EventName{schema.NotificationDelivered: schema.EventNotificationSent,
		schema.NotificationWithdrawn: schema.EventNotificationGone}[state]
	if event == "" {
		event = schema.EventNotificationFailed
	}
	return d.noteNotification(ctx, sysID, state, event, sentence)
}

func (d *DB) noteNotification(ctx context.Context, sysID string, state schema.NotificationState, event schema.EventName, sentence string) error {
	var experienceID string
	err := d.get(ctx, &experienceID, noteNotification, sysID, state, event, cleaned(sentence))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		d.bell.ring(topicIssue, experienceID)
	}
	return fault("write down what came of a notification", err)
}

// noteNotification moves a notification that is not final, back to pending only from sending; and one of which it was not known to
// where it has arrived after all.
const noteNotification = `
	WITH locked AS MATERIALIZED (
	  SELECT i.sys_id
	    FROM sn_pren_notification n
	    JOIN sn_pren_experience_issue i ON i.sys_id = n.issue
	   WHERE n.sys_id = $1
	     FOR UPDATE OF i),
	noted AS (
	  UPDATE sn_pren_notification n
	     SET state = $2, ended_on = CASE WHEN $2 = 'pending' THEN NULL ELSE clock_timestamp() END
	    FROM locked
	   WHERE n.sys_id = $1 AND n.issue = locked.sys_id AND (n.state = 'sending' OR n.state = 'pending' AND $2 <> 'pending' OR n.state = 'unknown' AND $2 = 'delivered')
	  RETURNING n.issue, n.step),
	counted AS (
	  UPDATE sn_pren_experience_issue i
	     SET events = i.events + 1
	    FROM noted
	   WHERE i.sys_id = noted.issue
	  RETURNING i.sys_id, i.experience_id, i.events, noted.step),
	told AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT sys_id, events, step, $3, $4, 'engine' FROM counted)
	SELECT experience_id FROM counted`

func startSending(ctx context.Context, t tx, n lockedNotification, tokenHash []byte) error {
	_, err := t.exec(ctx, `
		UPDATE sn_pren_notification
		   SET state = 'sending', attempts = attempts + 1, token_hash = $2
		 WHERE sys_id = $1 AND state = 'pending'`, n.SysID, bytesOrNull(tokenHash))
	return err
}

func withdrawNotification(ctx context.Context, t tx, n lockedNotification) error {
	if _, err := t.exec(ctx, `
		UPDATE sn_pren_notification
		   SET state = 'withdrawn', ended_on = clock_timestamp()
		 WHERE sys_id = $1 AND state = 'pending'`, n.SysID); err != nil {
		return err
	}
	return addEvents(ctx, t, n.Issue, n.Step, engine, schema.Note{Event: schema.EventNotificationGone,
		Detail: "A message was withdrawn before it left, as the conversation has gone on."})
}
