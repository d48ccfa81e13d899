package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"proactive/api"
	"proactive/schema"
)

// FuzzRequest: whatever a tool sends, with whatever headers and to whatever path, it is answered at once, in the platform's words, and
// what reaches Postgres can be stored. None of it is a fault of ours.
func FuzzRequest(f *testing.F) {
	for _, c := range documentedCases(f) {
		r := c.request()
		f.Add(r.method, r.path, r.header.Get("Content-Type"), r.header.Get("Accept"), "", r.body, uint8(0))
	}
	for _, seed := range [][]string{
		{"GET", issuePath + "x?wait=30s&since=3", "", "application/json;q=0.1, text/xml", "", ""},
		{"GET", issuePath + "x?wait=99999h&since=-1", "", "*/*;q=0", "Basic dG9vbDp0b29sLXNlY3JldA==", ""},
		{"PUT", "//api/sn_srf/v1/self_remediation/experience_issue/x/cancel", "text/xml; charset=utf-16", "image/png", "Basic !", "<a/>"},
		{"POST", issuePath + "%2e%2e/cancel", "", ",;q=,", "Bearer x", ""},
		{"BREW", "/", "application/vnd.x+json;a=\"", "", "basic AAAA", "{"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4], seed[5], uint8(3))
	}
	var kept []schema.Report
	store := newStore(f)
	accounts := map[string]schema.Account{}
	for name := range people {
		accounts[name], _ = store.account(f.Context(), name)
	}
	store.account = func(_ context.Context, name string) (schema.Account, error) { // that of newStore may not be called below
		if account, known := accounts[name]; known {
			return account, nil
		}
		return schema.Account{}, schema.ErrNoRecord
	}
	store.accountByKey = func(context.Context, []byte) (schema.Account, error) { return schema.Account{}, schema.ErrNoRecord }
	store.submit = func(_ context.Context, r schema.Report) (string, error) {
		kept = append(kept, r)
		return schema.NewSysID(), nil
	}
	store.issue = func(_ context.Context, id string, _ int) (schema.Issue, error) {
		return schema.Issue{ExperienceID: id, Provider: "sn", State: schema.ClosedComplete}, nil
	}
	store.cancel = func(context.Context, string, string) (schema.State, error) { return schema.ClosedCancelled, nil }
	handler := api.New(api.Config{MaxBody: 64 << 10}, store, api.With{}).Handler()
	callers := []string{"tool", "reader", "admin", "sn-tool"}
	for _, name := range callers { // they were right once, so no guess at a password can lock them out
		get(issuePath+"x").as(name).send(f, handler)
	}
	f.Fuzz(func(t *testing.T, method, target, contentType, accept, authorization, body string, caller uint8) {
		r, ok := requestOf(method, target, body, "Content-Type", contentType, "Accept", accept, "Authorization", authorization, "X-Sn-Apikey", authorization)
		if !ok {
			return
		}
		if name := callers[int(caller)%len(callers)]; authorization == "" {
			r.SetBasicAuth(name, name+"-secret")
		}
		kept = nil
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		checkAnswer(t, w)
		if created := w.Code == http.StatusOK && strings.HasSuffix(strings.TrimRight(r.URL.Path, "/"), "/create"); created != (len(kept) == 1) {
			t.Fatalf("%d, and %d reports were kept", w.Code, len(kept))
		}
		for _, report := range kept {
			if text := string(report.InputParameters) + string(report.InvestigativeDetails) + report.IssueCode + report.Provider + report.Endpoint.UserName; !utf8.ValidString(text) || strings.Contains(text, "\x00") {
				t.Fatalf("cannot be stored: %q", text)
			}
		}
	})
}

func documentedCases(f *testing.F) (cases []conformanceCase) {
	text, err := os.ReadFile("testdata/create_cases.json")
	if err != nil {
		f.Fatal(err)
	}
	if err := json.Unmarshal(text, &struct {
		Cases *[]conformanceCase `json:"cases"`
	}{&cases}); err != nil || len(cases) == 0 {
		f.Fatal("no cases", err)
	}
	return cases
}

// requestOf is a request as net/http reads it from a connection; not ok when it would refuse it itself.
func requestOf(method, target, body string, headers ...string) (r *http.Request, ok bool) {
	head := method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			head += headers[i] + ": " + headers[i+1] + "\r\n"
		}
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n")))
	if err != nil || r.URL.Path == "" {
		return nil, false
	}
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.RemoteAddr = "192.0.2.1:1"
	return r, true
}

var toTools = []int{200, 400, 401, 403, 404, 405, 406, 409, 415, 429}

func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if !slices.Contains(toTools, w.Code) {
		t.Fatalf("answered %d: %s", w.Code, w.Body)
	}
	if w.Code == http.StatusOK {
		return
	}
	var said failed
	var err error
	switch w.Header().Get("Content-Type") {
	case "application/json;charset=UTF-8":
		err = json.Unmarshal(w.Body.Bytes(), &said)
	case "application/xml;charset=UTF-8", "text/xml;charset=UTF-8":
		err = xml.Unmarshal(w.Body.Bytes(), &said)
	default:
		t.Fatalf("%d in %q", w.Code, w.Header().Get("Content-Type"))
	}
	if err != nil && w.Body.Len() > 0 || w.Body.Len() > 4<<10 {
		t.Fatalf("%d: %v: %s", w.Code, err, w.Body)
	}
	if w.Body.Len() > 0 && (said.Error.Message == "" || said.Error.Detail == "" || said.Status != "failure") {
		t.Fatalf("%d without a sentence: %s", w.Code, w.Body)
	}
}

// failed is an answer that is no success, in JSON and XML.
type failed struct {
	Error struct {
		Message string `json:"message" xml:"message"`
		Detail  string `json:"detail" xml:"detail"`
	} `json:"error" xml:"error"`
	Status string `json:"status" xml:"status"`
}

// FuzzAgentsBody: whatever an agent sends, what reaches Postgres is bounded, and the rest is refused with a sentence.
func FuzzAgentsBody(f *testing.F) {
	f.Add("next?wait=30s", "application/json", hello)
	f.Add(someJob+"/heartbeat", "", `{}`)
	f.Add(someJob+"/result", "application/json", `{"status":"succeeded","message":"Done.","output":{"freed":"2 GB"}}`)
	f.Add("%00/result", "text/xml", `{"status":"succeeded","output":[`+strings.Repeat("[", 40))
	f.Add("next", "application/json", `{"agent_version":"\u0000","os":"\ud800","actions":[null,1]}`)
	devices := &fakeDevices{}
	var agent schema.AgentInfo
	var job string
	devices.next = func(_ string, info schema.AgentInfo) (*schema.Job, time.Time, error) {
		agent = info
		return &schema.Job{ID: someJob}, time.Time{}, nil
	}
	devices.heartbeat = func(_, id string) (time.Time, error) { job = id; return time.Time{}, nil }
	devices.finish = func(_, id string, _ schema.ActionResult) error { job = id; return nil }
	handler := api.New(api.Config{MaxBody: 64 << 10}, newStore(f), api.With{Devices: devices}).Handler()
	plain := func(text string) bool {
		return len(text) <= 100 && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
	}
	f.Fuzz(func(t *testing.T, path, contentType, body string) {
		r, ok := requestOf(http.MethodPost, "/api/proactive/agent/v1/jobs/"+path, body, "Content-Type", contentType, "Authorization", "Bearer "+agentToken)
		if !ok {
			return
		}
		agent, job = schema.AgentInfo{}, ""
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		checkAnswer(t, w)
		if len(agent.Actions) > 100 || slices.ContainsFunc(append(agent.Actions, agent.Version, agent.OS, job), func(text string) bool { return !plain(text) }) {
			t.Fatalf("reached Postgres: %q %+v", job, agent)
		}
	})
}

// FuzzLink: whatever a browser, or what pretends to be one, makes of a link, it gets a page, and only a form of that page acts.
func FuzzLink(f *testing.F) {
	f.Add("GET", aToken, "", "", "", "")
	f.Add("POST", aToken, "http://127.0.0.1", "same-origin", "application/x-www-form-urlencoded", "reply=accept")
	f.Add("POST", aToken+"/?csrf=x", "null", "cross-site", "multipart/form-data; boundary=x", "--x--")
	f.Add("GET", aToken+"/events?since=-1", "", "", "", "")
	f.Add("GET", "assets/%2e%2e%2fpage.css", "", "", "", "")
	f.Add("GET", "%3Cscript%3Ealert(1)%3C/script%3E", "http://<script>", "", "", "")
	conversations := asking(f)
	conversations.conversation = func(context.Context) (schema.View, error) {
		view := asked()
		view.State = schema.ClosedComplete // a stream has nothing to wait for
		return view, nil
	}
	handler := pages(conversations)
	f.Fuzz(func(t *testing.T, method, path, origin, site, contentType, body string) {
		r, ok := requestOf(method, schema.ConversationPath+path, body, "Origin", origin, "Sec-Fetch-Site", site, "Content-Type", contentType, "Last-Event-ID", origin)
		if !ok || strings.Contains(body, "csrf") {
			return
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if !slices.Contains([]int{200, 204, 400, 403, 404, 405, 406, 415, 422, 429}, w.Code) {
			t.Fatalf("answered %d: %s", w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "<script>") || w.Body.Len() > 256<<10 {
			t.Fatalf("%s", w.Body)
		}
	})
}
