package endurance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	issuePath  = "/api/sn_pren/self_remediation/experience_issue/"
	createPath = issuePath + "create"
)

// The refusals that a caller may meet, to the letter, and the technical one, after which nobody knows.
var meanings = map[string]said{
	"An experience issue is being resolved with given issue code for specified user.":           beingResolved,
	"Existing experience issue with given experience_id is still under execution or is closed.": notAwaited,
	"Error occurred while creating experience issue.":                                           unclear,
}

// caller is a monitoring tool. It talks to either api.
type caller struct {
	apis [2]string // URLs
	user string    // which is its password, too
	http *http.Client
}

func newCaller(apis [2]string, user string) *caller {
	return &caller{apis: apis, user: user, http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

// answer is what the service said.
type answer struct {
	status int
	text   string
	body   struct {
		Result struct {
			ExperienceID string `json:"experience_id"`
			State        string `json:"state"`
			Incident     struct {
				ForeignNumber string `json:"foreign_number"`
			} `json:"incident"`
		}
		Error struct{ Message string }
	}
}

func (c *caller) send(method, api, path string, body []byte) (answer, error) {
	return c.sendIf(method, api, path, "", body)
}

// sendIf sends a request that is about one version of a row; "" is about any.
func (c *caller) sendIf(method, api, path, ifMatch string, body []byte) (a answer, err error) {
	request, err := http.NewRequest(method, api+path, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	request.SetBasicAuth(c.user, c.user)
	request.Header.Set("Content-Type", "application/json")
	if ifMatch != "" {
		request.Header.Set("If-Match", ifMatch)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	a.status, a.text = response.StatusCode, string(text)
	json.Unmarshal(text, &a.body) //nolint:errcheck // what is not understood is strange
	return a, err
}

// report sends a report once and tells what was said to it.
func (c *caller) report(e errand, api int, code, id string, parameters map[string]string) call {
	body := map[string]any{
		"endpoint": map[string]string{"user_name": e.Person, "CI": computer(e)}, "provider": "sn", "issue_code": code,
		"investigative_details": map[string]int{"errand": e.N}, "input_parameters": parameters,
	}
	if id != "" {
		body["experience_id"] = id
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	made := call{Errand: e.N, ID: id, Chained: code != e.Code, Code: code, Person: e.Person, Sent: time.Now()}
	a, err := c.send(http.MethodPost, c.apis[api%2], createPath, text)
	made.Answered = time.Now()
	made.Said, made.Got = understood(a, err), a.body.Result.ExperienceID
	if made.Said == strange {
		made.Text = fmt.Sprintf("%d %s", a.status, a.text)
	}
	return made
}

func understood(a answer, err error) said {
	meaning, known := meanings[a.body.Error.Message]
	switch {
	case err != nil || a.status >= 500 || a.status == http.StatusTooManyRequests:
		return unclear
	case a.status == http.StatusOK && a.body.Result.ExperienceID != "":
		return accepted
	case a.status == http.StatusBadRequest && known:
		return meaning
	}
	return strange
}

// cancel calls an issue off, once.
func (c *caller) cancel(api int, id string) said {
	a, err := c.send(http.MethodPost, c.apis[api%2], issuePath+id+"/cancel", nil)
	switch {
	case err != nil || a.status >= 500 || a.status == http.StatusTooManyRequests:
		return unclear
	case a.status == http.StatusOK:
		return cancelled
	case a.status == http.StatusConflict:
		return closedAlready
	}
	return strange
}

// state is where an issue stands; "" when that cannot be told now.
func (c *caller) state(api int, id string) string {
	a, err := c.send(http.MethodGet, c.apis[api%2], issuePath+id, nil)
	if err != nil || a.status != http.StatusOK {
		return ""
	}
	return a.body.Result.State
}
