package postgres

import (
	"context"

	"proactive/schema"
)

// lockedNotification is a notification whose issue this transaction has locked.
type lockedNotification struct {
	conversationRecord
	notificationFacts
	SysID        string `db:"notification"`
	Issue        string `db:"issue"`
	Step         int    `db:"step"`
	ExperienceID string `db:"experience_id"`
}

// notificationFacts are what tells whether a notification is still wanted.
type notificationFacts struct {
	Occasion  schema.Occasion          `db:"occasion"`
	Delivery  schema.NotificationState `db:"state"`
	WrittenAt int                      `db:"written_at"` // the turn of its conversation
	InPlace   bool                     `db:"in_place"`   // its issue is in progress at its step
}

// wantedIn tells whether a notification is still to be sent, by where its conversation stands. The service desk is told after the end.
func (n notificationFacts) wantedIn(c schema.Conversation) bool {
	if n.Occasion == schema.OccasionDesk {
		return true
	}
	return n.InPlace && c.State != schema.ConversationEnded && c.Wants(n.Occasion, n.WrittenAt)
}

const notificationColumns = `n.occasion, n.state, n.turn AS written_at, i.state = 'in_progress' AND i.step = n.step AS in_place`

func lockNotification(ctx context.Context, t tx, sysID string) (lockedNotification, error) {
	var n lockedNotification
	if _, err := t.exec(ctx, `
		SELECT
		  FROM sn_pren_notification n
		  JOIN sn_pren_experience_issue i ON i.sys_id = n.issue
		 WHERE n.sys_id = $1
		   FOR UPDATE OF i`, sysID); err != nil {
		return n, err
	}
	return n, t.get(ctx, &n, `
		SELECT n.sys_id AS notification, n.issue, n.step, i.experience_id, `+notificationColumns+`, `+conversationColumns+`
		  FROM sn_pren_notification n
		  JOIN sn_pren_experience_issue i  ON i.sys_id = n.issue
		  LEFT JOIN sn_pren_conversation c ON c.issue = n.issue AND c.step = n.step
		 WHERE n.sys_id = $1`, sysID)
}

// Wanted tells whether the notification is still to be sent.
func (n lockedNotification) Wanted() bool { return n.wantedIn(n.conversation()) }

// Notification reads all that is needed to write a message and to deliver it; schema.ErrNoRecord when there is none.
func (d *DB) Notification(ctx context.Context, sysID string) (schema.Notification, error) {
	var row struct {
		viewRow
		notificationFacts
		Email    string             `db:"email"`
		CI       string             `db:"ci"`
		Channel  string             `db:"channel"`
		Name     string             `db:"channel_name"`
		Type     schema.ChannelType `db:"channel_type"`
		Audience schema.Audience    `db:"audience"`
		Attempts int                `db:"attempts"`
		Tried    int                `db:"tried"`
		Config   []byte             `db:"config"`
		Active   bool               `db:"active"`
	}
	if err := d.get(ctx, &row, readNotification, sysID); err != nil {
		return schema.Notification{}, fault("read a notification", err)
	}
	v, err := row.view()
	if err != nil {
		return schema.Notification{}, fault("read a notification", err)
	}
	wanted := row.wantedIn(v.Conversation)
	v.Conversation.CodeHash = nil
	return schema.Notification{
		SysID: sysID, Occasion: row.Occasion, State: row.Delivery, Wanted: wanted, Attempts: row.Tried, Email: row.Email, CI: row.CI, View: v.View,
		Channel: schema.Channel{SysID: row.Channel, Name: row.Name, Type: row.Type, Audience: row.Audience, Attempts: row.Attempts,
			Config: row.Config, Active: row.Active},
	}, nil
}

const readNotification = viewColumns + `, ` + notificationColumns + `, n.attempts AS tried, u.email,
	       CASE WHEN EXISTS (SELECT FROM sn_agent_token k WHERE k.ci = s.ci AND k.revoked_on IS NULL) THEN s.ci ELSE '' END AS ci,
	       way.sys_id AS channel, way.name AS channel_name, way.type AS channel_type, way.audience, way.attempts, way.config, way.active
	  FROM sn_pren_notification n
	  JOIN sn_pren_notification_channel way        ON way.sys_id = n.channel
	  JOIN sn_pren_experience_issue i              ON i.sys_id = n.issue` + viewTables + `
	 WHERE n.sys_id = $1`
