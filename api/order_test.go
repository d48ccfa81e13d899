package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// "The same resource also answers at /api/sn_srf/…, with a version segment and with doubled slashes, without a redirect."
func TestEveryWayToWriteThePathLeadsToTheResource(t *testing.T) {
	handler := door(newStore(t))
	for _, path := range []string{
		createPath,
		"//api/sn_srf/self_remediation/experience_issue/create", // the document's cURL
		"/api/sn_srf/self_remediation/experience_issue/create",
		"/api/sn_pren/v1/self_remediation/experience_issue/create",
		"/api/sn_srf/v12/self_remediation/experience_issue/create",
		"/api//sn_pren///self_remediation/experience_issue//create",
		createPath + "/",
		createPath + "//",
		createPath + "?sysparm_display_value=true",
	} {
		require.Equal(t, http.StatusOK, post(goodBody).to(path).send(t, handler).Code, path)
	}
	require.Equal(t, http.StatusNotFound, get("//api/sn_srf/v1/self_remediation/experience_issue/x1/").send(t, handler).Code)
	cancel := post("").as("admin").to("//api/sn_srf/v2/self_remediation/experience_issue/x1//cancel")
	require.Equal(t, http.StatusNotFound, cancel.send(t, handler).Code)
}

// "400 unknown path".
func TestAnUnknownPathRepresentsNoResource(t *testing.T) {
	handler := door(newStore(t))
	for _, path := range []string{"/", "/api", "/api/now/table/incident", "/api/sn_pren/vx/self_remediation/experience_issue/create",
		"/api/sn_pren/v/self_remediation/experience_issue/create", createPath + "/more", "/api/sn_pren/v1/v1/self_remediation/experience_issue/create"} {
		got := post(goodBody).nobody().to(path).send(t, handler)
		require.Equal(t, http.StatusBadRequest, got.Code, path)
		require.Equal(t, "Requested URI does not represent any resource", got.Problem.Message, path)
		require.Equal(t, "failure", got.Status)
	}
}

// "Order of checks: 401, 403, 405, 406, 415, the body, then the refusals in their order. An account that is bound to
// providers and reports for another one: 403." Each row repairs what the one before was refused for.
func TestTheOrderOfChecks(t *testing.T) {
	store := newStore(t)
	store.submit = func(context.Context, schema.Report) (string, error) {
		return "", schema.Refuse(schema.UnknownIssue, "No such thing.")
	}
	handler := door(store)
	r := post("{").nobody().by(http.MethodPut).with("Accept", "text/html").with("Content-Type", "text/plain")
	for _, step := range []struct {
		repair  func()
		status  int
		message string
	}{
		{func() {}, 401, "User Not Authenticated"},
		{func() { r.as("reader") }, 403, "User Not Authorized"},
		{func() { r.as("sn-tool") }, 405, "Method Not Allowed"},
		{func() { r.by(http.MethodPost) }, 406, "Not Acceptable"},
		{func() { r.with("Accept", "*/*") }, 415, "Unsupported Media Type"},
		{func() { r.with("Content-Type", "application/json") }, 400, "Exception while reading request"},
		{func() { r.body = `{"provider":"acme"}` }, 403, "User Not Authorized"},
		{func() { r.body = `{}` }, 400, "Invalid request. Provide endpoint details."},
		{func() { r.body = `{"endpoint":{"CI":"x\u0000"},"experience_id":"?"}` }, 400, "Invalid issue code, please provide a valid issue code."},
		{func() { r.body = `{"endpoint":{"CI":"x\u0000"},"issue_code":1,"experience_id":"?"}` }, 400, "Invalid provider, please provide a valid provider."},
		{func() { r.body = `{"endpoint":{"CI":"x\u0000"},"issue_code":1,"provider":"sn","experience_id":"?"}` }, 400, "Error occurred while creating experience issue."},
		{func() { r.body = `{"endpoint":{"CI":"x"},"issue_code":1,"provider":"sn"}` }, 400, "Invalid issue code or provider, please provide valid details."},
	} {
		step.repair()
		got := r.send(t, handler)
		require.Equal(t, step.status, got.Code, got.Body.String())
		require.Equal(t, step.message, got.Problem.Message)
		require.Equal(t, "failure", got.Status)
		require.NotEmpty(t, got.Problem.Detail)
	}
}

// "405 … with Allow on 405": also for a method that nobody has heard of, and only for those who may know.
func TestAMethodThatIsNotServed(t *testing.T) {
	handler := door(newStore(t))
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
		got := post("").by(method).send(t, handler)
		require.Equal(t, http.StatusMethodNotAllowed, got.Code, method)
		require.Equal(t, "POST", got.Header().Get("Allow"), method)
		require.Equal(t, http.StatusUnauthorized, post("").by(method).nobody().send(t, handler).Code, method)
		require.Equal(t, http.StatusForbidden, post("").by(method).as("reader").send(t, handler).Code, method)
	}
	got := get(issuePath+"x1").by("DELETE").send(t, handler)
	require.Equal(t, http.StatusMethodNotAllowed, got.Code)
	require.Equal(t, "GET, HEAD", got.Header().Get("Allow"))
	require.Equal(t, http.StatusForbidden, get(issuePath+"x1").as("tool").send(t, handler).Code)
	require.Equal(t, http.StatusForbidden, post("").to(issuePath+"x1/cancel").as("reader").send(t, handler).Code)
	require.Equal(t, http.StatusUnauthorized, post("").to(issuePath+"x1/cancel").nobody().send(t, handler).Code)
}
