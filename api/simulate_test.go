package api_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

const simulatePath = issuePath + "simulate"

// simulates is a store's Simulate that decides about the same facts, whatever is reported.
func simulates(s schema.Simulation) func(context.Context, schema.Report, func(schema.StepFacts) (schema.Decision, error)) (schema.Simulation, error) {
	return func(_ context.Context, _ schema.Report, decide func(schema.StepFacts) (schema.Decision, error)) (_ schema.Simulation, err error) {
		if s.Refused == nil {
			s.Decision, err = decide(s.Facts)
			if c := s.Decision.Conversation; c != nil {
				s.View.Conversation = *c
			}
		}
		return s, err
	}
}

// aSimulation is of fred, who is asked for consent to an action on his laptop.
func aSimulation() schema.Simulation {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	return schema.Simulation{
		Found: map[string]int{"user_name": 1}, Registry: "registry-1", Version: schema.Version{SysID: "v3", Number: 3}, Person: "fred.luddy",
		Lookups: []schema.Lookup{{Table: "sn_pren_provider", By: "provider", Value: "sn", SysID: "p", Name: "ServiceNow", Standing: schema.Inactive},
			{Table: "sys_user", By: "email", Value: "fred@example", SysID: "fred-1", Name: "fred.luddy", Standing: schema.LockedOut},
			{Table: "cmdb_ci_computer", By: "CI", Value: "ci-1", SysID: "ci-1", Name: "laptop", Standing: schema.Counts}},
		Facts: schema.StepFacts{
			ExperienceID: "x1", Step: 1, User: "fred-1", CI: "ci-1", CIKnown: true, CIEnrolled: true, IssueCode: "100", Now: now,
			Versions: schema.StepVersions{Resolution: schema.Version{SysID: "r2", Number: 2}, Action: schema.Version{SysID: "a5", Number: 5}},
			Limits:   schema.Limits{Freeze: time.Hour, Steps: 3, Window: 2 * time.Hour}, Past: schema.Past{Ended: now.Add(-2 * time.Hour), Begun: 1},
			Person: schema.Traits{UserName: "fred.luddy", Department: "Sales"}, TimeZone: "UTC", Include: []string{"sales", "gone"},
			Criteria:        []schema.UserCriteria{{Name: "sales", Departments: []string{"Sales"}, Active: true}},
			InputParameters: json.RawMessage(`{"process_id":"1","url":"x","key":"y"}`), Engagement: schema.Engage, Consent: true,
			Times: schema.ConversationTimes{Accept: time.Hour}, ResolutionType: schema.ResolveByAction, Parameters: json.RawMessage(`{"key":{"$secret":"NAME"}}`),
			ActionName: "end process", Kind: schema.CIAction, Target: "end_process", FromReport: []string{"process_id", "key"}, Timeout: time.Minute, Attempts: 1,
		},
		Row:      schema.GoverningRow{ShortDescription: "High CPU usage", Fallback: schema.FallbackIncident, AssignmentGroup: "Desk", Impact: 2, Urgency: 3},
		View:     schema.View{Language: "de", Person: "Fred Luddy", Prompt: "May we help?", ConsentText: "Unsaved work is lost."},
		Channels: []schema.Reach{{Name: "mail", Type: schema.ChannelEmail, Works: true}},
	}
}

func explained(t *testing.T, s schema.Simulation, as string) (e api.Explanation, raw string) {
	t.Helper()
	store := newStore(t)
	store.simulate = simulates(s)
	got := post(goodBody).to(simulatePath).as(as).send(t, door(store))
	require.Equal(t, 200, got.Code, got.Body.String())
	var answer struct{ Result *api.Explanation }
	answer.Result = &e
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &answer))
	return e, got.Body.String()
}

func TestASimulationExplainsTheWholeDecisionToAnAdministrator(t *testing.T) {
	e, raw := explained(t, aSimulation(), "admin")
	require.Nil(t, e.Refusal)
	require.Equal(t, api.ExplainedVersion{Number: 3, SysID: "v3"}, e.Registry.ExplainedVersion)
	require.Equal(t, api.ExplainedVersion{Number: 2, SysID: "r2"}, e.Resolution.ExplainedVersion)
	require.Equal(t, api.ExplainedVersion{Number: 5, SysID: "a5"}, e.Resolution.Action.ExplainedVersion)
	require.Len(t, e.Lookups, 3)
	require.Equal(t, "The person is found, but locked out. Clear locked_out on the person.", e.Lookups[1].Why+" "+e.Lookups[1].Helps)
	require.Empty(t, e.Lookups[2].Why)
	require.JSONEq(t, `{"process_id":"1","key":{"$secret":"NAME"}}`, string(e.Parameters.Rendered))
	var why []string
	for _, r := range e.Parameters.Reported {
		why = append(why, r.Name+": "+r.Why)
	}
	require.Equal(t, []string{"key: the resolution sets it", "process_id: the action asks for it, and the resolution leaves it unset", "url: the action does not ask for it"}, why)
	require.True(t, e.Person.Criteria[0].Matches)
	require.False(t, e.Person.Criteria[1].Active)
	require.Len(t, e.Limits.Gates, 4)
	require.Equal(t, [3]int{3, 1, 7200}, [3]int{e.Limits.UserLimit, e.Limits.InWindow, int(e.Limits.Window)})
	require.Equal(t, "end process", e.Plan.Runs)
	require.Equal(t, "Unsaved work is lost.", e.Shown.Consent)
	require.Contains(t, e.Shown.Text, "Guten Tag Fred Luddy")
	require.Equal(t, 4, e.Fallback.Incident.Priority)
	require.NotContains(t, raw, "fred@example.com")
}

// A mere reporter learns of people only what create would tell it: nothing of who they are, what they belong to or went through, and
// no value that the catalogue sets.
func TestAReporterLearnsNothingAboutPeople(t *testing.T) {
	s := aSimulation()
	s.Facts.Past.Active = "another-issue"
	for _, as := range []string{"tool", "sn-reporter"} {
		e, raw := explained(t, s, as)
		require.NotEmpty(t, e.Withheld)
		require.Nil(t, e.Person)
		require.Nil(t, e.Plan)
		require.Len(t, e.Lookups, 1, "how the catalogue stands, and no person or computer")
		require.Equal(t, "The provider is found, but inactive.", e.Lookups[0].Why)
		require.False(t, e.Fallback.Certain, "that it is certain would tell of the person")
		for _, secret := range []string{"fred", "Fred", "sales", "Sales", "another-issue", "NAME", "ci-1", "Unsaved", "active_conversation"} {
			require.NotContains(t, raw, secret)
		}
		require.NotNil(t, e.Parameters)
	}
}

// Who is bound to a provider is told that the person is busy, and not with which issue of another provider.
func TestAnotherProvidersIssueIsNotNamed(t *testing.T) {
	s := aSimulation()
	s.Facts.Past.Active, s.ActiveProvider = "another-issue", "other"
	e, raw := explained(t, s, "sn-tool")
	require.Equal(t, "active_conversation", e.Plan.Ends)
	require.NotContains(t, raw, "another-issue")
	s.ActiveProvider = "sn"
	_, raw = explained(t, s, "sn-tool")
	require.Contains(t, raw, "another-issue")
}

func TestWhatWouldBeRefusedIsAnAnswer(t *testing.T) {
	store := newStore(t)
	for body, want := range map[string]int{
		`{}`: 1, `{"endpoint":{"CI":"1"}}`: 2, `{"endpoint":{"CI":"1"},"issue_code":1}`: 3, `{"endpoint":{"CI":"1"},"issue_code":1,"provider":"sn","experience_id":"a b"}`: 9,
	} {
		got := post(body).to(simulatePath).send(t, door(store))
		require.Equal(t, 200, got.Code)
		require.EqualValues(t, want, got.Result["refusal"].(map[string]any)["number"], body)
	}
	for want, why := range []schema.Refusal{4: schema.UnknownIssue, 5: schema.NoResolution, 6: schema.NoUser, 7: schema.BeingResolved, 8: schema.NotAwaited} {
		if why == "" {
			continue
		}
		e, _ := explained(t, schema.Simulation{Refused: &schema.Refused{Why: why, Detail: "Because."}}, "tool")
		require.Equal(t, want, e.Refusal.Number)
		require.Equal(t, "Because.", e.Refusal.Detail)
	}
	got := post(`{"endpoint":{"CI":"1"},"issue_code":1,"provider":"other"}`).to(simulatePath).as("sn-tool").send(t, door(store))
	require.Equal(t, 403, got.Code, "another provider's registry is not asked about")
}
