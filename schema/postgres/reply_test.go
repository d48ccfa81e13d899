package postgres

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// reply gives a click as one of several at once.
func (w *talkWorld) reply(token []byte, kind schema.ReplyKind) func() error {
	return func() error {
		_, err := w.db.Reply(w.t.Context(), token, schema.Reply{Step: 1, Kind: kind})
		return err
	}
}

// acting counts the clicks that acted; every other one must have been refused.
func (w *talkWorld) acting(errs []error) (n int) {
	w.t.Helper()
	for _, err := range errs {
		var refusal schema.ReplyRefusal
		switch {
		case err == nil:
			n++
		case !errors.As(err, &refusal):
			w.t.Error(err)
		}
	}
	return n
}

func TestOfTwoClicksAtOnceOneWins(t *testing.T) {
	w := newTalkWorld(t)
	for range rounds {
		id, token := w.asked(byFlow)
		errs := atOnce(w.reply(token, schema.ReplyAccept), w.reply(token, schema.ReplyDecline), w.reply(token, schema.ReplyAccept))
		want := schema.ConversationReady
		if errs[1] == nil {
			want = schema.ConversationEnded
			require.Equal(t, 1, w.acting(errs), "%v", errs)
		}
		require.Positive(t, w.acting(errs), "%v", errs)
		require.Equal(t, want, w.state(id))
		require.Equal(t, []string{"created", "replied"}, w.inbox(id))
		first, err := w.db.Conversation(t.Context(), token)
		require.NoError(t, err)
		second, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyNotNow, Later: schema.InAnHour})
		require.Error(t, err)
		require.Equal(t, first, second, "both pages tell the same")
		_, err = w.db.Cancel(t.Context(), id, "test")
		require.NoError(t, err)
	}
	w.sound()
}

// The workflow hears that the time is over at the moment of the click.
func TestAClickAndTheEndOfItsTimeAreNeverBothTaken(t *testing.T) {
	w := newTalkWorld(t)
	won := map[bool]int{}
	for range 2 * rounds {
		id, token := w.asked(byFlow)
		turn := w.timePasses(id) // now the reminder is out, and the next end is the last
		var ended schema.Turn
		errs := atOnce(w.reply(token, schema.ReplyAccept), func() (err error) { ended, err = w.db.Turn(t.Context(), id, 1, over(turn), wordCode); return err })
		require.NoError(t, errs[1])
		clicked := w.acting(errs[:1]) == 1
		won[clicked]++
		if clicked {
			require.Contains(t, []schema.TurnKind{schema.TurnWait, schema.TurnRun}, ended.Do, "either before the click or after it")
			require.Equal(t, schema.ConversationRunning, w.turn(id).State)
		} else {
			require.Equal(t, []any{schema.TurnEnd, schema.NoResponse}, []any{ended.Do, ended.Reason})
			require.ErrorIs(t, errs[0], schema.ReplyTooLate)
		}
		_, err := w.db.Cancel(t.Context(), id, "test")
		require.NoError(t, err)
	}
	t.Logf("clicks that won and lost: %v", won)
	w.sound()
}

func TestAnAnswerAfterItsTimeDoesNotActThoughNobodyHasNoticedYet(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked()
	w.exec(`UPDATE sn_pren_conversation SET until = now() - interval '1 millisecond'`)
	view, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyAccept})
	require.ErrorIs(t, err, schema.ReplyTooLate)
	require.Equal(t, schema.ConversationAsked, view.Conversation.State)
	require.Equal(t, []string{"created"}, w.inbox(id))
}

// A page that was opened in another step asked another question, even if it was worded alike.
func TestAnAnswerToAnotherStepDoesNotAct(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked()
	for _, step := range []int{0, 2} {
		_, err := w.db.Reply(t.Context(), token, schema.Reply{Step: step, Kind: schema.ReplyAccept})
		require.ErrorIs(t, err, schema.ReplyNotAsked)
	}
	require.Equal(t, []string{"created"}, w.inbox(id))
}

// The click was read in time, and the time is over when it is written.
func TestAnAnswerThatIsWrittenAfterItsTimeDoesNotAct(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked()
	v, err := w.db.linkedView(t.Context(), token)
	require.NoError(t, err)
	next, note, err := answer(v, schema.Reply{Step: 1, Kind: schema.ReplyAccept})
	require.NoError(t, err)
	w.exec(`UPDATE sn_pren_conversation SET until = now() - interval '1 millisecond'`)
	written, err := w.db.writeReply(t.Context(), v, next, note, schema.Reply{})
	require.NoError(t, err)
	require.False(t, written)
	require.Equal(t, schema.ConversationAsked, w.state(id))
}

func TestAClickIsToldToTheWorkflowAndToThePage(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked()
	relay, stop := w.db.InboxRings()
	defer stop()
	page, stopPage := w.db.bell.wait(topicIssue, id)
	defer stopPage()
	view := w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyNotNow, Later: schema.InFourHours})
	for what, woken := range map[string]<-chan struct{}{"relay": relay, "page": page} {
		select {
		case <-woken:
		default:
			t.Error(what, "was not woken")
		}
	}
	require.Equal(t, "person", view.Progress[len(view.Progress)-1].By)
	require.WithinDuration(t, time.Now().Add(4*time.Hour+10*time.Minute), value[time.Time](w.issueWorld, `SELECT due_at FROM sn_pren_experience_issue`), time.Minute)
	require.Equal(t, schema.ConversationReady, w.click(token, schema.ReplyAccept).Conversation.State, "who put it off may accept before")
}

func TestTomorrowIsInThePersonsTimeZone(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`UPDATE sys_user SET time_zone = 'Pacific/Auckland' WHERE user_name = 'fred.luddy'`)
	_, token := w.asked()
	view := w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyNotNow, Later: schema.Tomorrow})
	local := view.Local(view.Conversation.Until)
	require.Equal(t, []any{"Pacific/Auckland", 9, 0}, []any{local.Location().String(), local.Hour(), local.Minute()})
}

func TestALinkThatNobodyWasGivenIsNoRecord(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked()
	_, err := w.db.Conversation(t.Context(), schema.HashToken("guessed"))
	require.ErrorIs(t, err, schema.ErrNoRecord)
	_, err = w.db.Reply(t.Context(), schema.HashToken("guessed"), schema.Reply{Step: 1, Kind: schema.ReplyAccept})
	require.ErrorIs(t, err, schema.ErrNoRecord)

	_, err = w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	w.exec(`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '6 days 23 hours'`)
	view, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyAccept})
	require.ErrorIs(t, err, schema.ReplyTooLate)
	require.Equal(t, schema.ClosedCancelled, view.State)
	w.exec(`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '7 days 1 hour'`)
	_, err = w.db.Conversation(t.Context(), token)
	require.ErrorIs(t, err, schema.ErrNoRecord)
}

func TestALinkLeadsToTheStepThatItsIssueIsAtNow(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked(inCode("200"))
	w.click(token, schema.ReplyAccept)
	w.turn(id)
	require.Equal(t, schema.TurnConclude, w.acted(id, success(1)).Do)
	w.conclude(id, success(1))
	w.submit("100", withID(id))
	view, err := w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyAccept})
	require.ErrorIs(t, err, schema.ReplyNotAsked, "nobody has asked in this step yet")
	require.Equal(t, []any{2, schema.Open, "100", ""}, []any{view.Step, view.State, view.IssueCode, view.Conversation.SysID})
}

func TestReadingAThousandTimesChangesNothing(t *testing.T) {
	w := newTalkWorld(t)
	_, token := w.asked(sensitive)
	everything := func() string {
		return value[string](w.issueWorld, `SELECT md5(string_agg(all_rows::text, '')) FROM (
			SELECT i::text FROM sn_pren_experience_issue i UNION ALL SELECT c::text FROM sn_pren_conversation c UNION ALL
			SELECT n::text FROM sn_pren_notification n UNION ALL SELECT e::text FROM sn_pren_experience_issue_event e UNION ALL
			SELECT m::text FROM sn_pren_experience_issue_inbox m UNION ALL SELECT j::text FROM ci_job j ORDER BY 1) AS all_rows`)
	}
	before := everything()
	first, err := w.db.Conversation(t.Context(), token)
	require.NoError(t, err)
	for range 1000 {
		view, err := w.db.Conversation(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, first, view)
	}
	require.Equal(t, before, everything())
	w.click(token, schema.ReplyAccept)
	require.NotEqual(t, before, everything(), "a click does")
}
