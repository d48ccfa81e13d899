package worker

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"proactive/schema"
)

// people and what they can be helped with; %s is the address of the hook that http_request calls.
const catalogue = `
providers: [{provider_code: sn, name: ServiceNow}]
users:
  - {user_name: fred.luddy, email: fred.luddy@example.com}
  - {user_name: beth.anglin, email: beth.anglin@example.com}
computers: [{sys_id: d049b28e936aa1106f98f6db5cba10d5, name: fred-laptop, assigned_to: fred.luddy}]
remedial_actions:
  - {name: call-hook, kind: flow_action, target: http_request, timeout: 10s, attempts: 2, idempotent: true, from_report: [process_id]}
resolutions:
  - {name: call-hook, type: remedial_action, remedial_action: call-hook, parameters: {method: POST, url: "HOOK"}}
  - {name: call-hook-then-wait, type: remedial_action, remedial_action: call-hook, parameters: {method: POST, url: "HOOK"}, on_success: action_wait}
  - {name: straight-to-incident, type: create_incident}
issues:
  - {provider: sn, issue_code: "100", short_description: High CPU usage, resolution: call-hook, deployed: true}
  - {provider: sn, issue_code: "200", short_description: Slow disk, resolution: call-hook-then-wait, action_wait: 1m, deployed: true}
  - {provider: sn, issue_code: "300", short_description: Swollen battery, resolution: straight-to-incident, deployed: true}
`

// hook is somebody else's HTTP endpoint.
func hook(t *testing.T, answer http.HandlerFunc) string {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestASilentIssueRunsItsActionAndCloses(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	w.engine()
	issue := w.becomes(w.report("100"), schema.ClosedComplete)
	assert.Equal(t, schema.ResolvedSilently, issue.EndReason)
	for _, e := range issue.Timeline {
		t.Log(e.Number, e.Event, e.Detail)
	}
}
