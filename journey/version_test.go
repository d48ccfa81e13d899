package journey

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// changedCatalogue changes all that governs the issues quick-hook, once and wait of journey.yaml, and ask of conversation.yaml.
const changedCatalogue = `
remedial_actions: [{name: quick-hook, kind: flow_action, target: http_request, timeout: 3s, attempts: 1, from_report: []}]
resolutions:
  - {name: quick-hook, type: remedial_action, remedial_action: quick-hook, parameters: {method: POST, url: "http://HOOK/changed", body: {changed: 1}}, on_success: action_wait}
  - {name: quick-hook-then-wait, type: remedial_action, remedial_action: quick-hook, parameters: {method: POST, url: "http://HOOK/changed", body: {changed: 1}}}
notification_contents: [{name: help, prompt: Changed., consent_text: Changed.}]
issues:
  - {provider: sn, issue_code: wait, short_description: Changed, resolution: quick-hook-then-wait, action_wait: 1s, next_codes: [once], deployed: true}
  - {provider: sn, issue_code: once, short_description: Changed, resolution: once-hook, fallback: none, deployed: true}
  - {provider: sn, issue_code: ask, short_description: Changed, resolution: quick-hook, engagement: engage, consent: true, notification_content: help, channels: [people], deployed: true}
`

// What is changed while issues are in action, waiting for the next report, or for a person, is for the issues that come after.
func TestIssuesThatAreOnTheirWayKeepTheVersionsThatTheyBeganWith(t *testing.T) {
	t.Parallel()
	w := newTalkWorld(t, noMail)
	w.serveAndRun()
	asked := w.reports("ask")
	p := w.person(asked)
	told := len(w.hook.called())
	w.hook.hold()
	waits, fails := w.reports("wait"), w.reports("once")
	w.hook.isCalled(told + 2)
	w.applies(strings.ReplaceAll(changedCatalogue, "HOOK", w.hook.address))

	w.ends(fails, "closed_incomplete", "outcome_unknown")
	require.Equal(t, "1", w.incidents(fails), "the fallback was an incident")
	require.Equal(t, "Once", w.value(`SELECT short_description FROM incident WHERE correlation_id = $1`, fails))
	w.hook.release()
	w.becomes(waits, "action_wait")
	require.Equal(t, waits, w.accepted(w.reportsAgain(waits, "quick")), "any code could follow")

	require.Contains(t, p.says("accept").Text, "Unsaved work in it is lost.")
	p.says("consent")
	p.says("helped")
	p.says("feedback", "rating=5", "comment=Thank you.")
	ended := w.ends(asked, "closed_complete", "resolved_by_user")
	require.Greater(t, strings.Count(strings.Join(w.hook.called(), " "), asked), len(w.messages(asked)), "the action sent what it sent before the change")
	require.Contains(t, w.begun(ended), "It goes by version 1 of issue sn/ask, version 1 of resolution quick-hook, version 1 of remedial action quick-hook.")
}

// begun is what the timeline says of the beginning of the first step.
func (w *world) begun(i issue) string {
	w.t.Helper()
	for _, e := range i.Timeline {
		if e.Event == "begun" {
			return e.Detail
		}
	}
	require.Failf(w.t, "no step has begun", "%+v", i)
	return ""
}
