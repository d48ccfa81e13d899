package postgres

import (
	"slices"

	"github.com/lib/pq"

	"proactive/schema"
)

// message is a notification as its conversation sees it.
type message struct {
	SysID    string                   `db:"sys_id"`
	Occasion schema.Occasion          `db:"occasion"`
	Turn     int                      `db:"turn"`
	State    schema.NotificationState `db:"state"`
	OnDevice bool                     `db:"on_device"` // a notice job settles it
}

const messagesOfStep = `
	SELECT n.sys_id, n.occasion, n.turn, n.state, EXISTS (SELECT FROM ci_job j WHERE j.notification = n.sys_id) AS on_device
	  FROM sn_pren_notification n
	 WHERE n.issue = $1 AND n.step = $2 AND n.occasion <> 'desk'`

// deliverable are the messages whose delivery is the workflow's, in an order that a repeat gives again.
func (k *talk) deliverable() (ids []string) {
	for _, m := range k.messages {
		if !m.State.Final() && !m.OnDevice && k.c.Wants(m.Occasion, m.Turn) && k.c.State != schema.ConversationEnded {
			ids = append(ids, m.SysID)
		}
	}
	slices.Sort(ids)
	return ids
}

// reached tells whether the person has a message, or may have one.
func (k *talk) reached() bool {
	for _, m := range k.messages {
		if m.State == schema.NotificationDelivered || m.State == schema.NotificationUnknown {
			return true
		}
	}
	return false
}

// giveUp settles messages whose delivery has ended without a word. One that was being handed over may have arrived; one that a device
// is to show is settled by its job.
func (k *talk) giveUp(ids []string) error {
	given := map[string]bool{}
	for _, id := range ids {
		given[id] = true
	}
	for i, m := range k.messages {
		if !given[m.SysID] || m.State.Final() || m.OnDevice {
			continue
		}
		state, said := schema.NotificationLost, "The delivery of a message was given up."
		if m.State == schema.NotificationSending {
			state, said = schema.NotificationUnknown, "Nobody can say whether a message has arrived; it is not sent again."
		}
		if _, err := k.t.exec(k.ctx, `
			UPDATE sn_pren_notification SET state = $2, ended_on = clock_timestamp()
			 WHERE sys_id = $1`, m.SysID, state); err != nil {
			return err
		}
		k.messages[i].State = state
		k.say(schema.EventNotificationFailed, "%s", said)
	}
	return nil
}

// withdrawUnwanted takes back the messages that have not left and no longer say what stands.
func (k *talk) withdrawUnwanted() error {
	var ids []string
	for _, m := range k.messages {
		if !m.State.Final() && (k.c.State == schema.ConversationEnded || !k.c.Wants(m.Occasion, m.Turn)) {
			ids = append(ids, m.SysID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var gone []string
	if err := k.t.selectAll(k.ctx, &gone, withdrawMessages, pq.Array(ids)); err != nil || len(gone) == 0 {
		return err
	}
	for i, m := range k.messages {
		if slices.Contains(gone, m.SysID) {
			k.messages[i].State = schema.NotificationWithdrawn
		}
	}
	k.say(schema.EventNotificationGone, "Messages withdrawn before they left, as the conversation has gone on: %d.", len(gone))
	return nil
}

// withdrawMessages leaves alone what is being handed over, and what a device is showing.
const withdrawMessages = `
	WITH jobs AS (
	  UPDATE ci_job
	     SET state = 'withdrawn', parameters = '{}', ended_on = clock_timestamp()
	   WHERE notification = ANY ($1) AND state IN ('offered', 'leased')
	  RETURNING notification)
	UPDATE sn_pren_notification
	   SET state = 'withdrawn', ended_on = clock_timestamp()
	 WHERE sys_id = ANY ($1) AND (state = 'pending' OR state = 'sending' AND sys_id IN (SELECT notification FROM jobs))
	RETURNING sys_id`
