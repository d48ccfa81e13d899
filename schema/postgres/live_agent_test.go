package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// wantsAgent gives an issue that has just ended with a live agent as its fallback.
func (w *talkWorld) wantsAgent() (id string) {
	w.t.Helper()
	w.exec(`UPDATE sn_pren_issue_registry SET fallback = 'live_agent'`)
	id, token := w.asked(selfHelp)
	w.click(token, schema.ReplyAccept)
	w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyNotHelped, Comment: "Still slow."})
	w.conclude(id, schema.Outcome{Step: 1, Reason: w.turn(id).Reason})
	return id
}

func (w *talkWorld) withDesk() {
	w.exec(`INSERT INTO sn_pren_notification_channel (sys_id, name, type, audience)
		VALUES (md5('desk mail'), 'desk mail', 'email', 'desk'), (md5('desk hook'), 'desk hook', 'webhook', 'desk')`)
}

func (w *talkWorld) desk(id string) []string {
	w.t.Helper()
	ids, err := w.db.DeskNotifications(w.t.Context(), id)
	require.NoError(w.t, err)
	return ids
}

func TestALiveAgentIsCalledOnEveryChannelOfTheServiceDesk(t *testing.T) {
	w := newTalkWorld(t)
	w.withDesk()
	id := w.wantsAgent()
	issue := w.issue(id)
	require.Equal(t, []string{"live_agent", "IMS0010001", ""}, []string{issue.FallbackResult, issue.InteractionNumber, issue.IncidentNumber})
	require.Equal(t, []string{"created", "replied", "replied", "tell_desk"}, w.inbox(id))
	require.Contains(t, w.said(id), schema.EventLiveAgentRequested)
	require.Contains(t, value[string](w.issueWorld, `SELECT work_notes FROM interaction`), "Still slow.")
	desk := w.desk(id)
	require.Len(t, desk, 2)
	n, err := w.db.Notification(t.Context(), desk[0])
	require.NoError(t, err)
	require.Equal(t, []any{true, schema.OccasionDesk, schema.AudienceDesk, "IMS0010001"}, []any{n.Wanted, n.Occasion, n.Channel.Audience, n.View.Interaction})

	for _, message := range desk {
		state, err := w.db.HandOver(t.Context(), message, nil) // without a link
		require.NoError(t, err)
		require.Equal(t, schema.NotificationPending, state, "the end of the issue does not withdraw it")
	}
	require.NoError(t, w.db.SettleNotification(t.Context(), desk[0], schema.NotificationDelivered, "The desk has it."))
	require.NoError(t, w.db.DeskUnreached(t.Context(), id))
	require.Empty(t, w.issue(id).Incident, "one of them knows")
	w.sound()
}

func TestWithoutAServiceDeskToTellThereIsAnIncident(t *testing.T) {
	w := newTalkWorld(t)
	id := w.wantsAgent()
	issue := w.issue(id)
	require.Equal(t, []string{"incident", "", "INC0010001"}, []string{issue.FallbackResult, issue.InteractionNumber, issue.IncidentNumber})
	require.Contains(t, value[string](w.issueWorld, `SELECT work_notes FROM incident`), "no active notification channel reaches the service desk")
	require.NoError(t, w.db.DeskUnreached(t.Context(), id))
	require.Empty(t, w.desk(id))
	w.sound()
}

func TestAServiceDeskThatWasNotReachedGetsOneIncident(t *testing.T) {
	w := newTalkWorld(t)
	w.withDesk()
	id := w.wantsAgent()
	require.NoError(t, w.db.SettleNotification(t.Context(), w.desk(id)[0], schema.NotificationLost, "The server refuses it."))
	for _, err := range timesAtOnce(5, func(int) error { return w.db.DeskUnreached(t.Context(), id) }) {
		require.NoError(t, err)
	}
	issue := w.issue(id)
	require.Equal(t, []string{"incident", "IMS0010001", "INC0010001"}, []string{issue.FallbackResult, issue.InteractionNumber, issue.IncidentNumber})
	require.Empty(t, w.desk(id))
	require.Equal(t, schema.EventIncidentCreated, w.said(id)[len(w.said(id))-1])
	w.sound()
}

func TestASilentIssueMayCallALiveAgentToo(t *testing.T) {
	w := newTalkWorld(t)
	w.withDesk()
	w.exec(`UPDATE sn_pren_issue_registry SET fallback = 'live_agent'`)
	id := w.submit("100")
	w.begin(id, 1)
	w.conclude(id, failed(1))
	require.Len(t, w.desk(id), 2)
	n, err := w.db.Notification(t.Context(), w.desk(id)[0])
	require.NoError(t, err)
	require.True(t, n.Wanted)
}
