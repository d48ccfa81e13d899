package endurance

import (
	"crypto/sha256"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// at is a moment of the stories below, in seconds.
func at(seconds float64) time.Time {
	return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

var secret = sha256.Sum256([]byte("secret"))

// A good story: errand 1 ended a process and was helped silently, errand 2 waited, went on and failed, errand 3 was asked and declined.
func goodStory() (e evidence, ended, chained, declined *issue) {
	ended = &issue{ID: "errand-1", Person: "ann", Code: "end-once", State: "closed_complete", Reason: "resolved_silently", Fallback: "incident", Step: 1, Events: 4, Errand: 1,
		steps:    []step{{1, "end-once", true, true, true}},
		timeline: []event{{1, 1, at(1), "created", ""}, {2, 1, at(2), "begun", ""}, {3, 1, at(3), "job_finished", ""}, {4, 1, at(4), "closed", ""}},
		jobs:     []job{{1, 1, "finished", true, at(3)}}}
	chained = &issue{ID: "errand-2", Person: "ann", Code: "fails", State: "closed_incomplete", Reason: "action_failed", Fallback: "incident", Step: 2, Events: 6, Errand: 2,
		Linked: true, Incidents: 1,
		steps: []step{{1, "next", true, true, true}, {2, "fails", true, true, true}},
		timeline: []event{{1, 1, at(1), "created", ""}, {2, 1, at(2), "begun", ""}, {3, 1, at(3), "action_wait", ""},
			{4, 2, at(5), "chained", ""}, {5, 2, at(6), "begun", ""}, {6, 2, at(7), "closed", ""}}}
	declined = &issue{ID: "made-by-the-service", Person: "bob", Code: "ask", State: "closed_incomplete", Reason: "declined", Fallback: "none", Step: 1, Events: 3, Errand: 3,
		steps:         []step{{1, "ask", true, true, true}},
		timeline:      []event{{1, 1, at(1), "created", ""}, {2, 1, at(2), "begun", ""}, {3, 1, at(20), "closed", ""}},
		conversations: []conversation{{1, "ended"}}, mails: []mail{{"delivered", secret, "ask"}}}
	e = evidence{
		facts: facts{incidents: 1, issues: map[string]*issue{"1": ended, "2": chained, "3": declined}},
		calls: []call{
			{Errand: 1, ID: "errand-1", Code: "end-once", Person: "ann", Sent: at(0), Answered: at(1), Said: unclear},
			{Errand: 1, ID: "errand-1", Code: "end-once", Person: "ann", Sent: at(1), Answered: at(2), Said: notAwaited},
			{Errand: 4, ID: "errand-4", Code: "end-once", Person: "ann", Sent: at(2), Answered: at(3), Said: beingResolved},
			{Errand: 2, ID: "errand-2", Code: "next", Person: "ann", Sent: at(0), Answered: at(1), Said: accepted, Got: "errand-2"},
			{Errand: 2, ID: "errand-2", Code: "fails", Person: "ann", Sent: at(4), Answered: at(5), Said: accepted, Got: "errand-2", Chained: true},
			{Errand: 3, Code: "ask", Person: "bob", Sent: at(0), Answered: at(1), Said: accepted, Got: "made-by-the-service"},
		},
		cancels: map[string]said{},
		talks:   map[int]talk{3: {Heard: []string{"decline"}}},
		effects: map[stepKey]int{{"errand-2", 1}: 1, {"errand-2", 2}: 1},
		asked:   map[int]int{1: 1},
		alive:   map[int]bool{},
		mails:   map[[sha256.Size]byte]int{secret: 1},
		foreign: []foreign{{"f1", "INC9", "errand-2", "sn", idThere("ann")}},
		shown:   map[string]string{"errand-2": "INC9"},
	}
	e.records = map[string][]record{"errand-2": {{"INC1", "f1", "INC9"}}}
	e.isComplete()
	return e, ended, chained, declined
}

func TestTheAuditorHasNothingAgainstAGoodStory(t *testing.T) {
	e, _, _, _ := goodStory()
	require.Empty(t, audit(e))
}

// Whatever is changed for the worse in a good story, the auditor finds it, under the right rule and no other.
func TestTheAuditorFinds(t *testing.T) {
	type story func(e *evidence, ended, chained, declined *issue)
	for name, c := range map[string]struct {
		worse story
		rule  rule
		says  string
	}{
		"a report that was taken and is not there": {func(e *evidence, _, _, _ *issue) {
			e.calls = append(e.calls, call{Errand: 5, ID: "errand-5", Said: accepted, Got: "errand-5"})
		}, oneIssueEach, "1 were taken, and there are 0"},
		"a report without an id that is there twice": {func(e *evidence, _, _, declined *issue) {
			second := *declined
			second.ID, second.Person, second.mails = "made-again", "eve", nil
			e.issues["4"] = &second
		}, allAskedFor, "1 were taken, perhaps 0 more, and there are 2"},
		"an id that is taken twice": {func(e *evidence, _, _, _ *issue) {
			e.calls = append(e.calls, call{Errand: 2, ID: "errand-2", Code: "next", Said: accepted, Got: "errand-2"})
		}, oneIssueEach, "2 were taken, and there are 1"},
		"a chained report that was taken and is not there": {func(e *evidence, _, _, _ *issue) {
			e.calls = append(e.calls, call{Errand: 2, ID: "errand-2", Code: "fails", Said: accepted, Got: "errand-2", Chained: true})
		}, oneIssueEach, "2 were taken, and there are 1"},
		"an answer with another id": {func(e *evidence, _, _, _ *issue) { e.calls[3].Got = "errand-7" }, oneIssueEach, "errand-7"},
		"an answer that nobody should get": {func(e *evidence, _, _, _ *issue) {
			e.calls = append(e.calls, call{Errand: 6, ID: "errand-6", Said: strange, Text: "418"})
		}, wellRefused, "418"},
		"a refusal for an id that there is not": {func(e *evidence, _, _, _ *issue) {
			e.calls = append(e.calls, call{Errand: 6, ID: "errand-6", Said: notAwaited})
		}, wellRefused, "no issue has"},
		"a cancellation of what is said not to be there": {func(e *evidence, _, _, _ *issue) { e.cancels["errand-1"] = strange }, wellRefused, "calling it off"},
		"a refusal to cancel what is open":               {func(e *evidence, _, _, _ *issue) { e.tooLate = map[string]time.Time{"errand-1": at(3.5)} }, wellRefused, "it was not closed"},
		"a refusal of a report that was awaited": {func(e *evidence, _, _, _ *issue) {
			e.calls = append(e.calls, call{Errand: 2, ID: "errand-2", Code: "fails", Sent: at(3.2), Answered: at(3.4), Said: notAwaited, Chained: true})
		}, wellRefused, "waited for it all the time"},
		"a refusal by an issue that was over": {func(e *evidence, _, _, _ *issue) { e.calls[2].Sent, e.calls[2].Answered = at(5), at(6) },
			wellRefused, "no issue of that person and code was"},
		"an issue that has not ended": {func(e *evidence, _, _, declined *issue) {
			declined.State, declined.Reason, e.openRuns = "in_progress", "", nil
		}, allEnd, lostForGood},
		"a wrong reason": {func(_ *evidence, _, _, declined *issue) { declined.Reason = "no_response" }, endsWell, "no_response"},
		"engine_lost":    {func(_ *evidence, _, chained, _ *issue) { chained.Reason = "engine_lost" }, endsWell, "engine_lost"},
		"an unknown outcome without a fault": {func(_ *evidence, ended, _, _ *issue) { ended.Reason, ended.Fallback = "outcome_unknown", "none" },
			endsWell, "with a fault to explain it"},
		"a cancelled issue that ended otherwise": {func(e *evidence, _, _, _ *issue) { e.cancels["errand-1"] = cancelled }, endsWell, "[cancelled]"},
		"no incident":                            {func(e *evidence, _, chained, _ *issue) { chained.Incidents, e.incidents = 0, 0 }, oneIncident, "one is due"},
		"two incidents":                          {func(e *evidence, _, chained, _ *issue) { chained.Incidents, e.incidents = 2, 2 }, oneIncident, "it has 2 incidents"},
		"an incident that is not due":            {func(e *evidence, ended, _, _ *issue) { ended.Incidents, e.incidents = 1, 2 }, oneIncident, "none is due"},
		"no live agent":                          {func(_ *evidence, _, _, declined *issue) { declined.Fallback = "live_agent" }, oneIncident, "0 interactions"},
		"a live agent too many":                  {func(_ *evidence, ended, _, _ *issue) { ended.Interactions = 1 }, oneIncident, "1 interactions"},
		"an incident of nobody":                  {func(e *evidence, _, _, _ *issue) { e.incidents = 2 }, oneIncident, "1 belong"},
		"an incident that is not linked":         {func(_ *evidence, _, chained, _ *issue) { chained.Linked = false }, oneIncident, "point to each other"},
		"a call too many":                        {func(e *evidence, _, _, _ *issue) { e.effects[stepKey{"errand-2", 2}] = 11 }, noSecondEffect, "may call 10 times"},
		"a call for nothing":                     {func(e *evidence, _, _, _ *issue) { e.effects[stepKey{"errand-9", 1}] = 1 }, noSecondEffect, "not there"},
		"a call without consent":                 {func(e *evidence, _, _, _ *issue) { e.effects[stepKey{"made-by-the-service", 1}] = 1 }, noSecondEffect, "not consented"},
		"a process asked twice":                  {func(e *evidence, _, _, _ *issue) { e.asked[1] = 2 }, noSecondEffect, "must not be repeated"},
		"a process that still lives":             {func(e *evidence, _, _, _ *issue) { e.alive[1] = true }, noSecondEffect, "said to have succeeded"},
		"a process asked before the job began":   {func(_ *evidence, ended, _, _ *issue) { ended.jobs[0].Begun = false }, noSecondEffect, "no job has begun"},
		"a message in the inbox":                 {func(e *evidence, _, _, _ *issue) { e.inbox = []string{"errand-1: message 2"} }, nothingWaits, "message 2"},
		"an open run":                            {func(e *evidence, _, _, _ *issue) { e.openRuns = []string{"errand-1"} }, nothingWaits, "Temporal"},
		"an open conversation":                   {func(_ *evidence, _, _, declined *issue) { declined.conversations[0].State = "asked" }, nothingWaits, "asked"},
		"a mail that has not left":               {func(e *evidence, _, _, declined *issue) { declined.mails[0].State = "sending" }, nothingWaits, "sending"},
		"a job that has not ended":               {func(_ *evidence, ended, _, _ *issue) { ended.jobs[0].Ended = time.Time{} }, nothingWaits, "has not ended"},
		"a job that outlived its step":           {func(_ *evidence, ended, _, _ *issue) { ended.jobs[0].Ended = at(5) }, jobsEnd, "1s after its step"},
		"a gap in a timeline":                    {func(_ *evidence, ended, _, _ *issue) { ended.timeline[3].Number, ended.Events = 5, 4 }, wholeTimeline, "event 4 has number 5"},
		"an event too few":                       {func(_ *evidence, ended, _, _ *issue) { ended.Events = 5 }, wholeTimeline, "counts 5"},
		"a timeline out of order":                {func(_ *evidence, ended, _, _ *issue) { ended.timeline[2].At = at(1.5) }, wholeTimeline, "500ms earlier"},
		"a timeline without a beginning":         {func(_ *evidence, _, chained, _ *issue) { chained.timeline[0].Name = "action_attempt" }, wholeTimeline, "event 1 is action_attempt"},
		"something after the end": {func(_ *evidence, ended, _, _ *issue) {
			ended.timeline, ended.Events = append(ended.timeline, event{5, 1, at(5), "job_offered", ""}), 5
		}, wholeTimeline, "after the end"},
		"a closed issue whose timeline does not say so": {func(_ *evidence, ended, _, _ *issue) {
			ended.timeline, ended.Events = ended.timeline[:3], 3
		}, wholeTimeline, "0 times"},
		"an issue that the janitor had to find": {func(_ *evidence, _, _, declined *issue) {
			declined.timeline[2].Name = "requeued"
			declined.timeline, declined.Events = append(declined.timeline, event{4, 1, at(21), "closed", ""}), 4
		}, wholeTimeline, "lost until"},
		"a step that is missing":   {func(e *evidence, _, chained, _ *issue) { chained.Step = 3 }, wholeSteps, "at step 3 and has 2"},
		"a step that began twice":  {func(_ *evidence, ended, _, _ *issue) { ended.timeline[2].Name = "begun" }, wholeSteps, "begun 2 times"},
		"a step without a verdict": {func(_ *evidence, _, chained, _ *issue) { chained.steps[0].Ended = false }, wholeSteps, "no verdict"},
		"a step that never began": {func(_ *evidence, _, _, declined *issue) {
			declined.steps[0].Begun, declined.steps[0].Planned, declined.timeline[1].Name = false, false, "asked"
		}, wholeSteps, "never begun"},
		"a step whose row and timeline differ": {func(_ *evidence, ended, _, _ *issue) { ended.steps[0].Planned = false }, wholeSteps, "do not agree"},
		"two open issues of one matter": {func(e *evidence, ended, _, _ *issue) {
			second := *ended
			second.ID, second.Errand, second.jobs, e.asked[5] = "errand-5", 5, ended.jobs, 1
			e.issues["4"] = &second
			e.calls = append(e.calls, call{Errand: 5, ID: "errand-5", Said: accepted, Got: "errand-5"})
		}, oneOpen, "open together"},
		"two mails of one notification":    {func(e *evidence, _, _, _ *issue) { e.mails[secret] = 2 }, oneMail, "one at most"},
		"a delivered mail that never came": {func(e *evidence, _, _, _ *issue) { e.mails = nil }, oneMail, "0 have arrived"},
		"a withdrawn mail that came":       {func(_ *evidence, _, _, declined *issue) { declined.mails[0].State = "withdrawn" }, oneMail, "which is none"},
		"a crash":                          {func(e *evidence, _, _, _ *issue) { e.crashes = []string{"api-1 ended by itself"} }, nothingCrashes, "api-1"},
	} {
		t.Run(name, func(t *testing.T) {
			e, ended, chained, declined := goodStory()
			c.worse(&e, ended, chained, declined)
			e.isComplete()
			found := audit(e)
			require.Len(t, found, 1, "%v", found)
			require.Equal(t, c.rule, found[0].Rule)
			require.Contains(t, found[0].What, c.says)
		})
	}
}

// What a fault explains is no finding while it, or what comes of it, lasts.
func TestAFaultExplainsAnUnknownOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		from, to float64
		explains bool
	}{
		"during":         {2, 3, true},
		"shortly before": {-20, -10, true},
		"long before":    {-200, -190, false},
		"after":          {10, 11, false},
	} {
		t.Run(name, func(t *testing.T) {
			e, ended, _, _ := goodStory()
			ended.Reason, ended.Fallback = "outcome_unknown", "none"
			e.isComplete()
			e.faults = []happened{{From: at(c.from), To: at(c.to)}}
			require.Equal(t, c.explains, len(audit(e)) == 0)
		})
	}
}

// In a short run a fault explains each unknown outcome, but not all of them.
func TestNoFaultExplainsThatAllOfAKindEndBadly(t *testing.T) {
	for _, c := range []struct {
		reason string
		found  []string
	}{{"outcome_unknown", []string{"all 10 that have ended did"}}, {"resolved_silently", nil}} {
		e := evidence{faults: []happened{{From: at(0), To: at(1)}}, facts: facts{issues: map[string]*issue{}}}
		for n := range fewOfAKind {
			reason := "outcome_unknown"
			if n == 0 {
				reason = c.reason
			}
			e.issues[strconv.Itoa(n)] = &issue{ID: strconv.Itoa(n), Code: "once", State: "closed_incomplete", Reason: reason, timeline: []event{{At: at(0)}, {At: at(1)}}}
		}
		require.Empty(t, auditEnds(e), "each is explained")
		var found []string
		for _, f := range auditKinds(e) {
			found = append(found, f.What)
		}
		require.Equal(t, c.found, found)
	}
}

// What a person may have said, and nobody knows, allows for both.
func TestAReplyOfWhichNobodyKnowsAllowsForBoth(t *testing.T) {
	for _, reason := range []string{"declined", "no_response"} {
		e, _, _, declined := goodStory()
		declined.Reason, e.talks[3] = reason, talk{Unclear: "decline"}
		e.isComplete()
		require.Empty(t, audit(e), reason)
	}
}

// A seed decides everything, and another seed something else.
func TestASeedRepeatsWhatIsSentAndWhatBreaks(t *testing.T) {
	errands := func(seed uint64) (all []errand) {
		for p := newPlan(seed); len(all) < 500; {
			all = append(all, p.next())
		}
		return all
	}
	require.Equal(t, errands(1), errands(1))
	require.NotEqual(t, errands(1), errands(2))
	require.Equal(t, sabotage(1, time.Hour), sabotage(1, time.Hour))
	require.NotEqual(t, sabotage(1, time.Hour), sabotage(2, time.Hour))
	seen := map[string]bool{}
	for _, e := range errands(1) {
		seen[e.Code] = true
	}
	require.Len(t, seen, len(mix), "everything in the mix is sent")
}
