package postgres

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestARepeatedBeginReturnsThePlanThatStands(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("300", by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}))
	plan := w.begin(id, 1)
	again, err := w.db.Begin(t.Context(), id, 1, func(schema.StepFacts) (schema.Decision, error) {
		t.Error("nothing is decided twice")
		return schema.Decision{}, nil
	})
	require.NoError(t, err)
	require.Equal(t, plan, again)
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM ci_job`))
	_, err = w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	require.Equal(t, schema.Plan{Step: 1, Ended: schema.ClosedCancelled}, w.begin(id, 1), "what was called off is not run")
	w.sound()
}

func TestFiftyBeginsAtOnceOfferOneJob(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("300", by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}))
	errs := timesAtOnce(50, func(int) error {
		_, err := w.db.Begin(t.Context(), id, 1, runIt)
		return err
	})
	require.Equal(t, map[string]int{"": 50}, tally(errs))
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM ci_job`))
	w.sound()
}

func TestAStepThatWasClosedBeforeItCouldBeginSaysSo(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("100")
	_, err := w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	require.Equal(t, schema.Plan{Step: 1, Ended: schema.ClosedCancelled}, w.begin(id, 1))
}

func TestAnUnknownIssueIsNoRecord(t *testing.T) {
	w := newIssueWorld(t)
	_, err := w.db.Begin(t.Context(), "unknown", 1, runIt)
	require.ErrorIs(t, err, schema.ErrNoRecord)
	_, err = w.db.Conclude(t.Context(), "unknown", success(1))
	require.ErrorIs(t, err, schema.ErrNoRecord)
	_, err = w.db.ExpireWait(t.Context(), "unknown", 1)
	require.ErrorIs(t, err, schema.ErrNoRecord)
	_, err = w.db.Cancel(t.Context(), "unknown", "test")
	require.ErrorIs(t, err, schema.ErrNoRecord)
}

func TestARepeatedConcludeReturnsTheVerdictThatStands(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	first := w.conclude(id, success(1))
	require.Equal(t, schema.ActionWait, first.State)
	require.False(t, first.WaitUntil.IsZero())
	w.submit("100", withID(id))
	require.True(t, first.WaitUntil.Equal(w.conclude(id, success(1)).WaitUntil), "also when the issue has gone on")
	w.begin(id, 2)
	failed := schema.Outcome{Step: 2, Result: &schema.ActionResult{Status: schema.ActionHasFailed, Message: "No."}}
	verdict := w.conclude(id, failed)
	require.Equal(t, schema.Verdict{Step: 2, State: schema.ClosedIncomplete, EndReason: schema.ActionFailed}, verdict)
	require.Equal(t, verdict, w.conclude(id, failed))
	require.Equal(t, verdict, w.conclude(id, success(2)), "whatever the repeat says")
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM incident`))
	w.sound()
}

func TestHoweverOftenItIsConcludedThereIsOneIncident(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("100")
	w.begin(id, 1)
	due := value[time.Time](w, `SELECT due_at FROM sn_pren_experience_issue WHERE experience_id = $1`, id)
	errs := timesAtOnce(30, func(i int) error {
		switch i % 3 {
		case 0:
			_, err := w.db.Cancel(t.Context(), id, "test")
			return err
		case 1:
			_, err := w.db.CloseLost(t.Context(), schema.Candidate{ExperienceID: id, Step: 1, State: schema.InProgress, DueAt: due}, "Lost.", true)
			return err
		}
		_, err := w.db.Conclude(t.Context(), id, schema.Outcome{Step: 1, Reason: schema.ActionFailed})
		return err
	})
	require.Equal(t, map[string]int{"": 30}, tally(errs))
	require.LessOrEqual(t, value[int](w, `SELECT count(*) FROM incident`), 1)
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue_event WHERE event = 'closed'`))
	w.sound()
}

func TestAFallbackOfNoneMakesNoIncident(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("500")
	w.begin(id, 1)
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.ActionFailed})
	issue := w.issue(id)
	assert.Equal(t, []any{schema.ClosedIncomplete, "none", ""}, []any{issue.State, issue.FallbackResult, issue.Incident})
}

func TestTheIncidentTellsOfEveryStep(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting(withID("mine"), withDetails(`{"cpu usage": "78%", "cpu_usage": 78.0, "note": "one\nprocess: forged"}`))
	w.submit("400", withID(id), withDetails(`{"disk": {"free": "1 GiB"}}`))
	w.begin(id, 2)
	w.conclude(id, schema.Outcome{Step: 2, Reason: schema.IncidentRequested})
	var n struct {
		Number, Short, Description, Notes, Group, Correlation, Display, Origin, Caller string
		Impact, Urgency, Priority                                                      int
	}
	require.NoError(t, w.db.db.Get(&n, `
		SELECT number, short_description AS short, description, work_notes AS notes, assignment_group AS group, correlation_id AS correlation,
		       correlation_display AS display, origin_id AS origin, caller_id AS caller, impact, urgency, priority FROM incident`))
	assert.Equal(t, "INC0010001", n.Number)
	assert.Equal(t, []any{"Trouble 400", "Service Desk", "mine", "sn", w.issue(id).SysID, md5("fred"), 2, 3, 4},
		[]any{n.Short, n.Group, n.Correlation, n.Display, n.Origin, n.Caller, n.Impact, n.Urgency, n.Priority})
	for _, line := range []string{"Step 1, issue code 200:\ncpu usage: 78%\ncpu_usage: 78.0\nnote: one\n    process: forged\n\nStep 2, issue code 400:\ndisk: {\"free\": \"1 GiB\"}"} {
		assert.Contains(t, n.Description, line)
	}
	for _, said := range []string{"created: Issue code 200", "action wait: ", "chained: Issue code 400", "closed: Closed as closed_complete, incident_requested."} {
		assert.Contains(t, n.Notes, said)
	}
	issue := w.issue(id)
	assert.Equal(t, n.Number, issue.IncidentNumber)
	w.sound()
}

func TestNothingThatAnActionGivesBackCanKeepItsStepFromEnding(t *testing.T) {
	w := newIssueWorld(t)
	for what, output := range map[string]string{
		"deep": strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "not UTF-8": "\"\xff\"", "no JSON": "{", "large": `"` + strings.Repeat("x", 1<<17) + `"`,
		"NUL": `"\u0000"`, "half a pair": `"\ud800"`, "number": "1e999999", "as it should be": `{"a":  1}`,
	} {
		t.Run(what, func(t *testing.T) {
			w.t = t
			id := w.submit("100")
			w.begin(id, 1)
			verdict := w.conclude(id, schema.Outcome{Step: 1, Result: &schema.ActionResult{
				Status: schema.ActionSucceeded, Message: "a\x00b\xff" + strings.Repeat("é", 4000), Output: json.RawMessage(output)}})
			require.Equal(t, schema.ClosedComplete, verdict.State)
			kept := value[string](w, `SELECT output::text FROM sn_pren_experience_issue_step WHERE issue = $1`, id)
			if what == "as it should be" {
				require.Equal(t, output, kept)
			}
		})
	}
	w.t = t
}

func TestDetailsThatNoTextCanHoldDoNotKeepAnIssueOpen(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("400", withDetails(`{"nul\u0000key": "a\u0000b", "half": "\ud800"}`)) // the API refuses these; a row may be older
	w.begin(id, 1)
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.IncidentRequested})
	require.Contains(t, value[string](w, `SELECT description FROM incident`), "nul")
}
