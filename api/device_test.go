package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

const (
	agentToken = "an-agent-token"
	abelLaptop = "d049b28e936aa1106f98f6db5cba10d5"
	someJob    = "0123456789abcdef0123456789abcdef"
)

// fakeDevices knows one token. Its functions may be nil where a test does not get there.
type fakeDevices struct {
	next      func(ci string, agent schema.AgentInfo) (*schema.Job, time.Time, error)
	heartbeat func(ci, job string) (time.Time, error)
	finish    func(ci, job string, result schema.ActionResult) error
	bell      chan struct{}
	waiting   chan string
	lookups   atomic.Int32
	revoked   atomic.Bool
	away      atomic.Bool
}

func (f *fakeDevices) AgentCI(_ context.Context, hash []byte) (string, error) {
	f.lookups.Add(1)
	switch {
	case f.away.Load():
		return "", schema.ErrUnavailable
	case f.revoked.Load() || string(hash) != string(schema.HashToken(agentToken)):
		return "", schema.RefuseJob(schema.AgentUnknown, "")
	}
	return abelLaptop, nil
}

func (f *fakeDevices) NextJob(_ context.Context, ci string, agent schema.AgentInfo) (*schema.Job, time.Time, error) {
	return f.next(ci, agent)
}

func (f *fakeDevices) AwaitJob(ci string) (<-chan struct{}, func()) {
	if f.waiting != nil {
		f.waiting <- ci
	}
	return f.bell, func() {}
}

func (f *fakeDevices) Heartbeat(_ context.Context, ci, job string) (time.Time, error) {
	return f.heartbeat(ci, job)
}

func (f *fakeDevices) FinishJob(_ context.Context, ci, job string, result schema.ActionResult) error {
	return f.finish(ci, job, result)
}

const hello = `{"agent_version":"1","os":"linux","actions":["end_process"]}`

func asAgent(t *testing.T, devices *fakeDevices, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/proactive/agent/v1/jobs"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+agentToken)
	w := httptest.NewRecorder()
	api.New(api.Config{}, nil, api.With{Devices: devices}).Handler().ServeHTTP(w, r)
	return w
}

func TestAnAgentGetsItsJob(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	devices := &fakeDevices{next: func(ci string, agent schema.AgentInfo) (*schema.Job, time.Time, error) {
		require.Equal(t, abelLaptop, ci)
		require.Equal(t, schema.AgentInfo{Version: "1", OS: "linux", Actions: []string{"end_process"}}, agent)
		return &schema.Job{ID: someJob, ExperienceID: "exp-1", Step: 1, Attempt: 1, Action: "end_process", Idempotent: true,
			Parameters: json.RawMessage(`{"process_id":"10644"}`), ReportedAt: at, ExpiresAt: at, TimeoutSec: 300, LeaseUntil: at}, time.Time{}, nil
	}}
	w := asAgent(t, devices, "/next?wait=30s", hello)
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.JSONEq(t, `{"id":"0123456789abcdef0123456789abcdef","experience_id":"exp-1","step":1,"attempt":1,"action":"end_process",
		"parameters":{"process_id":"10644"},"idempotent":true,"reported_at":"2026-11-23T09:00:00Z","expires_at":"2026-11-23T09:00:00Z",
		"timeout_seconds":300,"lease_until":"2026-11-23T09:00:00Z"}`, w.Body.String())
}

func TestAWaitingAgentIsWokenByTheBell(t *testing.T) {
	looks := 0
	devices := &fakeDevices{bell: make(chan struct{}, 1)}
	devices.next = func(string, schema.AgentInfo) (*schema.Job, time.Time, error) {
		if looks++; looks == 1 {
			devices.bell <- struct{}{}
			return nil, time.Time{}, nil
		}
		return &schema.Job{ID: someJob}, time.Time{}, nil
	}
	require.Equal(t, http.StatusOK, asAgent(t, devices, "/next?wait=30s", hello).Code)
	require.Equal(t, 2, looks)
}

func TestAWaitingAgentLooksAgainWhenALeaseHasRunOut(t *testing.T) {
	looks := 0
	devices := &fakeDevices{next: func(string, schema.AgentInfo) (*schema.Job, time.Time, error) {
		if looks++; looks == 1 {
			return nil, time.Now().Add(10 * time.Millisecond), nil
		}
		return &schema.Job{ID: someJob}, time.Time{}, nil
	}}
	require.Equal(t, http.StatusOK, asAgent(t, devices, "/next?wait=30s", hello).Code)
}

func TestWithoutAJobTheAnswerIsEmptyAfterTheWait(t *testing.T) {
	none := &fakeDevices{next: func(string, schema.AgentInfo) (*schema.Job, time.Time, error) { return nil, time.Time{}, nil }}
	w := asAgent(t, none, "/next?wait=20ms", hello)
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Empty(t, w.Body.String())
	require.Equal(t, http.StatusBadRequest, asAgent(t, none, "/next?wait=61s", hello).Code, "at most a minute")
}

func TestWaitingEndsWhenTheServerStops(t *testing.T) {
	devices := &fakeDevices{waiting: make(chan string, 1),
		next: func(string, schema.AgentInfo) (*schema.Job, time.Time, error) { return nil, time.Time{}, nil }}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- api.New(api.Config{StopTimeout: time.Minute}, nil, api.With{Devices: devices}).Serve(ctx, listener)
	}()
	go func() { <-devices.waiting; stop() }()
	r, err := http.NewRequest(http.MethodPost, "http://"+listener.Addr().String()+"/api/proactive/agent/v1/jobs/next?wait=60s", strings.NewReader(hello))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+agentToken)
	begin := time.Now()
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	io.Copy(io.Discard, answer.Body) //nolint:errcheck
	answer.Body.Close()
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	require.NoError(t, <-served)
	require.Less(t, time.Since(begin), patience)
}

func TestAnAgentIsRefusedInItsOwnWords(t *testing.T) {
	until := time.Date(2026, 11, 23, 9, 1, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		err    error
		status int
	}{
		"fine":              {nil, http.StatusOK},
		"not wanted":        {schema.RefuseJob(schema.JobNotWanted, "It was withdrawn."), http.StatusGone},
		"another result":    {schema.RefuseJob(schema.ResultDiffers, "x"), http.StatusConflict},
		"not to be kept":    {schema.RefuseJob(schema.ResultInvalid, "x"), http.StatusBadRequest},
		"out of reach":      {schema.ErrUnavailable, http.StatusServiceUnavailable},
		"anything else":     {errors.New("x"), http.StatusInternalServerError},
		"revoked meanwhile": {schema.RefuseJob(schema.AgentUnknown, "x"), http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			devices := &fakeDevices{
				heartbeat: func(ci, job string) (time.Time, error) {
					require.Equal(t, []string{abelLaptop, someJob}, []string{ci, job})
					return until, c.err
				},
				finish: func(ci, job string, r schema.ActionResult) error {
					require.Equal(t, schema.ActionResult{Status: schema.ActionSucceeded, Message: "Ended.", Output: json.RawMessage(`{"process_id":1}`)}, r)
					return c.err
				}}
			beat := asAgent(t, devices, "/"+someJob+"/heartbeat", "")
			require.Equal(t, c.status, beat.Code)
			if c.err == nil {
				require.JSONEq(t, `{"lease_until":"2026-11-23T09:01:00Z"}`, beat.Body.String())
			}
			result := asAgent(t, devices, "/"+someJob+"/result", `{"status":"succeeded","message":"Ended.","output":{"process_id":1}}`)
			require.Equal(t, c.status, result.Code)
		})
	}
}

func TestOnlyAnAgentWithItsTokenEnters(t *testing.T) {
	door := api.New(api.Config{}, nil, api.With{Devices: &fakeDevices{}}).Handler()
	for _, authorization := range []string{"", "Bearer", "Bearer wrong", "Basic " + agentToken, "Bearer " + strings.Repeat("x", 10_000)} {
		r := httptest.NewRequest(http.MethodPost, "/api/proactive/agent/v1/jobs/next", strings.NewReader(hello))
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		require.Equal(t, http.StatusUnauthorized, w.Code, authorization)
		require.Equal(t, `Bearer realm="proactive"`, w.Header().Get("WWW-Authenticate"))
	}
}

func TestAValidTokenIsRememberedAndAnInvalidOneIsNot(t *testing.T) {
	devices := &fakeDevices{next: func(string, schema.AgentInfo) (*schema.Job, time.Time, error) { return nil, time.Time{}, nil }}
	door := api.New(api.Config{RememberFor: time.Hour}, nil, api.With{Devices: devices}).Handler()
	ask := func(token string) int {
		r := httptest.NewRequest(http.MethodPost, "/api/proactive/agent/v1/jobs/next", strings.NewReader(hello))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		return w.Code
	}
	devices.away.Store(true)
	require.Equal(t, http.StatusServiceUnavailable, ask(agentToken))
	devices.away.Store(false)
	require.Equal(t, http.StatusNoContent, ask(agentToken))
	require.Equal(t, http.StatusNoContent, ask(agentToken))
	require.EqualValues(t, 2, devices.lookups.Load())
	require.Equal(t, http.StatusUnauthorized, ask("wrong"))
	require.Equal(t, http.StatusUnauthorized, ask("wrong"))
	require.EqualValues(t, 4, devices.lookups.Load())
}

func TestAnAgentSaysWhatItIsInJSON(t *testing.T) {
	devices := &fakeDevices{}
	for _, body := range []string{``, `{}`, `{"actions":[]}`, `{"actions":"end_process"}`, `{"actions":["a\u0000b"]}`, `nonsense`,
		`{"actions":["` + strings.Repeat("x", 101) + `"]}`} {
		require.Equal(t, http.StatusBadRequest, asAgent(t, devices, "/next", body).Code, body)
	}
}
