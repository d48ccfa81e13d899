package postgres

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// noticed gives an issue whose first word is on its way to fred's laptop.
func (w *talkWorld) noticed() (id, notification string) {
	w.t.Helper()
	id, _ = w.asked()
	notification = w.messageOn("desktop")
	for range 2 {
		require.NoError(w.t, w.db.OfferNotice(w.t.Context(), notification, schema.HashToken("d"), schema.DesktopMessage{Title: "Help", Text: "May we?"}, time.Hour))
	}
	require.Equal(w.t, 1, w.jobs(schema.JobNotice), "a repeat makes no second job")
	return id, notification
}

func TestANoticeIsShownAndSettlesItsNotification(t *testing.T) {
	w := newTalkWorld(t)
	id, notification := w.noticed()
	require.NotContains(t, w.turn(id).Tell, notification, "the device has it")
	job := w.fetch()
	require.Equal(t, []any{schema.ShowMessage, notification, schema.OccasionAsk, false, `{"title":"Help","text":"May we?"}`},
		[]any{job.Action, job.Notification, job.Occasion, job.Idempotent, string(job.Parameters)})
	w.finish(job, schema.ActionSucceeded)
	require.Equal(t, schema.NotificationDelivered, w.delivery(notification))
	require.Equal(t, []string{"created", "noticed"}, w.inbox(id))
	require.Equal(t, []schema.EventName{"created", "asked", "notification_sent", "notification_sent"}, w.said(id))
	require.Equal(t, `{}`, value[string](w.issueWorld, `SELECT parameters::text FROM ci_job`))
	w.sound()
}

func TestANoticeThatADeviceHasIsNotGivenUpByWhoOfferedIt(t *testing.T) {
	w := newTalkWorld(t)
	id, notification := w.noticed()
	w.turn(id, schema.Heard{Undelivered: []string{notification}}) // as when the answer about the offer is lost
	require.Equal(t, schema.NotificationSending, w.delivery(notification))
	w.finish(w.fetch(), schema.ActionSucceeded)
	require.Equal(t, schema.NotificationDelivered, w.delivery(notification))
}

func TestHoweverANoticeEndsItsNotificationIsSettledAndNothingIsOfferedAgain(t *testing.T) {
	fetched := func(w *talkWorld) *schema.Job { return w.fetch() }
	begun := func(w *talkWorld) *schema.Job {
		job := w.fetch()
		_, err := w.db.Heartbeat(w.t.Context(), md5("fred-laptop"), job.ID)
		require.NoError(w.t, err)
		return job
	}
	sweep := func(w *talkWorld, due string) {
		w.exec(due)
		_, err := w.db.SweepJobs(w.t.Context())
		require.NoError(w.t, err)
	}
	for name, c := range map[string]struct {
		end   func(w *talkWorld, id string)
		want  schema.NotificationState
		event schema.EventName
		heard bool
	}{
		"the device cannot show it": {func(w *talkWorld, _ string) { w.finish(fetched(w), schema.ActionHasFailed) }, schema.NotificationLost, schema.EventNotificationFailed, true},
		"the device lost track":     {func(w *talkWorld, _ string) { w.finish(fetched(w), schema.ActionUnknown) }, schema.NotificationUnknown, schema.EventNotificationFailed, true},
		"the device is off-line":    {func(w *talkWorld, _ string) { sweep(w, `UPDATE ci_job SET expires_at = now()`) }, schema.NotificationLost, schema.EventNotificationFailed, true},
		"the device fell silent": {func(w *talkWorld, _ string) {
			begun(w)
			sweep(w, `UPDATE ci_job SET lease_until = now()`)
		}, schema.NotificationUnknown, schema.EventNotificationFailed, true},
		"an old agent has no such action": {func(w *talkWorld, _ string) {
			job, _, err := w.db.NextJob(w.t.Context(), md5("fred-laptop"), endsProcesses)
			require.NoError(w.t, err)
			require.Nil(w.t, job)
		}, schema.NotificationLost, schema.EventNotificationFailed, true},
		"the step has ended": {func(w *talkWorld, id string) {
			_, err := w.db.Cancel(w.t.Context(), id, "test")
			require.NoError(w.t, err)
		}, schema.NotificationWithdrawn, schema.EventNotificationGone, false},
		"the conversation has gone on": {func(w *talkWorld, id string) {
			w.exec(`UPDATE sn_pren_conversation SET state = 'put_off'`)
			w.turn(id)
		}, schema.NotificationWithdrawn, schema.EventNotificationGone, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTalkWorld(t)
			id, notification := w.noticed()
			c.end(w, id)
			require.Equal(t, c.want, w.delivery(notification))
			require.Contains(t, w.said(id)[3:], c.event)
			for _, name := range w.said(id) {
				require.NotContains(t, name, "job_", "of a notice nothing is told as of an action")
			}
			require.Equal(t, c.heard, len(w.inbox(id)) > 1 && w.inbox(id)[1] == "noticed")
			require.Equal(t, `{}`, value[string](w.issueWorld, `SELECT parameters::text FROM ci_job`))
			require.Nil(t, w.fetch())
			require.Equal(t, 1, w.jobs(schema.JobNotice))
			w.sound()
		})
	}
}

func TestASweepEndsEveryJobOfAnIssueAndCountsEach(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`INSERT INTO sn_pren_notification_channel (sys_id, name, type) VALUES (md5('second'), 'second', 'desktop')`)
	id, _ := w.noticed()
	require.NoError(t, w.db.OfferNotice(t.Context(), w.messageOn("second"), schema.HashToken("s"), schema.DesktopMessage{}, time.Hour))
	w.exec(`UPDATE ci_job SET expires_at = now()`)
	for range 2 {
		n, err := w.db.SweepJobs(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	require.Equal(t, []string{"created", "noticed", "noticed"}, w.inbox(id))
	w.sound()
}

func TestConsentToSomethingSensitiveNeedsTheCodeThatTheDeviceShows(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked(sensitive)
	w.click(token, schema.ReplyAccept)
	early, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyConsent, Code: "12345"})
	require.ErrorIs(t, err, schema.ReplyWrongCode)
	require.Zero(t, early.Conversation.CodeTries, "nobody could know the code yet")
	turn := w.turn(id)
	require.Empty(t, turn.Tell, "the code goes no other way")
	require.Equal(t, turn, w.turn(id), "and there is one")
	job := w.fetch()
	var shown schema.DesktopMessage
	require.NoError(t, json.Unmarshal(job.Parameters, &shown))
	require.Regexp(t, `^[0-9]{6}$`, shown.Text)
	require.Equal(t, "Fred Luddy", shown.Title)
	w.finish(job, schema.ActionSucceeded)
	require.Contains(t, w.said(id), schema.EventCodeShown)
	alone := `(^|[^.0-9a-f])` + shown.Text + `([^0-9a-f]|$)` // ids and fractions of seconds hold any six digits now and then
	for _, table := range []string{"sn_pren_conversation", "sn_pren_notification", "sn_pren_experience_issue_event", "ci_job"} {
		require.Zero(t, value[int](w.issueWorld, `SELECT count(*) FROM `+table+` AS r WHERE r::text ~ $1`, alone), table)
	}

	view, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyConsent, Code: "12345"})
	require.ErrorIs(t, err, schema.ReplyWrongCode)
	require.Equal(t, []any{1, []byte(nil)}, []any{view.Conversation.CodeTries, view.Conversation.CodeHash})
	require.Equal(t, schema.TurnWait, w.turn(id).Do)
	require.Equal(t, schema.ConversationReady, w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyConsent, Code: " " + shown.Text[:3] + " " + shown.Text[3:]}).Conversation.State)
	require.Equal(t, schema.TurnRun, w.turn(id).Do)
	w.sound()
}

func TestACodeThatCannotBeShownIsSaidAndNobodyCanConsent(t *testing.T) {
	for name, change := range map[string]string{"no desktop channel": `UPDATE sn_pren_notification_channel SET active = false WHERE type = 'desktop'`,
		"no agent": `UPDATE sn_agent_token SET revoked_on = now()`} {
		t.Run(name, func(t *testing.T) {
			w := newTalkWorld(t)
			w.exec(change)
			id, token := w.asked(sensitive)
			w.click(token, schema.ReplyAccept)
			turn := w.turn(id)
			require.Equal(t, turn, w.turn(id))
			require.Zero(t, w.jobs(schema.JobNotice))
			require.Equal(t, []schema.EventName{"created", "asked", "notification_sent", "accepted", "notification_failed"}, w.said(id))
			_, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyConsent})
			require.ErrorIs(t, err, schema.ReplyWrongCode)
		})
	}
}

func TestANoticeDoesNotDecideTheStep(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked(sensitive)
	w.click(token, schema.ReplyAccept)
	w.turn(id)
	code := w.fetch()
	var shown schema.DesktopMessage
	require.NoError(t, json.Unmarshal(code.Parameters, &shown))
	w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyConsent, Code: shown.Text})
	w.turn(id)
	w.finishAction(schema.ActionSucceeded)
	w.exec(`UPDATE ci_job SET attempt = 9 WHERE purpose = 'notice'`)
	require.NoError(t, w.db.inTx(t.Context(), func(x tx) error {
		last, err := lastJob(t.Context(), x, w.issue(id).SysID, 1)
		require.Equal(t, schema.JobFinished, last.State)
		return err
	}))
}
