package journey

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	issuePath  = "/api/sn_pren/self_remediation/experience_issue/"
	createPath = issuePath + "create"
)

// The refusals that the journeys meet, to the letter.
const (
	beingResolved = "An experience issue is being resolved with given issue code for specified user."
	notWaiting    = "Existing experience issue with given experience_id is still under execution or is closed."
	technical     = "Error occurred while creating experience issue."
)

// caller is a monitoring tool, and whoever reads what became of its reports.
type caller struct {
	w    *world
	http *http.Client
}

func newCaller(w *world) *caller {
	return &caller{w: w, http: &http.Client{Timeout: 70 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
}

// answer is what the service said. Its body is read as JSON where it is any.
type answer struct {
	Status int
	Header http.Header
	Text   string
	Result issue `json:"result"`
	Error  struct{ Message, Detail string }
}

// issue is an issue as the service tells it.
type issue struct {
	ExperienceID string `json:"experience_id"`
	State        string `json:"state"`
	EndReason    string `json:"end_reason"`
	Step         int    `json:"step"`
	CI           string `json:"ci"`
	WorkflowID   string `json:"workflow_id"`
	User         struct {
		UserName string `json:"user_name"`
	} `json:"user"`
	Incident *struct {
		Number        string
		ForeignNumber string `json:"foreign_number"`
	} `json:"incident"`
	Timeline []struct {
		Number, Step  int
		Event, Detail string
	} `json:"timeline"`
}

func (i issue) closed() bool { return strings.HasPrefix(i.State, "closed_") }

// has tells whether the timeline has an event.
func (i issue) has(event string) bool {
	for _, e := range i.Timeline {
		if e.Event == event {
			return true
		}
	}
	return false
}

// send sends a request as username, unless it says otherwise, and fails only when there is no answer at all.
func (c *caller) send(method, path, body string, header http.Header) (answer, error) {
	request, err := http.NewRequestWithContext(c.w.t.Context(), method, c.w.server+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.SetBasicAuth("username", "password")
	maps.Copy(request.Header, header)
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	a := answer{Status: response.StatusCode, Header: response.Header, Text: string(text)}
	json.Unmarshal(text, &a) //nolint:errcheck // it may be XML
	return a, err
}

var asJSON = http.Header{"Content-Type": {"application/json"}}

// posts sends a report as it is.
func (w *world) posts(body string) answer {
	w.t.Helper()
	a, err := w.client.send(http.MethodPost, createPath, body, asJSON)
	require.NoError(w.t, err)
	return a
}

// report is the body of a report about a person, and whatever else it has.
func report(code, person string, more map[string]any) string {
	body := map[string]any{"endpoint": map[string]any{"user_name": person}, "issue_code": code, "provider": "sn"}
	maps.Copy(body, more)
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// reports reports an issue of fred's, which must be taken, and gives its experience_id.
func (w *world) reports(code string) string {
	w.t.Helper()
	return w.accepted(w.posts(report(code, "fred.luddy", nil)))
}

// reportsAgain reports the next code of an issue.
func (w *world) reportsAgain(id, code string) answer {
	w.t.Helper()
	return w.posts(report(code, "fred.luddy", map[string]any{"experience_id": id}))
}

func (w *world) accepted(a answer) string {
	w.t.Helper()
	require.Equal(w.t, http.StatusOK, a.Status, a.Text)
	require.NotEmpty(w.t, a.Result.ExperienceID)
	return a.Result.ExperienceID
}

func (w *world) refused(a answer, message string) {
	w.t.Helper()
	require.Equal(w.t, http.StatusBadRequest, a.Status, a.Text)
	require.Equal(w.t, message, a.Error.Message)
}

// shows reads an issue as it is now.
func (w *world) shows(id string) issue {
	w.t.Helper()
	a, err := w.client.send(http.MethodGet, issuePath+id, "", nil)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, a.Status, a.Text)
	return a.Result
}

// until watches an issue until a condition holds. It goes on while the service is away.
func (w *world) until(id, what string, holds func(issue) bool) issue {
	w.t.Helper()
	var last issue
	over, since := time.Now().Add(patience), 0
	for time.Now().Before(over) {
		a, err := w.client.send(http.MethodGet, fmt.Sprintf("%s%s?wait=2s&since=%d", issuePath, id, since), "", nil)
		if err != nil || a.Status != http.StatusOK {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		a.Result.Timeline = append(last.Timeline, a.Result.Timeline...)
		if last = a.Result; holds(last) {
			return last
		}
		if n := len(last.Timeline); n > 0 {
			since = last.Timeline[n-1].Number
		}
	}
	require.Failf(w.t, "it does not come true", "%s is not %s but: %+v", id, what, last)
	return last
}

// becomes waits until an issue is in a state; a closed one is in no other any more.
func (w *world) becomes(id, state string) issue {
	w.t.Helper()
	i := w.until(id, state, func(i issue) bool { return i.State == state || i.closed() })
	require.Equal(w.t, state, i.State, "%+v", i)
	return i
}

// ends waits until an issue is closed, and says how it must have ended.
func (w *world) ends(id, state, reason string) issue {
	w.t.Helper()
	i := w.until(id, "closed", issue.closed)
	require.Equal(w.t, state+" "+reason, i.State+" "+i.EndReason, "%+v", i)
	return i
}

// underway is how many requests the service is answering at this moment, besides the one that asks.
func (w *world) underway() int {
	w.t.Helper()
	return w.metric("proactive_http_requests_in_flight") - 1
}
