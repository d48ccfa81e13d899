package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// delivery is where a notification stands.
func (w *talkWorld) delivery(notification string) schema.NotificationState {
	w.t.Helper()
	return value[schema.NotificationState](w.issueWorld, `SELECT state FROM sn_pren_notification WHERE sys_id = $1`, notification)
}

func (w *talkWorld) handOver(notification string) schema.NotificationState {
	w.t.Helper()
	state, err := w.db.HandOver(w.t.Context(), notification, schema.HashToken(notification))
	require.NoError(w.t, err)
	return state
}

func TestANotificationIsHandedOverToOneAndNotAgainAfterACrash(t *testing.T) {
	w := newTalkWorld(t)
	id := w.talk()
	w.turn(id)
	mail := w.messageOn("mail")
	got := map[schema.NotificationState]int{}
	found := make(chan schema.NotificationState, 10)
	for _, err := range timesAtOnce(10, func(int) error {
		state, err := w.db.HandOver(t.Context(), mail, schema.HashToken(mail))
		found <- state
		return err
	}) {
		require.NoError(t, err)
		got[<-found]++
	}
	require.Equal(t, map[schema.NotificationState]int{schema.NotificationPending: 1, schema.NotificationSending: 9}, got)
	require.Contains(t, w.turn(id).Tell, mail, "whoever finds it so settles it")

	require.NoError(t, w.db.PutBack(t.Context(), mail, "The server refused it: 451."))
	require.Equal(t, schema.NotificationPending, w.handOver(mail))
	require.Equal(t, 2, value[int](w.issueWorld, `SELECT attempts FROM sn_pren_notification WHERE sys_id = $1`, mail))
	for range 2 {
		require.NoError(t, w.db.SettleNotification(t.Context(), mail, schema.NotificationDelivered, "The mail was taken."))
	}
	require.NoError(t, w.db.PutBack(t.Context(), mail, "Too late."))
	require.NoError(t, w.db.SettleNotification(t.Context(), mail, schema.NotificationLost, "Too late."))
	require.Equal(t, schema.NotificationDelivered, w.handOver(mail))
	require.Equal(t, []schema.EventName{"created", "asked", "notification_attempt", "notification_sent"}, w.said(id))
	w.sound()
}

func TestWhatIsNotWantedAnyMoreIsNotHandedOver(t *testing.T) {
	for name, change := range map[string]func(w *talkWorld, id string, token []byte){
		"the person has accepted": func(w *talkWorld, _ string, token []byte) { w.click(token, schema.ReplyAccept) },
		"the person said not now": func(w *talkWorld, _ string, token []byte) {
			w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyNotNow, Later: schema.InAnHour})
		},
		"the issue is at its next step": func(w *talkWorld, id string, _ []byte) { w.exec(`UPDATE sn_pren_experience_issue SET step = 2`) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTalkWorld(t)
			id, token := w.asked()
			left := w.messageOn("desktop")
			n, err := w.db.Notification(t.Context(), left)
			require.NoError(t, err)
			require.True(t, n.Wanted)
			change(w, id, token)
			if n, err = w.db.Notification(t.Context(), left); err == nil { // no step 2 is there to be shown
				require.False(t, n.Wanted)
			}
			require.Equal(t, schema.NotificationWithdrawn, w.handOver(left))
			require.Equal(t, schema.NotificationWithdrawn, w.delivery(left))
			require.NoError(t, w.db.OfferNotice(t.Context(), left, nil, schema.DesktopMessage{}, time.Minute))
			require.Zero(t, w.jobs(schema.JobNotice))
		})
	}
}

func TestTheEndOfAnIssueWithdrawsWhatHasNotLeft(t *testing.T) {
	w := newTalkWorld(t)
	id, _ := w.asked()
	_, err := w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	require.Equal(t, schema.NotificationWithdrawn, w.delivery(w.messageOn("desktop")))
	require.Equal(t, schema.NotificationDelivered, w.delivery(w.messageOn("mail")))
	require.Equal(t, []schema.EventName{"created", "asked", "notification_sent", "notification_withdrawn", "closed"}, w.said(id))
	w.sound()
}

// Whoever was handing it over may have been killed, and the run that would try again has ended.
func TestTheEndOfAnIssueLeavesNoMessageOnItsWay(t *testing.T) {
	w := newTalkWorld(t)
	id := w.talk()
	w.turn(id)
	mail := w.messageOn("mail")
	require.Equal(t, schema.NotificationPending, w.handOver(mail))
	_, err := w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	require.Equal(t, schema.NotificationUnknown, w.delivery(mail))
	require.NoError(t, w.db.PutBack(t.Context(), mail, "Too late."))
	require.Equal(t, schema.NotificationUnknown, w.handOver(mail))
	require.NoError(t, w.db.SettleNotification(t.Context(), mail, schema.NotificationDelivered, "The mail was taken."))
	require.Equal(t, schema.NotificationDelivered, w.delivery(mail), "it was on its way after all")
	require.Equal(t, []schema.EventName{"created", "asked", "notification_withdrawn", "closed", "notification_sent"}, w.said(id))
	w.sound()
}

func TestAReminderThatThePersonWasFasterThanIsWithdrawn(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked(withConsent)
	w.timePasses(id)
	reminder := w.messageOn("mail")
	w.click(token, schema.ReplyAccept)
	require.Equal(t, schema.NotificationWithdrawn, w.handOver(reminder), "also in consent, where one may be reminded too")
}

func TestANotificationHoldsAllThatIsNeededToSendIt(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`UPDATE sn_pren_notification_channel SET config = '{"host":  "mail.example.com"}', attempts = 7 WHERE name = 'mail'`)
	id, _ := w.asked()
	n, err := w.db.Notification(t.Context(), w.messageOn("mail"))
	require.NoError(t, err)
	require.Equal(t, schema.Channel{SysID: md5("mail"), Name: "mail", Type: schema.ChannelEmail, Audience: schema.AudiencePerson, Attempts: 7,
		Config: []byte(`{"host":  "mail.example.com"}`), Active: true}, n.Channel)
	require.Equal(t, []any{schema.OccasionAsk, schema.NotificationDelivered, 1, "fred@example.com", md5("fred-laptop"), id, "May we help?"},
		[]any{n.Occasion, n.State, n.Attempts, n.Email, n.CI, n.View.ExperienceID, n.View.Prompt})
	_, err = w.db.Notification(t.Context(), "unknown")
	require.ErrorIs(t, err, schema.ErrNoRecord)
	_, err = w.db.HandOver(t.Context(), "unknown", nil)
	require.ErrorIs(t, err, schema.ErrNoRecord)
}
