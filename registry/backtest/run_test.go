package backtest_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/registry/backtest"
	"proactive/schema"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// told is a report of fred's that was taken at a minute after noon, told him something, and was closed half a minute later.
func told(minute int, change ...func(*schema.PastStep)) schema.PastStep {
	at := noon.Add(time.Duration(minute) * time.Minute)
	closed := at.Add(30 * time.Second)
	p := schema.PastStep{
		ExperienceID: fmt.Sprintf("x%d", minute), Step: 1, Last: true, User: "fred", Provider: "sn", IssueCode: "100", At: at, Begun: &at, Closed: &closed,
		State: schema.ClosedComplete, EndReason: schema.ResolvedByUser, Plan: &schema.Plan{Step: 1, Conversation: true}, Resolution: "r", Name: "steps", Mode: schema.Engage,
		Facts: schema.StepFacts{Step: 1, User: "fred", Registry: "row", IssueCode: "100", Engagement: schema.Engage, ResolutionType: schema.ResolveBySelfHelp},
		Row:   schema.GoverningRow{Resolution: "r", ResolutionName: "steps", Fallback: schema.FallbackIncident, Impact: 3, Urgency: 3},
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

func limits(l schema.Limits) func(*schema.PastStep) {
	return func(p *schema.PastStep) { p.Facts.Limits = l }
}

// skipped was left alone then.
func skipped(reason schema.EndReason) func(*schema.PastStep) {
	return func(p *schema.PastStep) {
		p.Plan, p.Mode, p.State, p.EndReason = &schema.Plan{Step: 1, Conclude: reason}, "", schema.ClosedSkipped, reason
	}
}

func report(t *testing.T, since time.Time, past ...schema.PastStep) backtest.Report {
	t.Helper()
	run := backtest.New(since)
	for _, p := range past {
		require.NoError(t, run.Take(p))
	}
	return run.Report()
}

// differences are which report differs, in what and how.
func differences(r backtest.Report) (all []string) {
	for _, e := range r.Examples {
		all = append(all, fmt.Sprintf("%s %s: %s -> %s", e.ExperienceID, e.Kind, e.Was, e.Would))
	}
	return all
}

func TestTheSameRulesMakeTheSameOfEveryReport(t *testing.T) {
	r := report(t, noon, told(0), told(10), told(20))
	require.Equal(t, 3, r.Steps)
	require.Zero(t, r.Different)
	require.Empty(t, r.Examples)
}

// The freeze counts from the end of what the new rules would have begun.
func TestAFreezeIsCountedFromWhatWouldHaveBegun(t *testing.T) {
	frozen := limits(schema.Limits{Freeze: 15 * time.Minute})
	require.Equal(t, []string{"x10 skipped: goes ahead -> throttled_freeze", "x30 skipped: goes ahead -> throttled_freeze"},
		differences(report(t, noon, told(0, frozen), told(10, frozen), told(20, frozen), told(30, frozen))), "that of 12:10 would not have begun, so that of 12:20 would have")
}

func TestAUserLimitIsCountedInItsWindow(t *testing.T) {
	limit := limits(schema.Limits{Steps: 2, Window: 25 * time.Minute})
	require.Equal(t, []string{"x20 skipped: goes ahead -> throttled_user_limit"}, differences(report(t, noon, told(0, limit), told(10, limit), told(20, limit), told(30, limit))))
	others := func(p *schema.PastStep) { p.User, p.Facts.User = "beth", "beth" }
	require.Empty(t, differences(report(t, noon, told(0, limit), told(10, limit, others), told(20, limit))), "each person has a limit of their own")
	another := func(p *schema.PastStep) { p.Facts.Registry = "another row" }
	require.Empty(t, differences(report(t, noon, told(0, limit), told(10, limit, another), told(20, limit))), "and so has each registry row")
}

// What was left alone then and would begin now counts, as ended at once.
func TestWhatWouldHaveBegunCountsForLaterLimits(t *testing.T) {
	frozen := limits(schema.Limits{Freeze: 5 * time.Minute})
	require.Equal(t, []string{"x10 skipped: throttled_user_limit -> goes ahead", "x14 skipped: goes ahead -> throttled_freeze"},
		differences(report(t, noon, told(0, frozen), told(10, frozen, skipped(schema.ThrottledUserLimit)), told(14, frozen), told(16, frozen))))
}

// What was reported before since counts for the limits, and is not told.
func TestWhatIsBeforeSinceOnlyCounts(t *testing.T) {
	limit := limits(schema.Limits{Steps: 1, Window: time.Hour})
	r := report(t, noon.Add(5*time.Minute), told(0, limit), told(10, limit))
	require.Equal(t, 1, r.Steps)
	require.Equal(t, []string{"x10 skipped: goes ahead -> throttled_user_limit"}, differences(r))
}

// Cancelled issues freeze nobody, as in Begin.
func TestACancelledIssueFreezesNobody(t *testing.T) {
	frozen := limits(schema.Limits{Freeze: time.Hour})
	require.Empty(t, differences(report(t, noon, told(0, frozen, func(p *schema.PastStep) { p.State = schema.ClosedCancelled }), told(10, frozen))))
}

func TestNobodyIsDrawnIntoASecondConversation(t *testing.T) {
	busy := func(p *schema.PastStep) { p.Active = "x0" }
	require.Equal(t, []string{"x10 skipped: goes ahead -> active_conversation"}, differences(report(t, noon, told(0), told(10, busy))))
	silent := func(p *schema.PastStep) {
		p.Facts.Engagement, p.Facts.ResolutionType = schema.Silent, schema.ResolveByIncident
	}
	require.NotContains(t, fmt.Sprint(differences(report(t, noon, told(0, silent), told(10, busy)))), "x10", "the first would have been silent")
}

func TestAChainedReportNeedsAnIssueThatWaits(t *testing.T) {
	first := func(p *schema.PastStep) { p.Last, p.Closed, p.State = false, nil, schema.ActionWait }
	second := func(p *schema.PastStep) {
		p.ExperienceID, p.Step, p.Plan, p.Facts.Step, p.IssueCode = "x0", 2, &schema.Plan{Step: 2, Conversation: true}, 2, "200"
	}
	require.Empty(t, differences(report(t, noon, told(0, first), told(10, second))))
	codes := func(p *schema.PastStep) { p.Row.NextCodes = []string{"300"} }
	require.Equal(t, []string{"x0 refusal: taken -> not_awaited"}, differences(report(t, noon, told(0, first, codes), told(10, second))))
	ends := func(p *schema.PastStep) {
		p.Facts.Limits, p.Facts.Exclude, p.Facts.Criteria = schema.Limits{}, []string{"all"}, []schema.UserCriteria{{Name: "all", Users: []string{"f"}}}
	}
	excluded := func(p *schema.PastStep) { ends(p); p.Facts.Person.UserName = "f" }
	require.Equal(t, []string{"x0 skipped: goes ahead -> excluded_by_criteria", "x0 refusal: taken -> not_awaited"}, differences(report(t, noon, told(0, first, excluded), told(10, second))))
}

func TestWhatCannotBeDecidedIsCounted(t *testing.T) {
	r := report(t, noon, told(0, func(p *schema.PastStep) { p.Erased = true }), told(1, func(p *schema.PastStep) { p.Plan, p.Begun = nil, nil }),
		told(2, func(p *schema.PastStep) { p.Plan = &schema.Plan{Step: 1, Ended: schema.ClosedCancelled} }))
	require.Equal(t, [4]int{0, 0, 2, 1}, [4]int{r.Steps, r.Different, r.Undecided, r.Erased})
}

// Parameters that differ are named, and what they say is not.
func TestParametersAreNamedAndNotTold(t *testing.T) {
	action := func(p *schema.PastStep) {
		p.Plan, p.Mode = &schema.Plan{Step: 1, Action: &schema.PlannedAction{Name: "call", Kind: schema.FlowAction, Target: "call", Attempts: 1, Timeout: time.Minute}}, ""
		p.Facts.Engagement, p.Facts.ResolutionType, p.Facts.ActionName, p.Facts.Kind, p.Facts.Target = schema.Silent, schema.ResolveByAction, "call", schema.FlowAction, "call"
		p.Facts.Attempts, p.Facts.Timeout = 1, time.Minute
		p.Parameters, p.Facts.Parameters = json.RawMessage(`{"a": "old", "b": 1, "same": [1, 2]}`), json.RawMessage(`{"a":"new","c":2,"same":[1,2]}`)
	}
	r := report(t, noon, told(0, action))
	require.Equal(t, []string{"x0 parameters:  -> a differs, b is gone, c is new"}, differences(r))
}

// However many differ, a few examples of each kind are kept, and all are counted.
func TestExamplesAreFewAndCountsAreWhole(t *testing.T) {
	run := backtest.New(noon)
	for n := range 25_000 { // more than what is looked through at once
		other := func(p *schema.PastStep) { p.Row.Resolution, p.Row.ResolutionName = "other", "other" }
		require.NoError(t, run.Take(told(n, other, limits(schema.Limits{Freeze: time.Second, Contacts: 1, ContactWindow: time.Second}))))
	}
	r := run.Report()
	require.Equal(t, [3]int{25_000, 25_000, 25_000}, [3]int{r.Steps, r.Different, r.Counts["sn/100"][backtest.Resolution]})
	require.Len(t, r.Examples, 3)
}
