package postgres

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// silently is how an engine decides that knows nothing of conversations, as one from before they came that still runs.
func silently(f schema.StepFacts) (schema.Decision, error) {
	plan := schema.Plan{Step: f.Step, Conclude: schema.IncidentRequested}
	if f.ActionName != "" {
		plan = schema.Plan{Step: f.Step, Action: &schema.PlannedAction{Name: f.ActionName, Kind: f.Kind, Target: f.Target, Timeout: time.Minute, Attempts: 1, Deadline: time.Hour}}
	}
	return schema.Decision{Plan: plan, Parameters: json.RawMessage(`{}`)}, nil
}

func TestAnEngineThatKnowsNothingOfConversationsCannotActWithoutAsking(t *testing.T) {
	w := newGateWorld(t)
	for _, code := range []string{"100", "300", "400"} { // a flow action, a CI action, an incident
		id := w.submit(code, by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}))
		_, err := w.db.Begin(t.Context(), id, 1, silently)
		require.ErrorContains(t, err, "its person is to be asked first", code)
		require.Equal(t, schema.Open, w.issue(id).State)
		require.True(t, w.begins(id, 1).Conversation, "another engine asks")
	}
	w.exec(`UPDATE sn_pren_issue_registry SET engagement = 'silent', consent = false`)
	id := w.submit("100", by(schema.Endpoint{UserName: "beth.anglin"}))
	_, err := w.db.Begin(t.Context(), id, 1, silently)
	require.NoError(t, err)
}

func TestAnActionIsWantedOnlyWhileWhatWasAgreedToRuns(t *testing.T) {
	w := newTalkWorld(t)
	wanted := func(id string) bool {
		action, err := w.db.RunningAction(t.Context(), id, 1)
		require.NoError(t, err)
		return action.Wanted
	}
	id, token := w.asked(byFlow, withConsent)
	require.False(t, wanted(id), "nobody has answered")
	w.click(token, schema.ReplyAccept)
	require.False(t, wanted(id), "help is accepted, but not this")
	w.click(token, schema.ReplyConsent)
	require.Equal(t, schema.TurnRun, w.turn(id).Do)
	require.True(t, wanted(id))
	w.acted(id, schema.Outcome{Step: 1, Result: &schema.ActionResult{Status: schema.ActionSucceeded}})
	require.False(t, wanted(id), "it has run")
}

func TestAnEngineThatKnowsNothingOfConversationsFindsNothingToRunInAPlan(t *testing.T) {
	w := newGateWorld(t)
	id, plan := w.reports("100")
	require.NotNil(t, plan.Action)
	require.Equal(t, plan, w.begins(id, 1), "a repeat gives the same")
	var before struct { // what such an engine reads
		Conclude string
		Action   any
	}
	require.NoError(t, json.Unmarshal([]byte(value[string](w.issueWorld, `SELECT plan FROM sn_pren_experience_issue_step`)), &before))
	require.Zero(t, before)
}
