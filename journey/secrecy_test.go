package journey

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
)

// planted are values that must be found in no workflow history and in no log.
var planted = []string{
	"planted.person", "Plantedfirst", "Plantedlast", "planted.address", "planted-laptop", // who
	"planted-parameter", "planted-path", // with what
	"planted key", "planted value", // why
	"planted-answer", "planted-secret", "planted-password", "planted-intruder", "planted.host",
}

const plantedCatalogue = `
users:
  - {user_name: planted.person, first_name: Plantedfirst, last_name: Plantedlast, email: planted.address@example.com}
  - {user_name: planted.person.two, email: planted.address.two@example.com}
service_accounts: [{user_name: tool, password: planted-password, roles: [sn_pren.experience_issue_create, sn_pren.experience_issue_read]}]
computers: [{sys_id: 00000000000000000000000000000001, name: planted-laptop, assigned_to: planted.person}]
resolutions:
  - {name: good, type: remedial_action, remedial_action: quick-hook, parameters: {method: POST, url: "http://HOOK/planted-path", headers: {Authorization: {$secret: DESK}}}}
  - {name: unreachable, type: remedial_action, remedial_action: once-hook, parameters: {method: POST, url: "http://CLOSED/planted-path"}}
  - {name: forbidden, type: remedial_action, remedial_action: once-hook, parameters: {method: POST, url: "http://planted.host.example/planted-path"}}
  - {name: secretless, type: remedial_action, remedial_action: once-hook, parameters: {method: POST, url: "http://HOOK/planted-path", body: {a: {$secret: MISSING}}}}
  - {name: elsewhere, type: remedial_action, remedial_action: elsewhere, parameters: {fixed: planted-parameter}}
remedial_actions: [{name: elsewhere, kind: flow_action, target: Elsewhere, task_queue: another-team, from_report: [process_id]}]
issues:
  - {provider: sn, issue_code: elsewhere, resolution: elsewhere, deployed: true}
  - {provider: sn, issue_code: good, resolution: good, deployed: true}
  - {provider: sn, issue_code: unreachable, resolution: unreachable, deployed: true}
  - {provider: sn, issue_code: forbidden, resolution: forbidden, deployed: true}
  - {provider: sn, issue_code: secretless, resolution: secretless, deployed: true}
`

// Everything that can go well or wrong with planted values, at the most talkative log level; then all histories and all logs are
// searched for them.
func TestNothingOfAPersonIsInHistoriesOrLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	closed := freeAddress(t)
	w.log = "debug"
	w.applies(strings.NewReplacer("HOOK", w.hook.address, "CLOSED", closed).Replace(plantedCatalogue))
	service := w.serveAndRun("PROACTIVE_SECRET_DESK=planted-secret", "PROACTIVE_SECRETS_ALLOW=DESK=127.0.0.1,MISSING=127.0.0.1", "PROACTIVE_HTTP_ALLOW="+w.hook.address+","+closed)
	d := w.enrolls("00000000000000000000000000000001")
	agent := d.agent()

	ids := w.plantedIssues()
	w.plantedRefusals()
	agent.kill()
	require.Contains(t, w.incident(ids[1]), "planted key: planted value", "the values were where they belong")

	addresses := []string{w.hook.address, closed, d.env[len(d.env)-1]}
	for _, id := range ids {
		w.hides(id, append(planted, addresses...))
	}
	for _, p := range []*process{service, agent} {
		require.Contains(t, p.out.String(), ids[len(ids)-1], "the search finds what is there")
		for _, value := range append(planted, addresses...) {
			require.NotContains(t, strings.ToLower(p.out.String()), strings.ToLower(value), "%s has logged it", p.name)
		}
	}
}

// What another team's action is sent stands in the history, and only who has the key can read it.
func TestAnotherTeamsInputIsUnreadableWithoutTheKey(t *testing.T) {
	t.Parallel()
	for key, readable := range map[string]bool{"": true, "PROACTIVE_PAYLOAD_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32)): false} {
		w := newWorld(t)
		w.applies(strings.NewReplacer("HOOK", w.hook.address, "CLOSED", w.hook.address).Replace(plantedCatalogue))
		service := w.serveAndRun(key)
		id := w.accepted(w.posts(report("elsewhere", "planted.person", map[string]any{"input_parameters": map[string]string{"process_id": "planted-reported"}})))
		w.becomes(id, "in_progress")
		eventually(t, "the other team's action is scheduled", func() bool {
			return slices.ContainsFunc(w.history(id), func(e *historypb.HistoryEvent) bool { return e.GetActivityTaskScheduledEventAttributes() != nil })
		})
		if readable {
			require.Contains(t, w.kept(id), "planted-reported", "the search finds what is there")
		} else {
			w.hides(id, append(planted, "planted-reported"))
		}
		require.NotContains(t, service.out.String(), "planted")
		service.kill()
	}
}

// hides searches all that Temporal keeps of an issue's run.
func (w *world) hides(id string, values []string) {
	w.t.Helper()
	kept := strings.ToLower(w.kept(id))
	require.Contains(w.t, kept, id, "the search finds what is there")
	for _, value := range values {
		require.False(w.t, strings.Contains(kept, strings.ToLower(value)), "the history of %s holds %q", id, value)
	}
}

// kept is all that Temporal has of an issue's run, as bytes.
func (w *world) kept(id string) string {
	w.t.Helper()
	described, err := w.inTemporal().DescribeWorkflowExecution(w.t.Context(), id, "")
	require.NoError(w.t, err)
	kept, err := proto.Marshal(described)
	require.NoError(w.t, err)
	for _, event := range w.history(id) {
		raw, err := proto.Marshal(event)
		require.NoError(w.t, err)
		kept = append(kept, raw...)
	}
	return string(kept)
}

// plantedIssues run every road; the last one is the device's.
func (w *world) plantedIssues() (ids []string) {
	w.t.Helper()
	full := map[string]any{
		"input_parameters":      map[string]any{"process_id": "planted-parameter", "other": "planted-parameter"},
		"investigative_details": map[string]any{"planted key": "planted value"},
	}
	road := func(code, state, reason string) {
		w.t.Helper()
		id := w.accepted(w.posts(report(code, "planted.person", full)))
		w.ends(id, state, reason)
		ids = append(ids, id)
	}
	road("good", "closed_complete", "resolved_silently")
	w.hook.answers(http.StatusTeapot)
	road("good", "closed_incomplete", "action_failed")
	w.hook.answers(http.StatusNoContent)
	road("unreachable", "closed_incomplete", "action_failed")
	road("forbidden", "closed_incomplete", "action_failed")
	road("secretless", "closed_incomplete", "action_failed")
	road("wait-briefly", "closed_incomplete", "action_wait_expired")

	full["endpoint"] = map[string]any{"email": "planted.address@example.com", "CI": "00000000000000000000000000000001"}
	road("process", "closed_incomplete", "invalid_parameters")
	full["input_parameters"] = map[string]any{"process_id": "4194999"}
	road("process", "closed_incomplete", "action_failed")
	return ids
}

// plantedRefusals are requests that come to nothing.
func (w *world) plantedRefusals() {
	w.t.Helper()
	for _, body := range []string{
		report("planted-parameter", "planted.person", nil), report("good", "planted.person.nobody", nil),
		report("good", "planted.person", map[string]any{"experience_id": "planted value"}),
		`{"endpoint": "planted.person`, `<request><endpoint>planted.person`, `{"planted value": "` + "\xff" + `"}`,
	} {
		require.Equal(w.t, http.StatusBadRequest, w.posts(body).Status)
	}
	intruder := http.Header{}
	(&http.Request{Header: intruder}).SetBasicAuth("planted-intruder", "planted-password")
	for _, path := range []string{createPath, issuePath + "planted.person", "/planted.person?planted-parameter"} {
		a, err := w.client.send(http.MethodGet, path, "", intruder)
		require.NoError(w.t, err)
		require.GreaterOrEqual(w.t, a.Status, http.StatusBadRequest)
	}
}
