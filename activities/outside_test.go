package activities

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// letters is Postgres as Outside sees it.
type letters struct {
	event    schema.OutcomeEvent
	incident schema.DeskIncident
	config   string
	err      error
}

func (l *letters) OutcomeLetter(context.Context, string) (schema.OutcomeEvent, []byte, error) {
	return l.event, []byte(l.config), l.err
}

func (l *letters) IncidentLetter(context.Context, string, string) (schema.DeskIncident, error) {
	l.incident.Config = json.RawMessage(l.config)
	return l.incident, l.err
}

// teller is Outside with something to tell.
type teller struct {
	*letters
	*Outside
	t       *testing.T
	secrets map[string]string
}

func tells(t *testing.T, config string) *teller {
	t.Helper()
	allow, err := ParseAllowList("127.0.0.1")
	require.NoError(t, err)
	l := &letters{config: config,
		event: schema.OutcomeEvent{ID: messageID, ExperienceID: "exp-1", Provider: "sn", IssueCode: "100", Step: 2, State: schema.ClosedIncomplete,
			EndReason: schema.ActionFailed, Sequence: 3, At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		incident: schema.DeskIncident{SysID: messageID, Number: "INC0010001", ShortDescription: "High CPU usage", Description: "It was busy.", WorkNotes: "12:00 begun",
			ContactType: "monitoring", Impact: 2, Urgency: 3, AssignmentGroup: "Service Desk", CI: "ci-1", CorrelationID: "exp-1", CorrelationDisplay: "sn",
			UserName: "abel.tuter", Email: "abel@example.com", Desk: schema.DeskServiceNow}}
	secrets := map[string]string{"HOOK": whsec, "DESK": "s3cret"}
	o := &teller{l, NewOutside(l, allow.WithSecrets(boundTo(t, secrets)), NewHosts(DefaultPerHost)), t, secrets}
	o.Outside.secrets.find = func(name string) (string, error) {
		if value, set := o.secrets[name]; set {
			return value, nil
		}
		return "", errors.New("secret " + name + " is not set")
	}
	return o
}

func (o *teller) outcome() schema.DispatchAttempt {
	o.t.Helper()
	a, err := o.Deliver(o.t.Context(), schema.Dispatch{SysID: "d", Outcome: messageID})
	require.NoError(o.t, err)
	return a
}

func hookAt(url string) string { return `{"url":"` + url + `/outcomes","secret":{"$secret":"HOOK"}}` }

func TestAnOutcomeIsSignedAndNamesNobody(t *testing.T) {
	d := newDesk(t, status(204))
	a := tells(t, hookAt(d.URL)).outcome()
	require.True(t, a.Delivered)
	require.Equal(t, 204, a.Status)
	require.Len(t, d.requests(), 1)
	got := d.requests()[0]
	require.Equal(t, messageID, got.Header.Get("webhook-id"))
	key, failed := signingKey(whsec)
	require.Nil(t, failed)
	var document struct {
		Type      string
		Timestamp time.Time
		Data      json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &document))
	require.Equal(t, signature(key, messageID, document.Timestamp, []byte(got.body)), got.Header.Get("webhook-signature"))
	require.Equal(t, "outcome.closed_incomplete", document.Type)
	require.JSONEq(t, `{"id":"`+messageID+`","experience_id":"exp-1","provider":"sn","issue_code":"100","step":2,"state":"closed_incomplete",
		"end_reason":"action_failed","sequence":3,"at":"2026-01-02T03:04:05Z"}`, string(document.Data))
}

func TestHowAnAnswerToAnOutcomeIsJudged(t *testing.T) {
	for code, want := range map[int]struct{ delivered, giveUp bool }{200: {true, false}, 202: {true, false}, 302: {}, 400: {}, 404: {}, 410: {false, true}, 429: {}, 500: {}} {
		d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(code)
		})
		a := tells(t, hookAt(d.URL)).outcome()
		assert.Equal(t, want.delivered, a.Delivered, code)
		assert.Equal(t, want.giveUp, a.GiveUp, code)
		assert.Equal(t, 2*time.Minute, a.After, code)
		assert.Contains(t, a.Detail, " answered ")
	}
}

// What an operator can mend is tried again.
func TestAnOutcomeThatCannotBeSentSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ config, says string }{
		"off the list":   {`{"url":"https://t0ken.example.com/","secret":{"$secret":"HOOK"}}`, "can add it to PROACTIVE_HTTP_ALLOW."},
		"secret not set": {`{"url":"https://127.0.0.1/t0ken","secret":{"$secret":"NONE"}}`, "Secret NONE is not set."},
		"no url":         {`{"url":"http://%zz/t0ken","secret":{"$secret":"HOOK"}}`, "The webhook's url must be an absolute address"},
		"no settings":    {`1`, "The webhook's settings cannot be read."},
	} {
		a := tells(t, c.config).outcome()
		assert.False(t, a.Delivered || a.GiveUp || a.Busy, name)
		assert.Contains(t, a.Detail, c.says, name)
		assert.NotContains(t, a.Detail, "/t0ken", name)
	}
}

func TestABusyHostIsNoAttempt(t *testing.T) {
	d := newDesk(t, status(204))
	o := tells(t, hookAt(d.URL))
	o.hosts.perHost = 1
	leave, busy := o.hosts.Enter(strings.TrimPrefix(d.URL, "http://"))
	require.Nil(t, busy)
	defer leave()
	a := o.outcome()
	require.True(t, a.Busy)
	require.Positive(t, a.After)
	require.Empty(t, d.requests())
}

// tableAPI is a small service desk's system that speaks the Table API to the letter, as far as we speak it.
type tableAPI struct {
	*desk
	mu        sync.Mutex
	incidents []map[string]string
	users     []map[string]string
	before    func(w http.ResponseWriter, r *http.Request) (answered bool) // instead of the usual answer
	after     func(w http.ResponseWriter, r *http.Request) (answered bool) // when it has done what was asked
}

func newTableAPI(t *testing.T) *tableAPI {
	s := &tableAPI{users: []map[string]string{{"sys_id": "u1", "user_name": "abel.tuter", "email": "abel@example.com"}}}
	s.desk = newDesk(t, s.serve)
	return s
}

func (s *tableAPI) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.before != nil && s.before(w, r) {
		return
	}
	var result any
	code := http.StatusOK
	switch r.Method + " " + r.URL.Path {
	case "GET /api/now/table/incident":
		result = matching(s.incidents, r.URL.Query().Get("sysparm_query"))
	case "GET /api/now/table/sys_user":
		result = matching(s.users, r.URL.Query().Get("sysparm_query"))
	case "POST /api/now/table/incident":
		result, code = s.create(s.heardLast()), http.StatusCreated
	default:
		http.Error(w, `{"error":{"message":"Invalid table","detail":null},"status":"failure"}`, http.StatusBadRequest)
		return
	}
	if s.after != nil && s.after(w, r) {
		return
	}
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]any{"result": result})
}

func (s *tableAPI) heardLast() string {
	all := s.requests()
	return all[len(all)-1].body
}

func (s *tableAPI) create(body string) map[string]string {
	record := map[string]string{}
	if err := json.Unmarshal([]byte(body), &record); err != nil {
		panic(err)
	}
	record["sys_id"], record["number"] = "f1", "INC0012345"
	s.incidents = append(s.incidents, record)
	return record
}

// matching are the records that equal the first term of a query.
func matching(records []map[string]string, query string) []map[string]string {
	found := []map[string]string{}
	name, value, _ := strings.Cut(strings.Split(query, "^")[0], "=")
	for _, r := range records {
		if r[name] == value {
			found = append(found, r)
		}
	}
	return found
}

func (s *tableAPI) posts() (n int) {
	for _, r := range s.requests() {
		if r.Method == http.MethodPost {
			n++
		}
	}
	return n
}

// handsOver has an incident for the instance, signing in with a key.
func handsOver(t *testing.T, s *tableAPI, more string) *teller {
	return tells(t, `{"instance":"`+s.URL+`","api_key":{"$secret":"DESK"}`+more+`}`)
}

func (o *teller) incidentOnce() schema.DispatchAttempt {
	o.t.Helper()
	a, err := o.Deliver(o.t.Context(), schema.Dispatch{SysID: "d", Incident: messageID, Receiver: "desk"})
	require.NoError(o.t, err)
	return a
}

func TestAnIncidentIsWrittenByTheTableAPIAndLearnsItsNumberThere(t *testing.T) {
	s := newTableAPI(t)
	o := handsOver(t, s, `,"caller":"user_name","fields":{"category":"software","cmdb_ci":"","impact":"1"}`)
	a := o.incidentOnce()
	require.True(t, a.Delivered)
	require.Equal(t, schema.ForeignRecord{SysID: "f1", Number: "INC0012345"}, a.Foreign)
	require.Equal(t, []map[string]string{{"sys_id": "f1", "number": "INC0012345", "short_description": "High CPU usage", "description": "It was busy.",
		"work_notes": "12:00 begun", "contact_type": "monitoring", "impact": "1", "urgency": "3", "assignment_group": "Service Desk", "correlation_id": "exp-1",
		"correlation_display": "sn", "caller_id": "u1", "category": "software"}}, s.incidents)
	for _, r := range s.requests() {
		require.Equal(t, "s3cret", r.Header.Get("x-sn-apikey"))
	}
	a = o.incidentOnce()
	require.True(t, a.Delivered)
	require.Equal(t, "INC0012345", a.Foreign.Number)
	require.Equal(t, 1, s.posts(), "it is there")
}

func TestWhatAnInstanceObjectsToIsKeptWithTheAttempt(t *testing.T) {
	s := newTableAPI(t)
	for body, want := range map[string]string{
		`{"error":{"message":"There is no field category\n in incident.","detail":null},"status":"failure"}`: "It says: There is no field category in incident.",
		`{"error":{"message":"a","detail":"` + strings.Repeat("ö", 400) + `"}}`:                              "It says: a " + strings.Repeat("ö", 298) + "…",
		`<html>`: "",
	} {
		s.before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				http.Error(w, body, http.StatusBadRequest)
			}
			return r.Method == http.MethodPost
		}
		a := handsOver(t, s, "").incidentOnce()
		require.False(t, a.Delivered || a.Unclear || a.GiveUp)
		require.Equal(t, want, a.Said)
		require.NotContains(t, a.Detail, "field", "logs have it")
	}
}

func TestNothingThatAnInstanceWouldRunIsAskedFor(t *testing.T) {
	s := newTableAPI(t)
	o := handsOver(t, s, `,"caller":"user_name"`)
	o.incident.UserName = "javascript:gs.getUserID()"
	require.True(t, o.incidentOnce().Delivered)
	require.Contains(t, s.incidents[0]["work_notes"], "No single user there has the user_name")
	o.incident.CorrelationID = "JavaScript:x.y"
	a := o.incidentOnce()
	require.True(t, a.GiveUp)
	require.Contains(t, a.Detail, "run it as a script")
	require.Equal(t, 1, s.posts())
	for _, r := range s.requests() {
		require.NotContains(t, strings.ToLower(r.URL.RawQuery), "javascript")
	}
}

func TestTheWaysToSignIn(t *testing.T) {
	for config, want := range map[string]string{
		`"username":"pro","password":{"$secret":"DESK"}`: "Basic cHJvOnMzY3JldA==",
		`"token":{"$secret":"DESK"}`:                     "Bearer s3cret",
	} {
		s := newTableAPI(t)
		require.True(t, tells(t, `{"instance":"`+s.URL+`",`+config+`}`).incidentOnce().Delivered)
		require.Equal(t, want, s.requests()[0].Header.Get("Authorization"))
	}
}

func TestACallerWhoIsNotThereIsSaidInTheWorkNotes(t *testing.T) {
	s := newTableAPI(t)
	s.users = nil
	require.True(t, handsOver(t, s, `,"caller":"email"`).incidentOnce().Delivered)
	require.NotContains(t, s.incidents[0], "caller_id")
	require.Contains(t, s.incidents[0]["work_notes"], "No single user there has the email of the person whom this is about: abel@example.com")
}

// Whatever happens to the answer, there is one incident in the end.
func TestAnIncidentIsNotDoubledByAnAnswerThatDoesNotCome(t *testing.T) {
	post := func(answer func(w http.ResponseWriter)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				answer(w)
			}
			return r.Method == http.MethodPost
		}
	}
	for name, answer := range map[string]func(w http.ResponseWriter){
		"it hangs up":       func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"it says 500":       func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"it says something": func(w http.ResponseWriter) { w.Write([]byte(`<html>Your instance is hibernating</html>`)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newTableAPI(t)
			s.after = post(answer)
			a := handsOver(t, s, "").incidentOnce()
			require.True(t, a.Delivered, "it is found by the second look")
			require.Equal(t, "INC0012345", a.Foreign.Number)

			s = newTableAPI(t)
			s.before = post(answer)
			o := handsOver(t, s, "")
			a = o.incidentOnce()
			require.False(t, a.Delivered)
			require.True(t, a.Unclear)
			s.before = nil
			require.True(t, o.incidentOnce().Delivered)
			require.Len(t, s.incidents, 1)
		})
	}
}

// Nothing is written where it cannot be known what is there already.
func TestAnIncidentIsNotWrittenBlindly(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"a page":       func(w http.ResponseWriter) { w.Write([]byte(`<html>Your instance is hibernating</html>`)) },
		"an error":     func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) },
		"no such path": func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) },
		"all incidents": func(w http.ResponseWriter) {
			w.Write([]byte(`{"result":[{"sys_id":"other","correlation_id":"exp-9"}]}`))
		},
		"without the correlation_id": func(w http.ResponseWriter) { w.Write([]byte(`{"result":[{"sys_id":"other","number":"INC1"}]}`)) },
		"no result":                  func(w http.ResponseWriter) { w.Write([]byte(`{}`)) },
	} {
		s := newTableAPI(t)
		s.before = func(w http.ResponseWriter, _ *http.Request) bool { answer(w); return true }
		a := handsOver(t, s, "").incidentOnce()
		assert.False(t, a.Delivered || a.GiveUp, name)
		assert.NotEmpty(t, a.Detail, name)
		assert.Zero(t, s.posts(), name)
	}
	s := newTableAPI(t)
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			w.Write([]byte(`{"error":{"message":"No Record found","detail":"Record doesn't exist or ACL restricts the record retrieval"},"status":"failure"}`))
		}
		return r.Method == http.MethodGet
	}
	require.True(t, handsOver(t, s, "").incidentOnce().Delivered, "as some versions say that there are none")
}

// Another integration may have chosen the same correlation_id: its incident is not ours, and keeps ours from nothing.
func TestAnIncidentOfAnotherIntegrationIsNotTakenForOurs(t *testing.T) {
	s := newTableAPI(t)
	s.incidents = []map[string]string{{"sys_id": "theirs", "number": "INC1", "correlation_id": "exp-1", "correlation_display": "Dynatrace"}}
	o := handsOver(t, s, "")
	for range 2 {
		a := o.incidentOnce()
		require.True(t, a.Delivered)
		require.Equal(t, "INC0012345", a.Foreign.Number)
		require.Equal(t, 1, s.posts())
	}
	require.Len(t, s.incidents, 2)

	s.incidents[0]["correlation_display"] = "sn"
	require.Equal(t, "INC1", o.incidentOnce().Foreign.Number)

	s.incidents = s.incidents[:1]
	s.incidents[0]["correlation_display"] = ""
	a := o.incidentOnce()
	require.False(t, a.Delivered)
	require.Contains(t, a.Detail, "may the account read correlation_display?")

	s.incidents[0]["correlation_display"] = "proactive"
	require.Equal(t, "INC1", handsOver(t, s, `,"fields":{"correlation_display":"proactive"}`).incidentOnce().Foreign.Number, "the settings say how ours are called there")

	s.incidents = nil
	for range mostRecords {
		s.incidents = append(s.incidents, map[string]string{"sys_id": "x", "correlation_id": "exp-1", "correlation_display": "Dynatrace"})
	}
	a = o.incidentOnce()
	require.False(t, a.Delivered)
	require.Contains(t, a.Detail, "may be among those that it did not show")
	require.Equal(t, 1, s.posts())
}

// slowInstance answers as late as it may, and what is written never.
type slowInstance struct{ requests int }

func (s *slowInstance) RoundTrip(r *http.Request) (*http.Response, error) {
	s.requests++
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.WroteHeaders()
	}
	late := time.NewTimer(instanceTimeout - time.Millisecond)
	defer late.Stop()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-late.C:
	}
	if r.Method == http.MethodPost {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Request: r, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"result":[]}`))}, nil
}

func TestNoAttemptTakesLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := tells(t, `{"instance":"http://127.0.0.1","api_key":{"$secret":"DESK"},"caller":"user_name"}`)
		s := &slowInstance{}
		o.transport = s
		a := o.incidentOnce()
		require.Equal(t, 4, s.requests, "for the incident, the person, the writing, and the incident again")
		require.LessOrEqual(t, a.Took, IncidentWithin)
		require.Greater(t, a.Took, IncidentWithin-time.Second)
		o.config = hookAt("http://127.0.0.1")
		require.LessOrEqual(t, o.outcome().Took, OutcomeWithin)
	})
}

// A machine that sleeps between the look and the writing has lost its lease without noticing.
func TestNothingIsWrittenAfterTheMachineHasSlept(t *testing.T) {
	s := newTableAPI(t)
	o := handsOver(t, s, "")
	n, failed := o.serviceNow([]byte(o.config))
	require.Nil(t, failed)
	defer n.places.end()
	a := n.handOver(t.Context(), o.incident, time.Now().Add(-IncidentWithin-time.Second))
	require.False(t, a.Delivered)
	require.Contains(t, a.Detail, "stood still")
	require.Zero(t, s.posts())
}

func TestAnIncidentGoesToAWebhookAndTakesTheNumberFromItsAnswer(t *testing.T) {
	d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"result":{"number":"T-17","sys_id":"17"}}`))
	})
	o := tells(t, hookAt(d.URL))
	o.incident.Desk = schema.DeskWebhook
	a := o.incidentOnce()
	require.True(t, a.Delivered)
	require.Equal(t, schema.ForeignRecord{SysID: "17", Number: "T-17"}, a.Foreign)
	got := d.requests()[0]
	require.Equal(t, messageID, got.Header.Get("webhook-id"))
	for _, has := range []string{`"type":"incident.created"`, `"correlation_id":"exp-1"`, `"number":"INC0010001"`, `"caller_user_name":"abel.tuter"`} {
		require.Contains(t, got.body, has)
	}
}

func TestWhatNobodyWantsToHearAnyMoreIsGivenUp(t *testing.T) {
	o := tells(t, "{}")
	o.err = schema.ErrNoRecord
	require.True(t, o.outcome().GiveUp)
	o.err = schema.ErrUnavailable
	_, err := o.Deliver(t.Context(), schema.Dispatch{Outcome: messageID})
	require.ErrorIs(t, err, schema.ErrUnavailable)
}
