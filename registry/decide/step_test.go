package decide

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// facts are of a report about a known device, helped by an action.
func facts(change ...func(*schema.StepFacts)) schema.StepFacts {
	f := schema.StepFacts{
		ExperienceID: "issue-1", Step: 2, User: "user-1", CI: "ci-1", CIKnown: true, CIEnrolled: true,
		InputParameters: json.RawMessage(`{"process_id":"10644","colour":"red","size":1}`),
		Engagement:      schema.Silent, ResolutionType: "remedial_action", Parameters: json.RawMessage(`{"colour":"blue"}`),
		ActionName: "end process", Kind: schema.CIAction, Target: "end_process", FromReport: []string{"process_id", "colour"},
		Timeout: time.Minute, OfferFor: 8 * time.Hour, Attempts: 3, Idempotent: true,
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func byTeam(f *schema.StepFacts) { f.Kind, f.Target, f.TaskQueue = schema.FlowAction, "call", "desk" }

func onOurs(f *schema.StepFacts) {
	f.Kind, f.Target, f.Parameters = schema.FlowAction, schema.HTTPRequest, json.RawMessage(`{"method":"POST","url":"https://desk.example.com"}`)
}

func decided(t *testing.T, change ...func(*schema.StepFacts)) schema.Decision {
	t.Helper()
	d, err := Step(facts(change...))
	require.NoError(t, err)
	assert.Equal(t, 2, d.Plan.Step)
	return d
}

func TestWhenNothingIsRunTheReasonSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*schema.StepFacts)
		reason schema.EndReason
		detail string
	}{
		"create_incident":     {func(f *schema.StepFacts) { f.ResolutionType = "create_incident" }, schema.IncidentRequested, ""},
		"self_help":           {func(f *schema.StepFacts) { f.ResolutionType = "self_help" }, schema.ActionFailed, "self_help"},
		"url":                 {func(f *schema.StepFacts) { f.ResolutionType = "url" }, schema.ActionFailed, "url"},
		"no active action":    {func(f *schema.StepFacts) { f.ActionName = "" }, schema.ActionFailed, "no longer active"},
		"no CI":               {func(f *schema.StepFacts) { f.CI, f.CIKnown, f.CIEnrolled = "", false, false }, schema.NoDevice, "names no CI"},
		"unknown CI":          {func(f *schema.StepFacts) { f.CIKnown, f.CIEnrolled = false, false }, schema.NoDevice, "no computer in cmdb_ci_computer"},
		"CI without an agent": {func(f *schema.StepFacts) { f.CIEnrolled = false }, schema.NoDevice, "No agent is enrolled"},
		"parameter missing": {func(f *schema.StepFacts) {
			f.InputSchema, f.InputParameters = json.RawMessage(`{"type":"object","required":["process_id"]}`), nil
		}, schema.InvalidParameters, "process_id"},
		"parameter of a wrong type": {func(f *schema.StepFacts) {
			f.InputSchema = json.RawMessage(`{"type":"object","properties":{"process_id":{"type":"integer"}}}`)
		}, schema.InvalidParameters, "process_id"},
		"a mark in the report": {func(f *schema.StepFacts) { f.InputParameters = json.RawMessage(`{"process_id":{"$secret":"DB"}}`) }, schema.InvalidParameters, "$secret"},
	} {
		t.Run(name, func(t *testing.T) {
			d := decided(t, c.change)
			assert.Equal(t, schema.Plan{Step: 2, Conclude: c.reason}, d.Plan)
			assert.Contains(t, d.Detail, c.detail)
			told := d.Notes[len(d.Notes)-1]
			assert.Equal(t, schema.EventBegun, told.Event)
			assert.Contains(t, told.Detail, "Nothing is run.")
			assert.Contains(t, told.Detail, c.reason.Sentence())
			assert.Contains(t, told.Detail, c.detail)
			assert.Empty(t, d.Parameters)
		})
	}
}

func TestADeviceIsNotNeededForWhatDoesNotRunOnIt(t *testing.T) {
	assert.NotNil(t, decided(t, byTeam, func(f *schema.StepFacts) { f.CI, f.CIKnown, f.CIEnrolled = "", false, false }).Plan.Action)
}

func TestTheResolutionsParametersStandAndAReportFillsTheRest(t *testing.T) {
	d := decided(t)
	assert.JSONEq(t, `{"colour":"blue","process_id":"10644"}`, string(d.Parameters))
	assert.Equal(t, []schema.Note{
		{Event: schema.EventParametersIgnored, Detail: `Not taken from the report, as the action does not ask for it or the resolution sets it: "colour", "size".`},
		{Event: schema.EventBegun, Detail: "The remedial action end process is run: CI action end_process."},
	}, d.Notes)
}

func TestTextFromXMLIsWhatTheSchemaSays(t *testing.T) {
	d := decided(t, func(f *schema.StepFacts) {
		f.ParametersAreText, f.InputSchema = true, json.RawMessage(`{"type":"object","properties":{"process_id":{"type":"integer"}}}`)
	})
	assert.JSONEq(t, `{"colour":"blue","process_id":10644}`, string(d.Parameters))
}

func TestOnlyAnotherTeamIsGivenInputThroughTemporal(t *testing.T) {
	d := decided(t, byTeam)
	assert.Equal(t, &schema.ActionInput{ExperienceID: "issue-1", Step: 2, CI: "ci-1", User: "user-1", Parameters: d.Parameters}, d.Plan.Action.Input)
	assert.Equal(t, "desk", d.Plan.Action.TaskQueue)
	for name, change := range map[string]func(*schema.StepFacts){"CI action": func(*schema.StepFacts) {}, "http_request": onOurs} {
		plan, err := json.Marshal(decided(t, change).Plan)
		require.NoError(t, err)
		for _, value := range []string{"10644", "red", "blue", "ci-1", "user-1", "desk.example.com"} {
			assert.NotContains(t, string(plan), value, name)
		}
	}
	assert.NotNil(t, decided(t, onOurs, func(f *schema.StepFacts) { f.TaskQueue = "desk" }).Plan.Action.Input, "an activity of that name elsewhere is not ours")
}

func TestAReportCannotChangeWhereARequestGoes(t *testing.T) {
	d := decided(t, onOurs, func(f *schema.StepFacts) {
		f.FromReport = []string{"url", "process_id"}
		f.InputParameters = json.RawMessage(`{"url":"https://evil.example.com","process_id":1,"headers":{}}`)
	})
	var p struct {
		URL     string
		Headers json.RawMessage
		Input   map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(d.Parameters, &p))
	assert.Equal(t, "https://desk.example.com", p.URL)
	assert.Nil(t, p.Headers)
	assert.JSONEq(t, `1`, string(p.Input["process_id"]))
}

func TestHowOftenAndForHowLong(t *testing.T) {
	once := func(f *schema.StepFacts) { f.Idempotent, f.Attempts = false, 1 }
	for name, c := range map[string]struct {
		change   []func(*schema.StepFacts)
		attempts int
		deadline time.Duration
	}{
		"another team's, once":  {[]func(*schema.StepFacts){byTeam, once}, 1, 5*time.Minute + time.Minute},
		"another team's":        {[]func(*schema.StepFacts){byTeam}, 3, 5*time.Minute + 3*time.Minute + 2*time.Minute},
		"on the device, once":   {[]func(*schema.StepFacts){once}, 1, 8*time.Hour + 2*time.Minute},
		"on the device":         {nil, 3, 8*time.Hour + 2*time.Minute + 2*(2*time.Minute+schema.JobLease)},
		"never twice by itself": {[]func(*schema.StepFacts){byTeam, func(f *schema.StepFacts) { f.Idempotent = false }}, 1, 10 * time.Minute},
	} {
		a := decided(t, c.change...).Plan.Action
		assert.Equal(t, c.attempts, a.Attempts, name)
		assert.Equal(t, c.deadline, a.Deadline, name)
		assert.Equal(t, time.Minute, a.Timeout, name)
	}
}

func TestAFaultInTheCatalogueIsNoDecision(t *testing.T) {
	for name, change := range map[string]func(*schema.StepFacts){
		"input_schema": func(f *schema.StepFacts) { f.InputSchema = json.RawMessage(`{"type":7}`) },
		"parameters":   func(f *schema.StepFacts) { f.Parameters = json.RawMessage(`[]`) },
	} {
		_, err := Step(facts(change))
		assert.Error(t, err, name)
	}
}
