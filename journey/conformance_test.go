package journey

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
)

// conformanceCase is one of api/testdata/create_cases.json: a request and what it must be answered.
type conformanceCase struct {
	Name         string          `json:"name"`
	Auth         json.RawMessage `json:"auth"`
	Body         json.RawMessage `json:"body"`
	BodyText     string          `json:"body_text"`
	ContentType  string          `json:"content_type"`
	Accept       string          `json:"accept"`
	Status       int             `json:"status"`
	Message      *string         `json:"message"`
	ExperienceID string          `json:"experience_id"`
}

// From an empty database: migrate, apply the registry as it is, serve, and ask every documented question.
func TestEveryConformanceCaseIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	w := bareWorld(t)
	w.database = stacktest.Database(t, "empty", func(string) error { return nil })
	w.temporal, w.namespace = stacktest.Namespace(t, searchAttributes())
	require.Contains(t, run(t, w.env(), "", "migrate"), "applied ")
	require.Contains(t, run(t, w.env(), "", "migrate"), "up to date")
	w.apply("testdata/registry.yaml")
	w.serve()
	for _, c := range conformanceCases(t) {
		t.Run(c.Name, func(t *testing.T) { c.check(t, w) })
	}
	w.ends("conf-xml", "closed_complete", "incident_requested")
	w.incident("conf-xml")
}

func conformanceCases(t *testing.T) []conformanceCase {
	t.Helper()
	text, err := os.ReadFile("../api/testdata/create_cases.json")
	require.NoError(t, err)
	var file struct{ Cases []conformanceCase }
	require.NoError(t, json.Unmarshal(text, &file))
	require.Greater(t, len(file.Cases), 20)
	return file.Cases
}

func (c conformanceCase) check(t *testing.T, w *world) {
	body := c.BodyText
	if body == "" {
		body = string(c.Body)
	}
	told, readable := c.simulated(t, w, body)
	a, err := w.client.send(http.MethodPost, createPath, body, c.header())
	require.NoError(t, err)
	require.Equal(t, c.Status, a.Status, a.Text)
	id, message := a.Result.ExperienceID, a.Error.Message
	if strings.Contains(c.Accept, "xml") {
		id, message = inXML(t, a)
	}
	if readable {
		require.Equal(t, message, told.Refusal.Message, "what is simulated is what happens")
	}
	if c.Message != nil {
		require.Equal(t, *c.Message, message)
		return
	}
	require.NotEmpty(t, id)
	if c.ExperienceID != "" {
		require.Equal(t, c.ExperienceID, id)
	}
	if readable && told.Plan != nil {
		told.happens(t, w, id)
	}
}

// foretold is what a simulation says of a report, and what is compared with what happens.
type foretold struct {
	Refusal struct{ Message string } // "" when it would be taken
	Step    int
	Person  struct {
		UserName string `json:"user_name"`
	}
	CI struct {
		SysID string `json:"sys_id"`
	} `json:"ci"`
	Plan *struct { // nil where it is withheld
		Ends     string
		Timeline []string
	}
}

// happens waits for the step to begin: of the same person, on the same computer, and with the same sentences on the timeline.
func (f foretold) happens(t *testing.T, w *world, id string) {
	t.Helper()
	begun := func(i issue) (details []string) {
		for _, e := range i.Timeline {
			if e.Step == f.Step && (e.Event == "begun" || e.Event == "parameters_ignored" || e.Event == "tell_later") {
				details = append(details, e.Detail)
			}
		}
		return details
	}
	i := w.until(id, "begun", func(i issue) bool { return len(begun(i)) > 0 })
	require.Equal(t, f.Plan.Timeline, begun(i))
	require.Equal(t, f.Person.UserName, i.User.UserName)
	require.Equal(t, f.CI.SysID, i.CI)
	if f.Plan.Ends != "" {
		require.Equal(t, f.Plan.Ends, w.until(id, "closed", issue.closed).EndReason)
	}
}

// simulated is what is foretold of a report; a request that cannot be read, or may not be made, is answered as create answers it.
func (c conformanceCase) simulated(t *testing.T, w *world, body string) (told foretold, readable bool) {
	t.Helper()
	a, err := w.client.send(http.MethodPost, issuePath+"simulate", body, c.header())
	require.NoError(t, err)
	if a.Status != http.StatusOK {
		require.Equal(t, c.Status, a.Status, a.Text)
		return told, false
	}
	require.NoError(t, json.Unmarshal([]byte(a.Text), &struct{ Result *foretold }{&told}))
	return told, true
}

func (c conformanceCase) header() http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	if c.ContentType != "" {
		h.Set("Content-Type", c.ContentType)
	}
	if c.Accept != "" {
		h.Set("Accept", c.Accept)
	}
	var none string
	var account [2]string
	switch {
	case json.Unmarshal(c.Auth, &none) == nil && none == "none":
		h["Authorization"] = nil
	case json.Unmarshal(c.Auth, &account) == nil:
		r := http.Request{Header: h}
		r.SetBasicAuth(account[0], account[1])
	}
	return h
}

func inXML(t *testing.T, a answer) (id, message string) {
	t.Helper()
	var document struct {
		ID      string `xml:"result>experience_id"`
		Message string `xml:"error>message"`
	}
	require.NoError(t, xml.Unmarshal([]byte(a.Text), &document), a.Text)
	return document.ID, document.Message
}
