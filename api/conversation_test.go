package api_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// aToken is as links have them.
var (
	aToken   = schema.LinkToken([]byte("key"), "0123456789abcdef0123456789abcdef")
	helpPage = schema.ConversationPath + aToken
)

// conversations know one link, unless a function says otherwise. Replies are refused where a test does not expect them.
type conversations struct {
	t            testing.TB
	lookups      atomic.Int32
	conversation func(ctx context.Context) (schema.View, error)
	reply        func(ctx context.Context, reply schema.Reply) (schema.View, error)
	waitIssue    func(ctx context.Context, id string, since int) error
}

func (f *conversations) Conversation(ctx context.Context, tokenHash []byte) (schema.View, error) {
	f.lookups.Add(1)
	if !bytes.Equal(tokenHash, schema.HashToken(aToken)) {
		return schema.View{}, schema.ErrNoRecord
	}
	return f.conversation(ctx)
}

func (f *conversations) Reply(ctx context.Context, tokenHash []byte, reply schema.Reply) (schema.View, error) {
	f.lookups.Add(1)
	if !bytes.Equal(tokenHash, schema.HashToken(aToken)) {
		return schema.View{}, schema.ErrNoRecord
	}
	if f.reply == nil {
		f.t.Errorf("replied %+v", reply)
		return schema.View{}, errors.New("replied")
	}
	return f.reply(ctx, reply)
}

func (f *conversations) WaitIssue(ctx context.Context, id string, since int) error {
	return f.waitIssue(ctx, id, since)
}

// asked is a person who is asked whether they want help.
func asked() schema.View {
	return schema.View{Organisation: "Service Desk", Language: "en", Device: "LAPTOP-7", ExperienceID: "x1", Provider: "sn", IssueCode: "100",
		Found: "A program uses all of the processor.", State: schema.InProgress, Step: 1, Events: 3,
		Conversation: schema.Conversation{State: schema.ConversationAsked, Mode: schema.Engage, Resolution: schema.ResolveByAction, Consent: true}}
}

func asking(t testing.TB) *conversations {
	return &conversations{t: t, conversation: func(context.Context) (schema.View, error) { return asked(), nil }}
}

// pages is the door with nothing but pages.
func pages(f *conversations) http.Handler {
	return api.New(api.Config{}, nil, api.With{Conversations: f}).Handler()
}

func TestThePageOfALink(t *testing.T) {
	f := asking(t)
	for _, accept := range []string{"", "text/html", "application/json", "application/xml", "image/png"} {
		got := get(helpPage).nobody().with("Accept", accept).send(t, pages(f))
		require.Equal(t, http.StatusOK, got.Code)
		require.Equal(t, "text/html;charset=UTF-8", got.Header().Get("Content-Type"))
		require.Contains(t, got.Body.String(), "A program uses all of the processor.")
		require.Contains(t, got.Body.String(), `action="`+helpPage+`"`)
		require.Contains(t, got.Body.String(), `data-events="3"`)
	}
	require.Equal(t, http.StatusOK, get(helpPage).nobody().by("HEAD").send(t, pages(f)).Code)
	require.Equal(t, http.StatusOK, get("/"+helpPage+"/").nobody().send(t, pages(f)).Code, "one path has many ways to be written")
}

// "GET never decides anything (mail scanners click)."
func TestReadingALinkAThousandTimesDecidesNothing(t *testing.T) {
	f := asking(t) // a reply fails the test
	f.waitIssue = func(context.Context, string, int) error { return errors.New("x") }
	closed := asked()
	closed.State = schema.ClosedComplete
	handler := pages(f)
	queries := []string{"", "?reply=accept&csrf=" + proofOf(t, handler), "?reply=decline", "?_method=POST"}
	for i := range 1000 {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			r := get(helpPage+queries[i%len(queries)]).nobody().by(method).with("X-HTTP-Method-Override", "POST")
			r.body = "reply=accept&csrf=" + proofOf(t, handler)
			require.Equal(t, http.StatusOK, r.with("Content-Type", "application/x-www-form-urlencoded").send(t, handler).Code)
		}
	}
	f.conversation = func(context.Context) (schema.View, error) { return closed, nil }
	require.Equal(t, http.StatusOK, get(helpPage+"/events?reply=accept").nobody().send(t, handler).Code)
}

// "Strict CSP, no referrer, no caching", and the rest that keeps a page to itself.
func TestThePageKeepsToItself(t *testing.T) {
	want := map[string]string{
		"Content-Security-Policy":      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Referrer-Policy":              "no-referrer",
		"Cache-Control":                "no-store",
		"X-Frame-Options":              "DENY",
		"X-Robots-Tag":                 "noindex",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	f := asking(t)
	f.reply = func(context.Context, schema.Reply) (schema.View, error) { return asked(), nil }
	plain, secure := pages(f), api.New(api.Config{TLSCert: "c.pem", TLSKey: "k.pem"}, nil, api.With{Conversations: f}).Handler()
	for _, r := range []*request{get(helpPage), get(helpPage + "x"), get(helpPage).by("DELETE"), filled(helpPage, "reply", "accept"), formOf(helpPage, "")} {
		got := r.nobody().send(t, plain)
		for name, value := range want {
			require.Equal(t, value, got.Header().Get(name), "%s %s", r.method, name)
		}
		require.Empty(t, got.Header().Get("Strict-Transport-Security"))
		require.Equal(t, "max-age=31536000", r.send(t, secure).Header().Get("Strict-Transport-Security"))
	}
	page := get(helpPage).nobody().send(t, plain).Body.String()
	require.NotRegexp(t, `(?i)style=|<style|onclick|javascript:|<script>`, page, "the policy would not let it")
}

// "For a foreign or guessed token, one and the same 404 page in the same time": one look-up, whatever the token looks like.
func TestWhateverLeadsNowhereIsOneAndTheSame(t *testing.T) {
	f := asking(t)
	handler := pages(f)
	want := get(schema.ConversationPath+strings.Repeat("A", len(aToken))).nobody().send(t, handler)
	require.Equal(t, http.StatusNotFound, want.Code)
	require.NotContains(t, want.Body.String(), "LAPTOP-7")
	want.Header().Del("X-Transaction-ID")
	same := func(r *request) {
		t.Helper()
		f.lookups.Store(0)
		got := r.nobody().send(t, handler)
		require.Equal(t, http.StatusNotFound, got.Code, "%s %s", r.method, r.path)
		require.Equal(t, want.Body.String(), got.Body.String())
		got.Header().Del("X-Transaction-ID")
		require.Equal(t, want.Header(), got.Header())
		require.EqualValues(t, 1, f.lookups.Load(), "%s %s", r.method, r.path)
	}
	for _, path := range []string{"x", aToken[1:], aToken + "A", strings.ToLower(aToken), strings.Repeat("x", 50_000), "%00", "%ff%fe", "a%2Fb", "a/b/c", "..",
		"../healthz", "%3Cscript%3E", "assets", "", aToken + "%20", aToken + "/other", "events/events/events", "assets/a/b"} {
		same(get(schema.ConversationPath + path))
	}
	same(get("/help"))
	for _, token := range []string{"x", aToken + "A"} {
		path := schema.ConversationPath + token
		same(get(path + "/events"))
		same(filled(path, "reply", "accept"))
		same(filled(path, "reply", "nonsense"))
		same(formOf(path, "reply=accept"))
		same(formOf(path, "%zz"))
		same(formOf(path, strings.Repeat("x", 20_000)))
		same(formOf(path, "{}").with("Content-Type", "application/json"))
	}
	f.conversation = func(context.Context) (schema.View, error) { return schema.View{}, schema.ErrNoRecord } // seven days after the end
	f.reply = func(context.Context, schema.Reply) (schema.View, error) { return schema.View{}, schema.ErrNoRecord }
	same(get(helpPage))
	same(get(helpPage + "/events"))
	same(filled(helpPage, "reply", "accept"))
}

// The pages are there for who serves them alone.
func TestWithoutConversationsThereAreNoPages(t *testing.T) {
	require.Equal(t, http.StatusBadRequest, get(helpPage).nobody().send(t, door(newStore(t))).Code)
	require.Equal(t, http.StatusBadRequest, get("/helpers").nobody().send(t, pages(asking(t))).Code)
}

func TestFaultsArePagesToo(t *testing.T) {
	f := asking(t)
	for _, row := range []struct {
		err        error
		status     int
		retryAfter string
	}{{errAway, http.StatusServiceUnavailable, "5"}, {context.DeadlineExceeded, http.StatusServiceUnavailable, "5"}, {errFault, http.StatusInternalServerError, ""}} {
		f.conversation = func(context.Context) (schema.View, error) { return schema.View{}, row.err }
		f.reply = func(context.Context, schema.Reply) (schema.View, error) { return schema.View{}, row.err }
		for _, r := range []*request{get(helpPage), get(helpPage + "/events"), filled(helpPage, "reply", "accept"), formOf(helpPage, "")} {
			got := r.nobody().with("Accept", "application/json").send(t, pages(f))
			require.Equal(t, row.status, got.Code, "%s %s", r.method, r.path)
			require.Equal(t, row.retryAfter, got.Header().Get("Retry-After"))
			require.Equal(t, "text/html;charset=UTF-8", got.Header().Get("Content-Type"))
			require.NotContains(t, got.Body.String(), "secret")
			require.NotContains(t, got.Body.String(), "10.1.2.3")
		}
	}
}

func TestOtherMethodsAreNotAllowed(t *testing.T) {
	f := asking(t)
	for path, allow := range map[string]string{helpPage: "GET, HEAD, POST", helpPage + "/events": "GET, HEAD", schema.ConversationPath + "assets/x": "GET, HEAD"} {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
			got := get(path).nobody().by(method).send(t, pages(f))
			require.Equal(t, http.StatusMethodNotAllowed, got.Code)
			require.Equal(t, allow, got.Header().Get("Allow"))
			require.Equal(t, "text/html;charset=UTF-8", got.Header().Get("Content-Type"))
		}
	}
	require.Zero(t, f.lookups.Load())
}

var assetLink = regexp.MustCompile(`(?:href|src)="(/help/assets/[^"]+)"`)

// What a page links to is there, and is kept for good.
func TestTheAssetsOfThePages(t *testing.T) {
	handler := pages(asking(t))
	links := assetLink.FindAllStringSubmatch(get(helpPage).nobody().send(t, handler).Body.String(), -1)
	require.Len(t, links, 3)
	for _, link := range links {
		got := get(link[1]).nobody().send(t, handler)
		require.Equal(t, http.StatusOK, got.Code)
		require.Equal(t, "public, max-age=31536000, immutable", got.Header().Get("Cache-Control"))
		require.Equal(t, "nosniff", got.Header().Get("X-Content-Type-Options"))
		require.NotEmpty(t, got.Header().Get("Content-Type"))
		require.NotEmpty(t, got.Body.Bytes())
	}
	none := get(schema.ConversationPath+"assets/style.css").nobody().send(t, handler)
	require.Equal(t, http.StatusNotFound, none.Code)
	require.Equal(t, "no-store", none.Header().Get("Cache-Control"))
}

// "Tokens are never logged", nor counted: whoever reads them in a log could answer for people.
func TestNoTokenIsInTheLogOrTheMetrics(t *testing.T) {
	var log bytes.Buffer
	f := asking(t)
	registry := prometheus.NewRegistry()
	handler := api.New(api.Config{}, issues(t, anIssue), api.With{Conversations: f, Metrics: registry,
		Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}).Handler()
	f.reply = func(context.Context, schema.Reply) (schema.View, error) { return asked(), nil }
	f.waitIssue = func(context.Context, string, int) error { return schema.ErrNoRecord }
	requests := []*request{get(helpPage), get("/" + helpPage + "/"), get(helpPage + "?x=" + aToken), get(helpPage).by("DELETE"), get(helpPage).by("BREW"),
		get(helpPage + "/events"), get(helpPage + "/other"), get(schema.ConversationPath + "assets/" + aToken), get(helpPage).with("X-Forwarded-Uri", helpPage),
		filled(helpPage, "reply", "accept"), filled(helpPage, "reply", "nonsense"), formOf(helpPage, "reply="+aToken), formOf(helpPage, aToken).with("Content-Type", aToken)}
	send := func() {
		for _, r := range requests {
			log.Reset()
			r.nobody().send(t, handler)
			require.Equal(t, 1, strings.Count(log.String(), `"msg":"request"`), log.String())
			require.NotContains(t, log.String(), aToken, "%s %s", r.method, r.path)
		}
	}
	send()
	f.conversation = func(context.Context) (schema.View, error) { panic("oops") }
	f.reply = func(context.Context, schema.Reply) (schema.View, error) { panic("oops") }
	send()
	f.conversation = func(context.Context) (schema.View, error) { return schema.View{}, errFault }
	f.reply = func(context.Context, schema.Reply) (schema.View, error) { return schema.View{}, errAway }
	send()
	page := get("/metrics").nobody().send(t, handler).Body.String()
	require.NotContains(t, page, aToken)
	require.Contains(t, page, `proactive_http_requests_total{method="GET",route="/help/:token",status="200"}`)
}

func TestTheLogSaysWhichIssueAPageIsAbout(t *testing.T) {
	var log bytes.Buffer
	f := asking(t)
	handler := api.New(api.Config{}, nil, api.With{Conversations: f, Log: slog.New(slog.NewJSONHandler(&log, nil))}).Handler()
	get(helpPage).nobody().send(t, handler)
	require.Contains(t, log.String(), `"route":"/help/:token","status":200`)
	require.Contains(t, log.String(), `"experience_id":"x1"`)
	log.Reset()
	f.reply = func(context.Context, schema.Reply) (schema.View, error) { return asked(), schema.ReplyTooLate }
	filled(helpPage, "reply", "accept").send(t, handler)
	require.Contains(t, log.String(), `"status":409`)
	require.Contains(t, log.String(), `"experience_id":"x1","message":"Reply refused: too_late"`)
}

// proofOf is the csrf of the page's forms.
func proofOf(t testing.TB, handler http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, helpPage, nil))
	found := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(w.Body.String())
	require.Len(t, found, 2, "no csrf in %s", w.Body)
	return found[1]
}
