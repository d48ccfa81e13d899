package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/registry/decide"
	"proactive/schema"
)

func TestAnEngagingStepBeginsItsConversation(t *testing.T) {
	w := newGateWorld(t)
	w.exec(`UPDATE sn_pren_issue_registry SET accept_seconds = 60 WHERE issue_code = '300'`)
	id, plan := w.reports("300")
	require.True(t, plan.Conversation)
	require.Equal(t, schema.CIAction, plan.Action.Kind)
	require.Zero(t, value[int](w.issueWorld, `SELECT count(*) FROM ci_job`), "the device is not asked before the person is")
	c := w.conversation(id, 1)
	require.WithinDuration(t, time.Now(), c.ContactAt, time.Minute)
	require.Equal(t, time.Minute, c.Until.Sub(c.ContactAt))
	require.Equal(t, 30*time.Second, c.RemindAt.Sub(c.ContactAt))
	c.ContactAt, c.Until, c.RemindAt = time.Time{}, time.Time{}, nil
	require.Equal(t, writtenConversation{State: schema.ConversationAsked, Turn: 1, Mode: schema.Engage, Type: schema.ResolveByAction, Consent: true,
		Sensitive: true, Accept: 60, ConsentIn: 7200, Confirm: 7200, Feedback: 600, OfferFor: 28800}, c)

	require.Equal(t, "Trouble 300", value[string](w.issueWorld, `SELECT short_description FROM sn_pren_conversation`), "it keeps the words of this moment")

	again, err := w.db.Begin(t.Context(), id, 1, func(schema.StepFacts) (schema.Decision, error) {
		t.Error("nothing is decided twice")
		return schema.Decision{}, nil
	})
	require.NoError(t, err)
	require.Equal(t, plan, again)
	w.sound()
}

func TestWhatNeedsNoActionIsOfferedOrToldAllTheSame(t *testing.T) {
	w := newGateWorld(t)
	for code, want := range map[string]writtenConversation{
		"400": {State: schema.ConversationAsked, Mode: schema.Engage, Type: schema.ResolveByIncident, Consent: true},
		"600": {State: schema.ConversationAsked, Mode: schema.Engage, Type: schema.ResolveBySelfHelp},
		"700": {State: schema.ConversationTelling, Mode: schema.NotifyOnly, Type: schema.ResolveBySelfHelp},
	} {
		id, plan := w.reports(code)
		require.Equal(t, schema.Plan{Step: 1, Conversation: true}, plan, code)
		c := w.conversation(id, 1)
		require.Equal(t, want, writtenConversation{State: c.State, Mode: c.Mode, Type: c.Type, Consent: c.Consent}, code)
	}
}

func TestTheJanitorLeavesAWaitingPersonsIssueAlone(t *testing.T) {
	w := newGateWorld(t)
	w.set(schema.ContactBudget, "1")
	w.set(schema.ContactBudgetHours, "48")
	for _, code := range []string{"100", "600"} {
		id, _ := w.reports(code)
		due := value[time.Time](w.issueWorld, `SELECT due_at FROM sn_pren_experience_issue WHERE experience_id = $1`, id)
		until := w.conversation(id, 1).Until
		require.Greater(t, due, until, code)
		require.WithinDuration(t, until.Add(10*time.Minute), due, time.Minute, code)
	}
}

func TestTheContactBudgetWaits(t *testing.T) {
	w := newGateWorld(t)
	w.set(schema.ContactBudget, "2")
	w.codes("engage", "601", "602", "603")
	first, _ := w.reports("600")
	w.past(time.Hour)
	second, _ := w.reports("700") // both modes count
	ids := map[string]string{}
	for _, code := range []string{"601", "602", "603"} {
		id, plan := w.reports(code)
		require.Equal(t, schema.Plan{Step: 1, Conversation: true}, plan)
		ids[code] = id
	}
	for code, after := range map[string]string{"601": first, "602": second, "603": ids["601"]} {
		c := w.conversation(ids[code], 1)
		require.Equal(t, schema.ConversationWaiting, c.State, code)
		require.True(t, c.ContactAt.Equal(w.conversation(after, 1).ContactAt.Add(24*time.Hour)), code)
		require.True(t, c.Until.Equal(c.ContactAt), code)
		require.Nil(t, c.RemindAt, code)
	}
	timeline := w.issue(ids["601"]).Timeline
	later := timeline[len(timeline)-1]
	require.Equal(t, schema.EventTellLater, later.Event)
	require.Regexp(t, `^The contact budget of 2 in 24 h is used up until .* UTC\. The person is told at .* UTC\.$`, later.Detail)

	_, err := w.db.Cancel(t.Context(), ids["603"], "test") // before the person heard of it
	require.NoError(t, err)
	again, _ := w.reports("603")
	require.True(t, w.conversation(again, 1).ContactAt.Equal(w.conversation(ids["601"], 1).ContactAt.Add(24*time.Hour)), "it has used no contact")
	w.conclude(first, schema.Outcome{Step: 1, Reason: schema.Declined})
	_, plan := w.reports("100", by(schema.Endpoint{UserName: "beth.anglin", CI: md5("fred-laptop")}))
	require.True(t, plan.Conversation)
	require.Equal(t, 1, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_conversation WHERE "user" = md5('beth') AND state = 'asked'`))
	w.sound()
}

func TestNobodyIsToldInTheirQuietHours(t *testing.T) {
	w := newGateWorld(t)
	now := time.Now()
	quietIn := func(zone string) (hours string, over time.Time) {
		local := now.In(schema.Zone(zone))
		over = local.Truncate(time.Minute).Add(2 * time.Hour)
		return local.Add(-time.Hour).Format("15:04") + "-" + over.Format("15:04"), over
	}
	hours, over := quietIn("Asia/Kolkata")
	w.set("sn_pren.quiet_hours", hours)
	w.set("sn_pren.default_time_zone", "Asia/Kolkata")
	waits, _ := w.reports("600")
	c := w.conversation(waits, 1)
	require.Equal(t, schema.ConversationWaiting, c.State)
	require.True(t, c.Until.Equal(over), "%s is not %s", c.Until, over)
	timeline := w.issue(waits).Timeline
	require.Contains(t, timeline[len(timeline)-1].Detail, "Quiet hours are "+hours+" in Asia/Kolkata.")

	w.exec(`UPDATE sys_user SET time_zone = 'America/New_York' WHERE user_name = 'fred.luddy'`) // it is another time there
	asked, _ := w.reports("100")
	require.Equal(t, schema.ConversationAsked, w.conversation(asked, 1).State)
}

func TestWhatEngagingCostsInRoundTrips(t *testing.T) {
	w := newGateWorld(t)
	db, proxy := w.proxied()
	db.db.SetMaxOpenConns(1)
	var spent int
	for range 2 { // the first prepares the statements
		id := w.submit("600")
		before := proxy.RoundTrips()
		_, err := db.Begin(t.Context(), id, 1, decide.Step)
		require.NoError(t, err)
		spent = proxy.RoundTrips() - before
		w.conclude(id, schema.Outcome{Step: 1, Reason: schema.ResolvedByUser})
	}
	require.Equal(t, 7, spent, "a silent one's 2, the transaction's 2, the lock, the look back and the conversation")
}
