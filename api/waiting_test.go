package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// nextJobRequest is an agent's, with the token of the tests.
const nextJobRequest = "POST /api/proactive/agent/v1/jobs/next?wait=60s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\nContent-Length: 17\r\n\r\n" +
	`{"actions":["a"]}`

// Who only waits for news, on any of the three ways, keeps nobody from being worked for.
func TestWhoWaitsTakesNoPlace(t *testing.T) {
	store := issues(t, func() schema.Issue { i := anIssue(); i.State, i.Timeline = schema.Open, nil; return i })
	pages := asking(t)
	pages.waitIssue = func(ctx context.Context, _ string, _ int) error { <-ctx.Done(); return ctx.Err() }
	s := serves(t, api.Config{MaxRequests: 1}, store, api.With{Conversations: pages, Devices: &idleDevices{}})
	for i := range 3 {
		for bound, request := range map[string]string{
			"issue_waits":  "GET " + issuePath + "x1?wait=60s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic cmVhZGVyOnJlYWRlci1zZWNyZXQ=\r\n\r\n",
			"streams":      "GET " + helpPage + "/events HTTP/1.1\r\nHost: x\r\n\r\n",
			"device_waits": nextJobRequest,
		} {
			s.dials().says(request)
			s.becomes("proactive_http_"+bound, float64(i+1))
		}
	}
	s.becomes("proactive_http_places_taken", 0)
	status, body := s.dials().says(wholeReport()).hears()
	require.Equal(t, http.StatusOK, status, body)
}

// idleDevices never have a job.
type idleDevices struct{ describedDevices }

func (*idleDevices) NextJob(context.Context, string, schema.AgentInfo) (*schema.Job, time.Time, error) {
	return nil, time.Time{}, nil
}

// One device waits a few times at once and no more; its agent is told when to come again.
func TestOneDeviceDoesNotWaitWithoutEnd(t *testing.T) {
	s := serves(t, api.Config{}, newStore(t), api.With{Devices: &idleDevices{}})
	for range 6 {
		s.dials().says(nextJobRequest)
	}
	s.becomes("proactive_http_device_waits", 6)
	response, err := http.ReadResponse(s.dials().says(nextJobRequest).answer, nil)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	require.Equal(t, "5", response.Header.Get("Retry-After"))
	require.Equal(t, 1.0, s.metric("proactive_http_refused_total"))
}

// An account waits for half of what may be waited for at most, and is refused where another is not.
func TestOneAccountDoesNotWaitWithoutEnd(t *testing.T) {
	store := issues(t, func() schema.Issue { i := anIssue(); i.State, i.Timeline = schema.Open, nil; return i })
	handler := api.New(api.Config{}, store, api.With{}).Handler()
	waiting := make(chan struct{})
	store.waitIssue = func(ctx context.Context, _ string, _ int) error {
		waiting <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	for range 500 {
		go sendWith(t.Context(), get(issuePath+"x1?wait=60s"), handler)
		<-waiting
	}
	got := get(issuePath+"x1?wait=60s").send(t, handler)
	require.Equal(t, http.StatusTooManyRequests, got.Code)
	require.True(t, strings.HasPrefix(got.Problem.Detail, "As many requests wait for news as may"))
	go sendWith(t.Context(), get(issuePath+"x1?wait=60s").as("admin"), handler)
	<-waiting
	require.Equal(t, http.StatusOK, get(issuePath+"x1").send(t, handler).Code, "without wait there is an answer")
}
