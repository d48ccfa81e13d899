package postgres

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAPersonIsAskedAgreesAndSaysThatItHelped(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked(withConsent)
	require.Equal(t, schema.ConversationConsent, w.click(token, schema.ReplyAccept).Conversation.State)
	require.Equal(t, schema.TurnWait, w.turn(id).Do)
	require.Equal(t, schema.ConversationReady, w.click(token, schema.ReplyConsent).Conversation.State)
	require.Zero(t, w.jobs(schema.JobAction), "agreed is not yet begun")

	turn := w.turn(id)
	require.Equal(t, []any{schema.TurnRun, schema.ConversationRunning}, []any{turn.Do, turn.State})
	require.Equal(t, turn, w.turn(id), "a repeat says the same")
	require.Equal(t, 1, w.jobs(schema.JobAction))
	w.finishAction(schema.ActionSucceeded)
	turn = w.acted(id, schema.Outcome{Step: 1, Job: true})
	require.Equal(t, []any{schema.TurnWait, schema.ConversationConfirm}, []any{turn.Do, turn.State})
	require.Equal(t, turn, w.acted(id, schema.Outcome{Step: 1, Job: true}))

	require.Equal(t, schema.ConversationFeedback, w.click(token, schema.ReplyHelped).Conversation.State)
	require.Equal(t, schema.TurnWait, w.turn(id).Do)
	view := w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyFeedback, Rating: 5, Comment: "Quick."})
	require.Equal(t, []any{schema.ConversationEnded, 5}, []any{view.Conversation.State, view.Rating})
	turn = w.turn(id)
	require.Equal(t, []any{schema.TurnEnd, schema.ResolvedByUser}, []any{turn.Do, turn.Reason})
	require.Equal(t, schema.ClosedComplete, w.conclude(id, schema.Outcome{Step: 1, Reason: turn.Reason}).State)
	require.Equal(t, []schema.EventName{"created", "asked", "notification_sent", "accepted", "notification_withdrawn", "consented", "action_begun",
		"job_offered", "job_fetched", "job_begun", "job_finished", "action_finished", "confirmation_asked", "confirmed", "feedback", "closed"}, w.said(id))
	require.Equal(t, []string{"created", "replied", "replied", "job_finished", "replied", "replied"}, w.inbox(id))
	w.sound()
}

func TestWhateverEndsBeforeThePersonAgreesReachesNoDevice(t *testing.T) {
	for name, c := range map[string]struct {
		change []func(*conversation)
		say    func(w *talkWorld, id string, token []byte)
		reason schema.EndReason
	}{
		"help is declined":   {nil, func(w *talkWorld, _ string, token []byte) { w.click(token, schema.ReplyDecline) }, schema.Declined},
		"not their computer": {nil, func(w *talkWorld, _ string, token []byte) { w.click(token, schema.ReplyNotMine) }, schema.Declined},
		"nobody answers":     {nil, func(w *talkWorld, id string, _ []byte) { w.timePasses(id); w.timePasses(id) }, schema.NoResponse},
		"consent is refused": {[]func(*conversation){withConsent}, func(w *talkWorld, _ string, token []byte) {
			w.click(token, schema.ReplyAccept)
			w.click(token, schema.ReplyRefuse)
		}, schema.Declined},
		"consent does not come": {[]func(*conversation){withConsent}, func(w *talkWorld, id string, token []byte) {
			w.click(token, schema.ReplyAccept)
			w.timePasses(id)
			w.timePasses(id)
		}, schema.NoResponse},
		"five wrong codes": {[]func(*conversation){sensitive}, func(w *talkWorld, id string, token []byte) {
			w.click(token, schema.ReplyAccept)
			w.turn(id)
			for range schema.MaxCodeTries {
				_, err := w.db.Reply(w.t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyConsent, Code: "wrong"})
				require.ErrorIs(w.t, err, schema.ReplyWrongCode)
			}
		}, schema.Declined},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTalkWorld(t)
			id, token := w.asked(c.change...)
			c.say(w, id, token)
			turn := w.turn(id)
			require.Equal(t, []any{schema.TurnEnd, c.reason, []string(nil)}, []any{turn.Do, turn.Reason, turn.Tell})
			require.Equal(t, turn, w.turn(id))
			w.conclude(id, schema.Outcome{Step: 1, Reason: turn.Reason})
			require.Zero(t, w.jobs(schema.JobAction))
			require.Zero(t, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_notification WHERE state IN ('pending', 'sending')`))
			require.Contains(t, value[string](w.issueWorld, `SELECT work_notes FROM incident`), "asked: The person is asked whether to help, on desktop, mail, until ")
			_, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyAccept})
			require.ErrorIs(t, err, schema.ReplyTooLate)
			w.sound()
		})
	}
}

func TestWhoHasNotBeenAskedYetHasAllTheTimeToAnswer(t *testing.T) {
	for name, how := range map[string]func(*conversation){"asked": byFlow, "told": notifyOnly} {
		w := newTalkWorld(t)
		id := w.talk(how, func(c *conversation) { c.until = -time.Hour }) // the engine was away between Begin and the first turn
		turn := w.turn(id)
		require.Equal(t, schema.TurnWait, turn.Do, name)
		require.Len(t, turn.Tell, 2)
		require.Greater(t, time.Until(turn.Until), 20*time.Minute, name)
		w.sound()
	}
}

func TestWhatWasAgreedToTooLongAgoIsNotDone(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked()
	w.click(token, schema.ReplyAccept)
	w.exec(`UPDATE sn_pren_conversation SET until = now() - interval '1 second'`) // nobody has taken it up for an hour
	turn := w.turn(id)
	require.Equal(t, []any{schema.TurnEnd, schema.EngineLost}, []any{turn.Do, turn.Reason})
	require.Zero(t, w.jobs(schema.JobAction))
	require.NotEmpty(t, w.conclude(id, schema.Outcome{Step: 1, Reason: turn.Reason}))
	require.NotEmpty(t, w.issue(id).IncidentNumber)
	require.Contains(t, value[string](w.issueWorld, `SELECT work_notes FROM incident`), "it was not begun in time")

	id, token = w.asked(wantsIncident)
	w.click(token, schema.ReplyAccept)
	w.exec(`UPDATE sn_pren_conversation SET until = now() - interval '1 second' WHERE until IS NOT NULL`)
	require.Equal(t, schema.IncidentRequested, w.turn(id).Reason, "an incident takes nobody by surprise")
	w.sound()
}

func TestNoJobOfAnActionCanBeOfferedWhileThePersonIsAsked(t *testing.T) {
	w := newTalkWorld(t)
	id := w.talk()
	require.NoError(t, w.db.inTx(t.Context(), func(x tx) error {
		offered, err := offerJob(t.Context(), x, jobOffer{Issue: w.issue(id).SysID, Step: 1, CI: md5("fred-laptop"), Action: "end_process", Parameters: []byte(`{}`)})
		require.False(t, offered)
		return err
	}))
}

func TestAReminderIsSentOnceAndLeftOutOfQuietHours(t *testing.T) {
	w := newTalkWorld(t)
	id, _ := w.asked()
	before := w.turn(id)
	turn := w.turn(id, over(before))
	require.Len(t, turn.Tell, 3, "the reminders, and the first word on the laptop, which has not left")
	require.Equal(t, turn, w.turn(id, over(before)), "a repeat reminds nobody again")
	require.Equal(t, before.Number+1, turn.Number)
	require.Contains(t, w.said(id), schema.EventReminded)
	require.Equal(t, 2, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_notification WHERE occasion = 'reminder' AND state = 'pending'`))

	w = newTalkWorld(t)
	now := time.Now().UTC()
	w.exec(`INSERT INTO sys_properties VALUES ('sn_pren.quiet_hours', $1)`, now.Add(2*time.Hour).Format("15:04")+"-"+now.Add(6*time.Hour).Format("15:04"))
	id = w.talk()
	require.WithinDuration(t, now.Add(6*time.Hour), w.turn(id).Until, 2*time.Minute)
	w.exec(`UPDATE sys_properties SET value = $1`, now.Add(2*time.Hour).Format("15:04")+"-"+now.Add(9*time.Hour).Format("15:04"))
	require.WithinDuration(t, now.Add(8*time.Hour), w.turn(id).Until, 2*time.Minute, "no time would be left")
}

func TestNotNowAsksAgainAndOnlyThreeTimes(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked()
	for n := range schema.MaxPutOffs {
		w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyNotNow, Later: schema.InAnHour})
		turn := w.turn(id)
		require.Equal(t, []any{schema.TurnWait, schema.ConversationPutOff}, []any{turn.Do, turn.State})
		require.Empty(t, turn.Tell, "what was still to be sent for the question before is not")
		require.WithinDuration(t, time.Now().Add(time.Hour), turn.Until, time.Minute)
		turn = w.turn(id, over(turn))
		require.Equal(t, schema.ConversationAsked, turn.State)
		require.Len(t, turn.Tell, 2)
		require.Equal(t, 2*(n+1), value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_notification WHERE occasion = 'again'`))
	}
	view, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyNotNow, Later: schema.InAnHour})
	require.ErrorIs(t, err, schema.ReplyNotAsked)
	require.Equal(t, schema.ConversationAsked, view.Conversation.State)
	w.sound()
}

func TestWhoWasToBeAskedLaterIsAskedThen(t *testing.T) {
	w := newTalkWorld(t)
	id := w.talk(waits)
	turn := w.turn(id)
	require.Equal(t, []any{schema.TurnWait, schema.ConversationWaiting, []string(nil)}, []any{turn.Do, turn.State, turn.Tell})
	turn = w.turn(id, over(turn))
	require.Equal(t, schema.ConversationAsked, turn.State)
	require.Len(t, turn.Tell, 2)
	require.WithinDuration(t, time.Now().Add(4*time.Hour), turn.Until, time.Minute)
	require.WithinDuration(t, turn.Until.Add(10*time.Minute), value[time.Time](w.issueWorld, `SELECT due_at FROM sn_pren_experience_issue`), time.Minute)
}

func TestAMessageThatOnlyTellsEndsTheConversationWhenItHasLeft(t *testing.T) {
	for name, c := range map[string]struct {
		mail, desktop schema.NotificationState
		want          schema.EndReason
	}{
		"both arrived":        {schema.NotificationDelivered, schema.NotificationDelivered, schema.NotificationSent},
		"one channel is down": {schema.NotificationLost, schema.NotificationDelivered, schema.NotificationSent},
		"perhaps it arrived":  {schema.NotificationUnknown, schema.NotificationLost, schema.NotificationSent},
		"none arrived":        {schema.NotificationLost, schema.NotificationLost, schema.NotificationFailed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTalkWorld(t)
			id := w.talk(notifyOnly)
			turn := w.turn(id)
			require.Len(t, turn.Tell, 2)
			require.NoError(t, w.db.SettleNotification(t.Context(), w.messageOn("mail"), c.mail, "So it was."))
			require.Equal(t, schema.TurnWait, w.turn(id).Do)
			require.NoError(t, w.db.SettleNotification(t.Context(), w.messageOn("desktop"), c.desktop, "So it was."))
			turn = w.turn(id)
			require.Equal(t, []any{schema.TurnEnd, c.want}, []any{turn.Do, turn.Reason})
			w.sound()
		})
	}
}

func TestTellingHasAnEnd(t *testing.T) {
	w := newTalkWorld(t)
	id := w.talk(notifyOnly)
	turn := w.turn(id)
	turn = w.turn(id, over(turn))
	require.Equal(t, []any{schema.TurnEnd, schema.NotificationFailed, []string(nil)}, []any{turn.Do, turn.Reason, turn.Tell})
	require.Equal(t, 2, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_notification WHERE state = 'withdrawn'`))
}

func TestAQuestionThatReachesNobodyIsOver(t *testing.T) {
	w := newTalkWorld(t)
	id := w.talk()
	turn := w.turn(id)
	turn = w.turn(id, schema.Heard{Undelivered: turn.Tell})
	require.Equal(t, []any{schema.TurnEnd, schema.NotificationFailed}, []any{turn.Do, turn.Reason})
	require.Equal(t, turn, w.turn(id, schema.Heard{Undelivered: turn.Tell}))
	require.Equal(t, []schema.EventName{"created", "asked", "notification_failed", "notification_failed"}, w.said(id))
}

func TestAPersonWhomNoChannelReachesIsNotWaitedFor(t *testing.T) {
	for name, c := range map[string]struct{ change, said string }{
		"no channel":                             {`UPDATE sn_pren_notification_channel SET active = false`, "no notification channel for them is active"},
		"none that is named":                     {`UPDATE sn_pren_issue_registry SET channels = '{pager}'`, "no notification channel for them is active"},
		"no address, no agent":                   {`UPDATE sys_user SET email = ''; DELETE FROM sn_agent_token`, "desktop (no agent is enrolled for the device, or it is somebody else's), mail (the person's record has no address)"},
		"no address, and somebody else's device": {`UPDATE sys_user SET email = ''; UPDATE cmdb_ci_computer SET assigned_to = md5('beth')`, "or it is somebody else's"},
		"only the service desk":                  {`DELETE FROM sn_pren_notification_channel WHERE name = 'desktop'; UPDATE sn_pren_notification_channel SET audience = 'desk'`, "no notification channel for them is active"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTalkWorld(t)
			w.exec(c.change)
			id := w.talk()
			turn := w.turn(id)
			require.Equal(t, []any{schema.TurnEnd, schema.NotificationFailed}, []any{turn.Do, turn.Reason})
			require.Equal(t, turn, w.turn(id))
			require.Equal(t, []schema.EventName{"created", "notification_failed"}, w.said(id))
			require.Contains(t, w.issue(id).Timeline[1].Detail, c.said)
		})
	}
}

func TestOnlyTheChannelsOfTheRegistryRowAreUsed(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`UPDATE sn_pren_issue_registry SET channels = '{mail, pager}'`)
	turn := w.turn(w.talk())
	require.Equal(t, []string{w.messageOn("mail")}, turn.Tell)
}

func TestAnIncidentThatWasAgreedToEndsTheStep(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked(wantsIncident)
	w.click(token, schema.ReplyAccept)
	turn := w.turn(id)
	require.Equal(t, []any{schema.TurnEnd, schema.IncidentRequested}, []any{turn.Do, turn.Reason})
	require.Equal(t, schema.ClosedComplete, w.conclude(id, schema.Outcome{Step: 1, Reason: turn.Reason}).State)
}

func TestWhoHelpsThemselvesIsAskedAtOnceWhetherItHelped(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked(selfHelp)
	w.click(token, schema.ReplyAccept)
	turn := w.turn(id)
	require.Equal(t, []any{schema.TurnWait, schema.ConversationConfirm}, []any{turn.Do, turn.State})
	w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyNotHelped, Comment: "It \x00hangs."})
	turn = w.turn(id)
	require.Equal(t, []any{schema.TurnEnd, schema.UnresolvedByUser}, []any{turn.Do, turn.Reason})
	w.conclude(id, schema.Outcome{Step: 1, Reason: turn.Reason})
	require.Contains(t, value[string](w.issueWorld, `SELECT work_notes FROM incident`), "It \uFFFDhangs.")
}

func TestATurnOfAnIssueThatHasGoneOnLetsItsWorkflowEnd(t *testing.T) {
	w := newTalkWorld(t)
	id, _ := w.asked()
	_, err := w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	turn := w.turn(id)
	require.Equal(t, []any{schema.TurnEnd, schema.Cancelled}, []any{turn.Do, turn.Reason})
	require.Equal(t, schema.ClosedCancelled, w.conclude(id, schema.Outcome{Step: 1, Reason: turn.Reason}).State)

	id = w.waiting()
	turn = w.turn(id)
	require.Equal(t, schema.ActionWait, w.conclude(id, schema.Outcome{Step: 1, Reason: turn.Reason}).State, "the wait is not called off by it")
	w.submit("100", withID(id))
	turn = w.turn(id)
	require.Equal(t, schema.Verdict{Step: 2, State: schema.Open}, w.conclude(id, schema.Outcome{Step: 1, Reason: turn.Reason}))
	_, err = w.db.Turn(t.Context(), "unknown", 1, schema.Heard{}, wordCode)
	require.ErrorIs(t, err, schema.ErrNoRecord)
}

func TestWhatDidNotWorkIsConcludedWithTheSameOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		code    string
		outcome schema.Outcome
		job     schema.ActionStatus
		want    schema.State
		reason  schema.EndReason
	}{
		"it failed":              {"100", failed(1), "", schema.ClosedIncomplete, schema.ActionFailed},
		"nobody could run it":    {"100", schema.Outcome{Step: 1, Reason: schema.ActionTimedOut}, "", schema.ClosedIncomplete, schema.ActionTimedOut},
		"the next report":        {"200", success(1), "", schema.ActionWait, ""},
		"the device failed":      {"300", schema.Outcome{Step: 1, Job: true}, schema.ActionHasFailed, schema.ClosedIncomplete, schema.ActionFailed},
		"the device is off-line": {"300", schema.Outcome{Step: 1, Job: true}, "", schema.ClosedIncomplete, schema.NoDevice},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTalkWorld(t)
			id, token := w.asked(inCode(c.code))
			w.click(token, schema.ReplyAccept)
			require.Equal(t, schema.TurnRun, w.turn(id).Do)
			if c.job != "" {
				w.finishAction(c.job)
			}
			turn := w.acted(id, c.outcome)
			require.Equal(t, []any{schema.TurnConclude, schema.EndReason("")}, []any{turn.Do, turn.Reason})
			require.Equal(t, turn, w.acted(id, c.outcome))
			require.Equal(t, turn, w.turn(id))
			verdict := w.conclude(id, c.outcome)
			require.Equal(t, []any{c.want, c.reason}, []any{verdict.State, verdict.EndReason})
			said := w.said(id)
			require.Len(t, said, len(slices.Compact(slices.Clone(said))), "nothing is told twice: %v", said)
			w.sound()
		})
	}
}
