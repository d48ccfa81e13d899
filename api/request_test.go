package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/api"
)

const (
	createPath = "/api/sn_pren/self_remediation/experience_issue/create"
	issuePath  = "/api/sn_pren/self_remediation/experience_issue/"
	goodBody   = `{"endpoint":{"user_name":"abel.tuter"},"issue_code":"100","provider":"sn"}`
)

// door is what most tests need: the handler over a store.
func door(store api.Store) http.Handler { return api.New(api.Config{}, store, api.With{}).Handler() }

// request is a request in the making.
type request struct {
	method, path, body string
	header             http.Header
	remote             string
	name, password     string
}

// post is a good report by an account that may report.
func post(body string) *request {
	return (&request{method: http.MethodPost, path: createPath, body: body, header: http.Header{}}).as("tool").with("Content-Type", "application/json")
}

func get(path string) *request {
	return (&request{method: http.MethodGet, path: path, header: http.Header{}}).as("reader")
}

func (r *request) as(name string) *request { return r.password_(name, name+"-secret") }
func (r *request) password_(name, password string) *request {
	r.name, r.password = name, password
	return r
}
func (r *request) nobody() *request            { return r.password_("", "") }
func (r *request) with(k, v string) *request   { r.header.Set(k, v); return r }
func (r *request) without(k string) *request   { r.header.Del(k); return r }
func (r *request) to(path string) *request     { r.path = path; return r }
func (r *request) by(method string) *request   { r.method = method; return r }
func (r *request) from(remote string) *request { r.remote = remote; return r }

// answer is what came back, its body read as far as it could be.
type answer struct {
	*httptest.ResponseRecorder
	Result  record `json:"result"`
	Problem struct {
		Message string `json:"message"`
		Detail  string `json:"detail"`
	} `json:"error"`
	Status string `json:"status"`
}

// record is a result that is one; of a list there is nothing to see here.
type record map[string]any

func (r *record) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return nil
	}
	return json.Unmarshal(text, (*map[string]any)(r))
}

func (r *request) send(t testing.TB, handler http.Handler) answer {
	t.Helper()
	recorder := sendWith(t.Context(), r, handler)
	a := answer{ResponseRecorder: recorder}
	if strings.HasPrefix(recorder.Header().Get("Content-Type"), "application/json") {
		require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &a), recorder.Body.String())
	}
	return a
}

// sendWith sends a request for as long as ctx lets it.
func sendWith(ctx context.Context, r *request, handler http.Handler) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(ctx, r.method, r.path, strings.NewReader(r.body))
	if r.name != "" {
		req.SetBasicAuth(r.name, r.password)
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	if r.remote != "" {
		req.RemoteAddr = r.remote
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, req)
	return recorder
}
