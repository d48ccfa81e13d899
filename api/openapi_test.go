package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
	"proactive/schema/table"
)

// describedStore has all that the description speaks of.
func describedStore(t *testing.T) (*fakeStore, *describedDevices) {
	store := issues(t, anIssue)
	store.simulate = simulates(aSimulation())
	store.cancel = func(_ context.Context, id, _ string) (schema.State, error) {
		return map[string]schema.State{"x1": schema.ClosedCancelled, "x2": schema.ClosedComplete}[id], nil
	}
	return store, &describedDevices{}
}

// describedDevices answers by the id of the job: its first letters are the refusal.
type describedDevices struct{ away error }

func (f *describedDevices) AgentCI(_ context.Context, sum []byte) (string, error) {
	if !bytes.Equal(sum, schema.HashToken("token")) {
		return "", schema.RefuseJob(schema.AgentUnknown, "Unknown.")
	}
	return "ci", nil
}

func (f *describedDevices) NextJob(_ context.Context, _ string, agent schema.AgentInfo) (*schema.Job, time.Time, error) {
	if agent.OS == "none" {
		return nil, time.Time{}, f.away
	}
	return &schema.Job{ID: "1", ExperienceID: "x1", Step: 1, Attempt: 1, Action: "end_process", Parameters: json.RawMessage(`{"a":1}`), TimeoutSec: 1}, time.Time{}, f.away
}
func (f *describedDevices) AwaitJob(string) (<-chan struct{}, func()) { return nil, func() {} }
func (f *describedDevices) Heartbeat(_ context.Context, _, job string) (time.Time, error) {
	return nine, f.refusal(job)
}
func (f *describedDevices) FinishJob(_ context.Context, _, job string, _ schema.ActionResult) error {
	return f.refusal(job)
}
func (f *describedDevices) refusal(job string) error {
	if strings.Contains(job, "_") {
		return schema.RefuseJob(schema.JobRefusal(job), "Because.")
	}
	return f.away
}

// describedConversations answers by the first letter of the token; only what is described of refusals is there.
type describedConversations struct {
	away    error
	waiting chan struct{} // told of every page that waits
}

func (f *describedConversations) known(tokenHash []byte) (schema.View, error) {
	view := schema.View{Organisation: "Service Desk", ExperienceID: "x1", State: schema.InProgress, Events: 1}
	switch {
	case f.away != nil:
		return schema.View{}, f.away
	case bytes.Equal(tokenHash, schema.HashToken("closed")):
		view.State = schema.ClosedComplete
	case !bytes.Equal(tokenHash, schema.HashToken("open")):
		return schema.View{}, schema.ErrNoRecord
	}
	return view, nil
}

func (f *describedConversations) Conversation(_ context.Context, tokenHash []byte) (schema.View, error) {
	return f.known(tokenHash)
}

func (f *describedConversations) Reply(_ context.Context, tokenHash []byte, _ schema.Reply) (schema.View, error) {
	view, err := f.known(tokenHash)
	if err == nil && view.State.Closed() {
		err = schema.ReplyTooLate
	}
	return view, err
}

func (f *describedConversations) WaitIssue(ctx context.Context, _ string, _ int) error {
	select {
	case f.waiting <- struct{}{}:
	case <-ctx.Done():
	}
	<-ctx.Done()
	return ctx.Err()
}

// crowd lets as many pages listen with one link as may, until the test ends.
func (f *describedConversations) crowd(t *testing.T, handler http.Handler) {
	for range 6 {
		go sendWith(t.Context(), get("/help/open/events").nobody(), handler)
		<-f.waiting
	}
}

// describedDeployments knows one issue, and refuses what would overwrite it.
type describedDeployments struct{ away error }

func (f describedDeployments) Deployments(context.Context) ([]schema.Deployment, error) {
	return []schema.Deployment{aDeployment, {Template: "t2", Provider: "other", IssueCode: "1", Now: schema.Version{SysID: "v3", Number: 1}}}, f.away
}

func (f describedDeployments) Deployment(_ context.Context, key string) (schema.Deployment, error) {
	if f.away == nil && key != aDeployment.Template {
		return schema.Deployment{}, schema.ErrNoRecord
	}
	return aDeployment, f.away
}

func (f describedDeployments) ChangeDeployment(_ context.Context, _ string, action schema.DeploymentAction, by string, check func(schema.Catalogue, schema.Deployment) error) (schema.Deployment, error) {
	if _, err := aDeployment.After(action); err != nil {
		return schema.Deployment{}, err
	}
	return aDeployment, check(schema.Catalogue{}, aDeployment)
}

// aDeployment was customised, and its template has changed.
var aDeployment = schema.Deployment{Template: "t1", Registry: "g1", Provider: "sn", IssueCode: "100", Active: true,
	From: schema.Version{SysID: "v1", Name: "sn/100", Number: 1}, Now: schema.Version{SysID: "v2", Name: "sn/100", Number: 2},
	Fields: []schema.DeployedField{{Name: "resolution", From: "a", Template: "a", Registry: "b"}, {Name: "short_description", From: "a", Template: "b", Registry: "a"}}}

// occupy takes one place until the test ends.
func occupy(t *testing.T, store *fakeStore, handler http.Handler) {
	working := make(chan struct{})
	store.submit = func(context.Context, schema.Report) (string, error) {
		close(working)
		<-t.Context().Done()
		return "x1", nil
	}
	go sendWith(t.Context(), post(goodBody), handler)
	<-working
}

// described is openapi.yaml, checked.
func described(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	page := get("/openapi.yaml").nobody().send(t, door(newStore(t)))
	require.Equal(t, http.StatusOK, page.Code)
	document, err := openapi3.NewLoader().LoadFromData(page.Body.Bytes())
	require.NoError(t, err)
	require.NoError(t, document.Validate(t.Context()))
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	return document, router
}

// Real answers of every status that is described are as described, and every described status of every call was seen.
func TestAnswersAreAsDescribed(t *testing.T) {
	for _, media := range []string{"application/xml", "text/xml"} {
		openapi3filter.RegisterBodyDecoder(media, decodeXML)
	}
	for _, media := range []string{"text/plain", "text/html", "text/css", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.PlainBodyDecoder)
	}
	document, router := described(t)
	stylesheet := regexp.MustCompile(`/help/assets/[^"]+\.css`).FindString(get(helpPage).nobody().send(t, pages(asking(t))).Body.String())
	missing := map[string]bool{}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				missing[method+" "+path+" "+status] = true
			}
		}
	}
	for _, media := range []string{"application/json", "application/xml", "text/xml"} {
		for _, r := range append(describedRequests(), describedPages(stylesheet)...) {
			if r.status != http.StatusNotAcceptable {
				r.request.with("Accept", media)
			}
			path, operation := validateAnswer(t, router, r)
			delete(missing, operation+" "+path+" "+fmt.Sprint(r.status))
		}
	}
	unseen := slices.Sorted(func(yield func(string) bool) {
		for key := range missing {
			if !yield(key) {
				return
			}
		}
	})
	require.Empty(t, unseen, "described, and never seen")
}

// describedRequest leads to one status; away breaks the store in the way of its error.
type describedRequest struct {
	request *request
	status  int
	away    error
	limit   int
	crowd   bool   // as many pages listen as may
	busy    bool   // as many requests are worked on as may
	sent    string // the method that is sent, when it is not the described one
}

func describedRequests() []describedRequest {
	issue, cancel := issuePath+"x1", issuePath+"x1/cancel"
	agent := func(path, body string) *request {
		return post(body).nobody().with("Authorization", "Bearer token").to("/api/proactive/agent/v1/jobs/" + path)
	}
	again := func() *request { return post("").to(feedPath + "/redeliver?id=1").as("admin") }
	over := func() *request { return post("").to(handOverPath + "?within=72h").as("admin") }
	hello, succeeded := `{"actions":["a"],"os":"linux","agent_version":"1"}`, `{"status":"succeeded"}`
	all := []describedRequest{
		{request: post(goodBody), status: 200}, {request: post("{"), status: 400}, {request: post("{}"), status: 400},
		{request: post(goodBody), status: 400, away: errAway}, {request: post(goodBody).with("Content-Type", "text/plain"), status: 415},
		{request: get(issue), status: 200}, {request: get(issue + "?wait=x"), status: 400}, {request: get(issue + "0"), status: 404},
		{request: get(issue), status: 500, away: errFault}, {request: get(issue), status: 503, away: errAway},
		{request: post("").to(cancel).as("admin"), status: 200}, {request: post("").to(issuePath + "%20/cancel").as("admin"), status: 404},
		{request: post("").to(issuePath + "x2/cancel").as("admin"), status: 409},
		{request: post("").to(cancel).as("admin"), status: 500, away: errFault}, {request: post("").to(cancel).as("admin"), status: 503, away: errAway},
		{request: post(goodBody).to(simulatePath).as("admin"), status: 200}, {request: post(goodBody).to(simulatePath), status: 200},
		{request: post("{}").to(simulatePath), status: 200}, {request: post("{").to(simulatePath), status: 400},
		{request: post(goodBody).to(simulatePath).with("Content-Type", "text/plain"), status: 415},
		{request: post(goodBody).to(simulatePath), status: 500, away: errFault}, {request: post(goodBody).to(simulatePath), status: 503, away: errAway},
		{request: get(feedPath), status: 200}, {request: get(feedPath + "?limit=0"), status: 400},
		{request: get(feedPath), status: 500, away: errFault}, {request: get(feedPath), status: 503, away: errAway},
		{request: again(), status: 200}, {request: again().to(feedPath + "/redeliver"), status: 400},
		{request: again(), status: 500, away: errFault}, {request: again(), status: 503, away: errAway},
		{request: over(), status: 200}, {request: over().to(handOverPath), status: 400}, {request: over(), status: 409, away: schema.NoServiceDesk},
		{request: over(), status: 500, away: errFault}, {request: over(), status: 503, away: errAway},
		{request: get("/healthz"), status: 200}, {request: get("/readyz"), status: 200}, {request: get("/readyz"), status: 503, away: errAway},
		{request: get("/metrics"), status: 200}, {request: get("/openapi.yaml"), status: 200},
		{request: agent("next", hello), status: 200}, {request: agent("next", `{"actions":["a"],"os":"none"}`), status: 204},
		{request: agent("next", "{}"), status: 400}, {request: agent("next", hello).with("Content-Type", "text/xml"), status: 415},
		{request: agent("1/heartbeat", ""), status: 200}, {request: agent("job_not_wanted/heartbeat", ""), status: 410},
		{request: agent("1/result", succeeded), status: 200}, {request: agent("1/result", "x"), status: 400},
		{request: agent("result_differs/result", succeeded), status: 409}, {request: agent("job_not_wanted/result", succeeded), status: 410},
		{request: agent("1/result", succeeded).with("Content-Type", "text/xml"), status: 415},
	}
	for _, path := range []string{"/api/now/table/incident", "/api/now/table/incident/" + someIncidents[0]["sys_id"].Value, "/api/now/stats/incident?sysparm_count=true"} {
		desk := func() *request { return get(path).as("desk") }
		all = append(all, describedRequest{request: desk(), status: 200}, describedRequest{request: desk(), status: 500, away: errFault},
			describedRequest{request: desk(), status: 503, away: errAway}, describedRequest{request: desk().to(path + "?sysparm_limit=x&colour=red"), status: 400},
			describedRequest{request: desk(), status: 405, sent: http.MethodTrace})
	}
	all = append(all, describedRequest{request: get("/api/now/table/incident/0").as("desk"), status: 404})
	for _, each := range []func() *request{
		func() *request { return post(goodBody) },
		func() *request { return get(issue) },
		func() *request { return post("").to(cancel).as("admin") },
		func() *request { return get("/api/now/table/incident").as("desk") },
		func() *request { return get("/api/now/table/incident/0").as("desk") },
		func() *request { return get("/api/now/stats/incident").as("desk") },
		func() *request { return post(goodBody).to(simulatePath) },
		func() *request { return get(feedPath) }, again, over,
	} {
		if each().path != simulatePath { // which answers in JSON, whatever is wanted
			all = append(all, describedRequest{request: each().with("Accept", "text/html"), status: 406})
		}
		all = append(all,
			describedRequest{request: each().nobody(), status: 401}, describedRequest{request: each().as("stranger"), status: 403},
			describedRequest{request: each().as("nobody"), status: 429, limit: 1}, describedRequest{request: each(), status: 429, busy: true})
	}
	for _, each := range []func() *request{
		func() *request { return get(rowsPath).as("admin") },
		func() *request { return get(rowsPath + "/t1").as("admin") },
		func() *request { return post("").to(rowsPath + "/t1/update").as("admin") },
	} {
		all = append(all, describedRequest{request: each(), status: 200},
			describedRequest{request: each().nobody(), status: 401}, describedRequest{request: each().as("reader"), status: 403},
			describedRequest{request: each().as("nobody"), status: 429, limit: 1}, describedRequest{request: each(), status: 429, busy: true},
			describedRequest{request: each(), status: 500, away: errFault}, describedRequest{request: each(), status: 503, away: errAway},
			describedRequest{request: each(), status: 405, sent: http.MethodDelete})
	}
	all = append(all, describedRequest{request: get(rowsPath + "/t3").as("admin"), status: 404},
		describedRequest{request: post("").to(rowsPath + "/t3/update").as("admin"), status: 404},
		describedRequest{request: post("").to(rowsPath + "/t1/apply").as("admin"), status: 400},
		describedRequest{request: post("").to(rowsPath + "/t1/deploy").as("admin"), status: 409})
	all = append(all, describedWrites()...)
	for path, body := range map[string]string{"next": hello, "1/heartbeat": "", "1/result": succeeded} {
		all = append(all, describedRequest{request: agent(path, body).with("Authorization", "Bearer x"), status: 401},
			describedRequest{request: agent(path, body), status: 500, away: errFault}, describedRequest{request: agent(path, body), status: 503, away: errAway},
			describedRequest{request: agent(path, body), status: 429, busy: true})
	}
	for _, each := range []func() *request{
		func() *request { return post("") }, func() *request { return post("").to(simulatePath) }, func() *request { return get(issue) }, func() *request { return post("").to(cancel).as("admin") },
		func() *request { return get(feedPath) }, again, over,
		func() *request { return get("/healthz") }, func() *request { return get("/readyz") }, func() *request { return get("/metrics") },
		func() *request { return get("/openapi.yaml") }, func() *request { return agent("next", "") },
		func() *request { return agent("1/heartbeat", "") }, func() *request { return agent("1/result", "") },
		func() *request { return get("/help/open") }, func() *request { return formOf("/help/open", "") },
		func() *request { return get("/help/open/events") }, func() *request { return get("/help/assets/x") },
	} {
		all = append(all, describedRequest{request: each(), status: 405, sent: http.MethodDelete})
	}
	return all
}

// describedWrites lead to every status of the calls that change rows.
func describedWrites() (all []describedRequest) {
	id := someIncidents[0]["sys_id"].Value
	for method, path := range map[string]string{http.MethodPost: "/api/now/table/incident", http.MethodPut: "/api/now/table/incident/" + id,
		http.MethodPatch: "/api/now/table/incident/" + id, http.MethodDelete: "/api/now/table/interaction/" + id} {
		each := func() *request {
			return post(`{"sys_id": "` + id + `", "short_description": "Slow", "caller_id": "abel"}`).to(path).by(method).as("owner")
		}
		good := map[string]int{http.MethodPost: 201, http.MethodDelete: 204}[method]
		all = append(all, describedRequest{request: each(), status: max(good, 200)},
			describedRequest{request: each().with("If-Match", "x"), status: 400}, describedRequest{request: each().nobody(), status: 401},
			describedRequest{request: each().as("reader"), status: 403}, describedRequest{request: each(), status: 404, away: schema.ErrNoRecord},
			describedRequest{request: each().with("Accept", "text/html"), status: 406}, describedRequest{request: each(), status: 409, away: table.Conflict("No.")},
			describedRequest{request: each().as("nobody"), status: 429, limit: 1}, describedRequest{request: each(), status: 429, busy: true},
			describedRequest{request: each(), status: 500, away: errFault}, describedRequest{request: each(), status: 503, away: errAway})
		if method != http.MethodPost {
			all = append(all, describedRequest{request: each(), status: 412, away: table.Changed{ModCount: 2, Known: 1}})
		}
		if method != http.MethodDelete {
			all = append(all, describedRequest{request: each().with("Content-Type", "text/plain"), status: 415})
		}
	}
	return all
}

// describedPages lead to every status of the pages but 405.
func describedPages(stylesheet string) []describedRequest {
	all := []describedRequest{
		{request: get("/help/open"), status: 200}, {request: get("/help/other"), status: 404},
		{request: filled("/help/open", "reply", "accept"), status: 303}, {request: filled("/help/other", "reply", "accept"), status: 404},
		{request: filled("/help/closed", "reply", "accept"), status: 409}, {request: filled("/help/open", "reply", "x"), status: 422},
		{request: formOf("/help/open", "reply=accept"), status: 403}, {request: formOf("/help/open", strings.Repeat("x", 20_000)), status: 400},
		{request: formOf("/help/open", "{}").with("Content-Type", "application/json"), status: 415},
		{request: get("/help/closed/events"), status: 200}, {request: get("/help/closed/events?since=1"), status: 204},
		{request: get("/help/other/events"), status: 404}, {request: get("/help/open/events"), status: 429, crowd: true},
		{request: get(stylesheet), status: 200}, {request: get("/help/assets/x"), status: 404},
	}
	for _, each := range []func() *request{
		func() *request { return get("/help/open") }, func() *request { return get("/help/open/events") },
		func() *request { return filled("/help/open", "reply", "accept") },
	} {
		all = append(all, describedRequest{request: each(), status: 500, away: errFault}, describedRequest{request: each(), status: 503, away: errAway},
			describedRequest{request: each(), status: 429, busy: true})
	}
	return all
}

const rowsPath = "/api/sn_pren/self_remediation/issue_registry"

// validateAnswer sends one request and gives the path and the method that it was described under.
func validateAnswer(t *testing.T, router routers.Router, r describedRequest) (path, method string) {
	t.Helper()
	store, devices := describedStore(t)
	if r.away != nil {
		devices.away = r.away
		store.submit = func(context.Context, schema.Report) (string, error) { return "", r.away }
		store.simulate = func(context.Context, schema.Report, func(schema.StepFacts) (schema.Decision, error)) (schema.Simulation, error) {
			return schema.Simulation{}, r.away
		}
		store.issue = func(context.Context, string, int) (schema.Issue, error) { return schema.Issue{}, r.away }
		store.cancel = func(context.Context, string, string) (schema.State, error) { return "", r.away }
		store.ready = func(context.Context) error { return r.away }
	}
	conversations := &describedConversations{away: r.away, waiting: make(chan struct{})}
	config := api.Config{WrongLimit: r.limit}
	if r.busy {
		config.MaxRequests, config.QueueTimeout = 1, time.Millisecond
	}
	handler := api.New(config, store, api.With{Devices: devices, Tables: &fakeTables{rows: someIncidents, away: r.away}, TableWriter: &heldRows{refusal: r.away}, Conversations: conversations, Deployments: describedDeployments{r.away},
		Outcomes: &feeds{away: r.away, outcomes: someOutcomes()}}).Handler()
	if r.crowd {
		conversations.crowd(t, handler)
	}
	if r.busy {
		occupy(t, store, handler)
	}
	if r.limit > 0 {
		r.request.send(t, handler)
	}
	sent := *r.request
	if r.sent != "" {
		sent.method = r.sent
	}
	got := sendWith(t.Context(), &sent, handler)
	require.Equal(t, r.status, got.Code, "%s %s: %s", r.request.method, r.request.path, got.Body)
	asked := httptest.NewRequest(r.request.method, r.request.path, strings.NewReader(r.request.body))
	route, params, err := router.FindRoute(asked)
	require.NoError(t, err)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route},
		Status:                 got.Code, Header: got.Header(),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	input.SetBodyBytes(got.Body.Bytes())
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), input), "%s %s %d %s", r.request.method, r.request.path, got.Code, got.Body)
	return route.Path, route.Method
}

// decodeXML reads <response> as the object that the schemas describe; every text is a string.
func decodeXML(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
	decoder := xml.NewDecoder(body)
	type node struct {
		name   string
		fields map[string]any
		text   string
	}
	var open []*node
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			open = append(open, &node{name: t.Name.Local, fields: map[string]any{}})
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(t)
			}
		case xml.EndElement:
			last := open[len(open)-1]
			var value any = last.fields
			if len(last.fields) == 0 {
				value = last.text
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				return value, nil
			}
			open[len(open)-1].fields[last.name] = value
		}
	}
}

// Every route is described, and what is described is a route; the other methods are answered with 405, as described.
func TestEveryRouteIsDescribed(t *testing.T) {
	document, _ := described(t)
	store, devices := describedStore(t)
	routes := api.New(api.Config{}, store, api.With{Devices: devices, Tables: &fakeTables{}, TableWriter: &heldRows{}, Conversations: &describedConversations{}, Deployments: describedDeployments{},
		Outcomes: &feeds{}}).Routes()
	var wanted []string
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			wanted = append(wanted, method+" "+path)
		}
	}
	slices.Sort(routes)
	slices.Sort(wanted)
	require.Equal(t, wanted, routes)
}

// The tables that the description names are those of the dictionary.
func TestEveryTableIsDescribed(t *testing.T) {
	document, _ := described(t)
	var served []any
	for _, of := range table.All() {
		served = append(served, of.Name)
	}
	require.ElementsMatch(t, served, document.Components.Parameters["Table"].Value.Schema.Value.Enum)
}

// What a page's forms hold is what a reply is described to hold.
func TestAReplyIsDescribedAsThePagesSendIt(t *testing.T) {
	document, _ := described(t)
	reply := document.Components.Schemas["Reply"].Value
	page := get(helpPage).nobody().send(t, pages(asking(t))).Body.String()
	var hidden []string
	for _, field := range regexp.MustCompile(`type="hidden" name="(\w+)"`).FindAllStringSubmatch(page, -1) {
		require.Contains(t, reply.Properties, field[1])
		hidden = append(hidden, field[1])
	}
	require.NotEmpty(t, hidden)
	require.Subset(t, reply.Required, hidden)
}
