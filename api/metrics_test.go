package api_test

import (
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"proactive/api"
)

// Requests are counted by pattern, never by an id of a path, and beside what else the process measures.
func TestTheMetricsPage(t *testing.T) {
	registry := prometheus.NewRegistry()
	theirs := prometheus.NewCounter(prometheus.CounterOpts{Name: "theirs"})
	registry.MustRegister(theirs)
	handler := api.New(api.Config{}, issues(t, anIssue), api.With{Metrics: registry}).Handler()
	get(issuePath+"x1").send(t, handler)
	get(issuePath+"x2").send(t, handler)
	get("//api/sn_srf/v1/self_remediation/experience_issue/x1").send(t, handler)
	post("{").send(t, handler)
	get("/no/such/thing").by("BREW").send(t, handler)
	page := get("/metrics").nobody().send(t, handler)
	require.Equal(t, http.StatusOK, page.Code)
	for _, line := range []string{
		`proactive_http_requests_total{method="GET",route="/api/sn_pren/self_remediation/experience_issue/:experience_id",status="200"} 2`,
		`proactive_http_requests_total{method="GET",route="/api/sn_pren/self_remediation/experience_issue/:experience_id",status="404"} 1`,
		`proactive_http_requests_total{method="POST",route="/api/sn_pren/self_remediation/experience_issue/create",status="400"} 1`,
		`proactive_http_requests_total{method="TRACE",route="",status="400"} 1`,
		`proactive_http_request_duration_seconds_count{method="POST",route="/api/sn_pren/self_remediation/experience_issue/create",status="400"} 1`,
		"proactive_http_requests_in_flight 1", // this one
		"theirs 0",
	} {
		require.Contains(t, page.Body.String(), line+"\n")
	}
	require.NotContains(t, page.Body.String(), "x1")
}
