package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestUserCriteriaSayWhoIsLeftAlone(t *testing.T) {
	w := newGateWorld(t)
	w.exec(`UPDATE sys_user SET department = 'Finance', location = 'Zug' WHERE user_name = 'fred.luddy'`)
	w.exec(`INSERT INTO sys_user_has_role VALUES (md5('fred'), 'vip')`)
	w.exec(`
		INSERT INTO user_criteria (sys_id, name, roles, departments, locations, match_all, active)
		VALUES (md5('c vip'), 'vip', '{vip}', '{}', '{}', false, true), (md5('c off'), 'off', '{vip}', '{}', '{}', false, false),
		       (md5('c here'), 'here', '{}', '{finance}', '{zug}', true, true), (md5('c else'), 'else', '{}', '{}', '{Bern}', false, true)`)
	for name, c := range map[string]struct {
		include, exclude string
		detail           string // "" is helped
	}{
		"nobody is named":               {"{}", "{}", ""},
		"included":                      {"{else,here}", "{}", ""},
		"not included":                  {"{else}", "{}", `"else"`},
		"excluded":                      {"{}", "{else,vip}", `"vip"`},
		"exclusion wins":                {"{here}", "{vip}", `"vip"`},
		"excluded by what is off":       {"{}", "{off}", ""},
		"included by what is off":       {"{off}", "{}", `"off"`},
		"included by what is not there": {"{gone}", "{}", `"gone"`},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			for _, code := range []string{"500", "600", "700"} { // silent ones too
				w.exec(`UPDATE sn_pren_issue_registry SET include = $2, exclude = $3 WHERE issue_code = $1`, code, c.include, c.exclude)
				if c.detail == "" {
					w.helped(code)
				} else {
					require.Contains(t, w.skipped(schema.ExcludedByCriteria, code), c.detail)
				}
			}
		})
	}
	w.t = t
	w.sound()
}

func TestAPersonIsLeftInPeaceForAWhileAfterAnIssueHasEnded(t *testing.T) {
	w := newGateWorld(t)
	w.helped("600")
	w.helped("600")
	w.set(schema.ResolutionFreezePeriod, "24")
	detail := w.skipped(schema.ThrottledFreeze, "600")
	require.Regexp(t, `The last one ended at .* UTC; the freeze of 24 h lasts until .* UTC\.`, detail)
	w.helped("700")
	w.helped("600", by(schema.Endpoint{UserName: "beth.anglin", CI: md5("fred-laptop")}))

	w.past(23 * time.Hour)
	w.skipped(schema.ThrottledFreeze, "600")
	w.past(61 * time.Minute)
	id := w.submit("600") // the skipped ones do not count
	_, err := w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	id, _ = w.reports("600")
	_, err = w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	w.helped("600") // nor do cancelled ones
	w.skipped(schema.ThrottledFreeze, "600")
}

func TestAnIssuesOwnStepsDoNotFreezeIt(t *testing.T) {
	w := newGateWorld(t)
	w.set(schema.ResolutionFreezePeriod, "24")
	id := w.submit("200")
	w.begins(id, 1)
	require.Equal(t, schema.ActionWait, w.conclude(id, success(1)).State)
	w.submit("200", withID(id))
	require.Empty(t, w.begins(id, 2).Conclude)
	require.Equal(t, schema.ActionWait, w.conclude(id, success(2)).State)
	w.submit("600", withID(id))
	plan := w.begins(id, 3)
	require.True(t, plan.Conversation)
	w.ends(id, plan, schema.ResolvedByUser)
	w.skipped(schema.ThrottledFreeze, "200") // each code that it went through
	w.skipped(schema.ThrottledFreeze, "600")
}

func TestAStepThatWasSkippedDoesNotUnfreezeTheOnesBefore(t *testing.T) {
	w := newGateWorld(t)
	w.set(schema.ResolutionFreezePeriod, "24")
	w.helped("600")
	id := w.submit("200")
	w.begins(id, 1)
	w.conclude(id, success(1))
	w.submit("600", withID(id))
	plan := w.begins(id, 2)
	require.Equal(t, schema.ThrottledFreeze, plan.Conclude)
	require.Equal(t, schema.ClosedSkipped, w.ends(id, plan, "").State)
	w.skipped(schema.ThrottledFreeze, "200")
	w.sound()
}

func TestAUserLimitAdmitsSoManyInItsWindow(t *testing.T) {
	w := newGateWorld(t)
	w.limit("600", 2, 72*time.Hour)
	w.helped("600")
	w.past(time.Hour)
	w.helped("600")
	first := value[time.Time](w.issueWorld, `SELECT min(begun_on) FROM sn_pren_experience_issue_step`)
	for range 2 { // a skipped one does not count
		require.Contains(t, w.skipped(schema.ThrottledUserLimit, "600"), "This is the third issue of code 600 in 72 h, and 2 are allowed; the next is possible from "+
			first.Add(72*time.Hour).UTC().Format("2006-01-02 15:04:05 UTC")+".")
	}
	w.helped("600", by(schema.Endpoint{UserName: "beth.anglin", CI: md5("fred-laptop")}))
	w.helped("700")
	w.past(71*time.Hour + time.Minute)
	w.helped("600") // the first has left the window
	require.Contains(t, w.skipped(schema.ThrottledUserLimit, "600"), "third issue")
	w.limit("600", 1, 72*time.Hour)
	second := value[time.Time](w.issueWorld, `SELECT max(begun_on) FROM sn_pren_experience_issue_step WHERE plan->>'conclude' IS NULL`)
	require.Contains(t, w.skipped(schema.ThrottledUserLimit, "600"), "1 is allowed; the next is possible from "+
		second.Add(72*time.Hour).UTC().Format("2006-01-02 15:04:05 UTC"))
}

func TestTheStepsOfAChainCountAgainstTheUserLimit(t *testing.T) {
	w := newGateWorld(t)
	w.limit("200", 2, time.Hour)
	id := w.submit("200")
	for step := 1; step <= 2; step++ {
		require.Empty(t, w.begins(id, step).Conclude)
		w.conclude(id, success(step))
		w.submit("200", withID(id))
	}
	require.Equal(t, schema.ThrottledUserLimit, w.begins(id, 3).Conclude)
}

func TestACategoryHasALimitWhileThatIsOn(t *testing.T) {
	w := newGateWorld(t)
	w.exec(`UPDATE sn_pren_issue_registry SET category = 'device' WHERE issue_code = '600'`)
	w.exec(`UPDATE sn_pren_issue_registry SET category = 'application' WHERE issue_code = '700'`)
	w.set(schema.DeviceLimit, "1")
	w.set(schema.ApplicationLimit, "1")
	for _, code := range []string{"500", "600", "700"} {
		w.helped(code)
		w.helped(code)
	}
	w.set(schema.UserLimits, "1")
	require.Contains(t, w.skipped(schema.ThrottledUserLimit, "600"), "in 8 h, and 1 is allowed")
	require.Contains(t, w.skipped(schema.ThrottledUserLimit, "700"), "in 1 h, and 1 is allowed")
	w.helped("500")
	w.limit("600", 3, time.Hour) // the row's own wins
	w.helped("600")
	w.skipped(schema.ThrottledUserLimit, "600")
}

func TestAPersonInAConversationIsNotStartedOnAnother(t *testing.T) {
	w := newGateWorld(t)
	other, _ := w.reports("600")
	for _, state := range []schema.ConversationState{
		schema.ConversationWaiting, schema.ConversationTelling, schema.ConversationAsked, schema.ConversationPutOff, schema.ConversationConsent,
		schema.ConversationReady, schema.ConversationRunning, schema.ConversationConfirm, schema.ConversationFeedback,
	} {
		w.exec(`UPDATE sn_pren_conversation SET state = $1 WHERE until IS NOT NULL`, state)
		if state.Active() {
			require.Contains(t, w.skipped(schema.ActiveConversation, "100"), "experience issue "+other, state)
		} else {
			id, plan := w.reports("100")
			require.True(t, plan.Conversation, state)
			_, err := w.db.Cancel(t.Context(), id, "test")
			require.NoError(t, err)
		}
		w.helped("700") // one that only tells, and a silent one
		w.helped("500")
	}
	w.exec(`UPDATE sn_pren_conversation SET state = 'running'`)
	_, plan := w.reports("100", by(schema.Endpoint{UserName: "beth.anglin", CI: md5("fred-laptop")}))
	require.True(t, plan.Conversation, "it is another person's")
	w.conclude(other, schema.Outcome{Step: 1, Reason: schema.NoResponse})
	_, plan = w.reports("100")
	require.True(t, plan.Conversation, "a closed issue leaves its conversation where it stood")
}

func TestOnlyTheStepNowCountsAsAConversation(t *testing.T) {
	w := newGateWorld(t)
	w.exec(`UPDATE sn_pren_issue_registry SET engagement = 'engage' WHERE issue_code = '200'`)
	for _, code := range []string{"500", "100"} {
		id, plan := w.reports("200")
		require.True(t, plan.Conversation)
		require.Equal(t, schema.ActionWait, w.conclude(id, success(1)).State)
		w.exec(`UPDATE sn_pren_conversation SET state = 'running' WHERE step = 1`)
		_, plan = w.reports(code, withID(id)) // an issue does not stand in its own way
		require.Empty(t, plan.Conclude, code)
		other, plan := w.reports("600")
		require.True(t, plan.Conversation, code)
		for _, id := range []string{id, other} {
			_, err := w.db.Cancel(t.Context(), id, "test")
			require.NoError(t, err)
		}
	}
}
