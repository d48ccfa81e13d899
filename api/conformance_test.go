package api_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// conformanceCase is one of testdata/create_cases.json.
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

// Every documented case is answered as documented. What only Postgres can know, the fake store says as the case has it: this
// test is about the door.
func TestTheConformanceCases(t *testing.T) {
	file, err := os.ReadFile("testdata/create_cases.json")
	require.NoError(t, err)
	var cases struct {
		Cases []conformanceCase `json:"cases"`
	}
	require.NoError(t, json.Unmarshal(file, &cases))
	require.NotEmpty(t, cases.Cases)
	for _, want := range cases.Cases {
		t.Run(want.Name, func(t *testing.T) { want.check(t) })
	}
}

func (want conformanceCase) check(t *testing.T) {
	store := newStore(t)
	accept := store.submit
	store.submit = func(ctx context.Context, r schema.Report) (string, error) {
		if why, ok := storesRefusals[deref(want.Message)]; ok {
			return "", schema.Refuse(why, "")
		}
		return accept(ctx, r)
	}
	got := want.request().send(t, door(store))
	require.Equal(t, want.Status, got.Code, got.Body.String())
	message, id := got.Problem.Message, got.Result["experience_id"]
	if want.Accept != "" {
		var document struct {
			Message string `xml:"error>message"`
			ID      string `xml:"result>experience_id"`
		}
		require.NoError(t, xml.Unmarshal(got.Body.Bytes(), &document))
		message, id = document.Message, document.ID
	}
	require.Equal(t, deref(want.Message), message)
	if want.ExperienceID != "" {
		require.Equal(t, want.ExperienceID, id)
	}
}

func (want conformanceCase) request() *request {
	body := want.BodyText
	if want.Body != nil {
		body = string(want.Body)
	}
	r := post(body)
	if want.ContentType != "" {
		r.with("Content-Type", want.ContentType)
	}
	if want.Accept != "" {
		r.with("Accept", want.Accept)
	}
	if string(want.Auth) == `"none"` {
		r.nobody()
	} else if want.Auth != nil {
		r.as("reader")
	}
	return r.by(http.MethodPost)
}

var storesRefusals = map[string]schema.Refusal{
	"Invalid issue code or provider, please provide valid details.":                             schema.UnknownIssue,
	"Issue code does not have a proper resolution.":                                             schema.NoResolution,
	"Could not resolve user from endpoint details, please provide valid details.":               schema.NoUser,
	"An experience issue is being resolved with given issue code for specified user.":           schema.BeingResolved,
	"Existing experience issue with given experience_id is still under execution or is closed.": schema.NotAwaited,
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
