package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// "The link is filled in when the agent fetches the job, so that it is stored nowhere."
func TestAMessageGetsItsLinkWhenTheAgentFetchesIt(t *testing.T) {
	const notification = "fedcba9876543210fedcba9876543210"
	key := []byte("0123456789abcdef0123456789abcdef")
	link := "https://help.example.com/help/" + schema.LinkToken(key, notification)
	with := api.Config{LinkKey: key, PublicURL: "https://help.example.com/"}
	message := `{"title":"Help","text":"A <b> & more"}`
	notice := func(occasion schema.Occasion) schema.Job {
		return schema.Job{ID: someJob, Action: schema.ShowMessage, Parameters: json.RawMessage(message), Notification: notification, Occasion: occasion}
	}
	action := schema.Job{ID: someJob, Action: "end_process", Parameters: json.RawMessage(message)}
	custom := schema.Job{ID: someJob, Action: schema.ShowMessage, Parameters: json.RawMessage(message)}
	linked := `{"title":"Help","text":"A <b> & more","link":"` + link + `"}`
	for name, row := range map[string]struct {
		config api.Config
		job    schema.Job
		want   string
	}{
		"help is offered": {with, notice(schema.OccasionAsk), linked},
		"a reminder":      {with, notice(schema.OccasionReminder), linked},
		"after not now":   {with, notice(schema.OccasionAgain), linked},
		"the code":        {with, notice(schema.OccasionCode), message},
		"who knows":       {with, notice(""), message},
		"no notice":       {with, action, message},
		"an action's own": {with, custom, message},
		"without a key":   {api.Config{PublicURL: with.PublicURL}, notice(schema.OccasionAsk), message},
	} {
		t.Run(name, func(t *testing.T) {
			devices := &fakeDevices{next: func(string, schema.AgentInfo) (*schema.Job, time.Time, error) {
				job := row.job
				return &job, time.Time{}, nil
			}}
			r := httptest.NewRequest(http.MethodPost, "/api/proactive/agent/v1/jobs/next", strings.NewReader(hello))
			r.Header.Set("Authorization", "Bearer "+agentToken)
			w := httptest.NewRecorder()
			api.New(row.config, nil, api.With{Devices: devices}).Handler().ServeHTTP(w, r)
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			var got map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
			require.JSONEq(t, row.want, string(got["parameters"]))
			require.NotContains(t, w.Body.String(), notification)
		})
	}
	broken := notice(schema.OccasionAsk)
	broken.Parameters = json.RawMessage(`"x"`)
	devices := &fakeDevices{next: func(string, schema.AgentInfo) (*schema.Job, time.Time, error) { return &broken, time.Time{}, nil }}
	r := post(hello).nobody().to("/api/proactive/agent/v1/jobs/next").with("Authorization", "Bearer "+agentToken)
	require.Equal(t, http.StatusInternalServerError, r.send(t, api.New(with, nil, api.With{Devices: devices}).Handler()).Code)
}
