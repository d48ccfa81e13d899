package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"proactive/registry"
	"proactive/schema"
)

// HTTPRequestName is the type name of the flow action http_request.
const HTTPRequestName = "http_request"

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 64 << 10

// RequestStore is what http_request needs of Postgres.
type RequestStore interface {
	RunningAction(ctx context.Context, experienceID string, step int) (schema.RunningAction, error)
	NoteAttempt(ctx context.Context, experienceID string, step int, sentence string) error
	KeepOutput(ctx context.Context, experienceID string, step int, output []byte) error
}

// HTTPRequest is the flow action that calls somebody else's HTTP endpoint, on hosts that the operator allows.
type HTTPRequest struct {
	store  RequestStore
	client *http.Client
	secret func(name string) (string, error)
}

// NewHTTPRequest makes the flow action; allow says where it may go.
func NewHTTPRequest(store RequestStore, allow AllowList) *HTTPRequest {
	return &HTTPRequest{store: store, client: allow.client(), secret: registry.SecretFromEnvironment}
}

// Run sends the request of a step. Its input names the step; everything else is read from Postgres, where what came of it is
// also told. A host that cannot be reached and an answer of 429 or 5xx may be tried again; a request that is not allowed, or
// any other unexpected answer, is final.
func (h *HTTPRequest) Run(ctx context.Context, in schema.ActionInput) (schema.ActionResult, error) {
	action, err := h.store.RunningAction(ctx, in.ExperienceID, in.Step)
	if err != nil {
		return schema.ActionResult{}, coded(ctx, err)
	}
	if !action.Wanted {
		return schema.ActionResult{}, temporal.NewNonRetryableApplicationError(codeNotWanted, codeNotWanted, nil)
	}
	attempt := h.attempt(ctx, in, action)
	if err := h.store.NoteAttempt(ctx, in.ExperienceID, in.Step, attempt.sentence(activity.GetInfo(ctx).Attempt)); err != nil {
		return schema.ActionResult{}, coded(ctx, err)
	}
	if len(attempt.body) > 0 {
		if err := h.store.KeepOutput(ctx, in.ExperienceID, in.Step, attempt.output()); err != nil {
			return schema.ActionResult{}, coded(ctx, err)
		}
	}
	return attempt.result()
}

// The codes of an attempt that did not succeed.
const (
	codeNotWanted      = "step_no_longer_wanted"
	codeNotAllowed     = "host_not_allowed"
	codeNoAnswer       = "no_answer"
	codeBadStatus      = "unexpected_status"
	codeBadParameters  = "invalid_parameters"
	codeSecretNotThere = "secret_not_set"
)

// attempt is what came of sending a request once.
type attempt struct {
	host    string
	code    string // "" when it succeeded
	final   bool   // trying again makes no sense
	detail  string // for people
	status  int    // 0 without an answer
	body    []byte
	cutOff  bool
	content string // Content-Type
}

func (h *HTTPRequest) attempt(ctx context.Context, in schema.ActionInput, action schema.RunningAction) attempt {
	var p requestParameters
	if err := p.read(action.Parameters); err != nil {
		return attempt{code: codeBadParameters, final: true, detail: "The request was not sent: " + err.Error()}
	}
	request, err := p.request(ctx, in, action, h.secret)
	if err != nil {
		return attempt{code: codeSecretNotThere, final: true, detail: "The request was not sent: " + err.Error() + "."}
	}
	a := attempt{host: request.URL.Host}
	response, err := h.client.Do(request)
	if err != nil {
		return a.failed(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return a.failed(err)
	}
	a.status, a.content, a.cutOff = response.StatusCode, response.Header.Get("Content-Type"), len(body) > maxAnswer
	a.body = body[:min(len(body), maxAnswer)]
	return a.answered(p.ExpectedStatuses)
}

// failed tells a request that was not allowed from one that found nobody.
func (a attempt) failed(err error) attempt {
	var forbidden *forbiddenError
	if errors.As(err, &forbidden) {
		a.code, a.final, a.detail = codeNotAllowed, true, forbidden.Error()
		return a
	}
	a.code, a.detail = codeNoAnswer, "No answer from "+a.host+"."
	if errors.Is(err, context.DeadlineExceeded) {
		a.detail = "No answer from " + a.host + " in time."
	}
	return a
}

// answered judges the status.
func (a attempt) answered(expected []int) attempt {
	ok := a.status/100 == 2
	if len(expected) > 0 {
		ok = slices.Contains(expected, a.status)
	}
	if ok {
		return a
	}
	a.code, a.final = codeBadStatus, a.status != http.StatusTooManyRequests && a.status < 500
	return a
}

func (a attempt) sentence(number int32) string {
	if a.detail != "" {
		return fmt.Sprintf("Attempt %d: %s", number, a.detail)
	}
	s := fmt.Sprintf("Attempt %d: %s answered %d.", number, a.host, a.status)
	if a.cutOff {
		s += " The answer was cut off at 64 KiB."
	}
	return s
}

// output is the answer as JSON, to be kept on the step's row.
func (a attempt) output() []byte {
	out := struct {
		Status  int    `json:"status"`
		Content string `json:"content_type,omitempty"`
		Body    string `json:"body"`
		CutOff  bool   `json:"cut_off,omitempty"`
	}{a.status, a.content, strings.ReplaceAll(strings.ToValidUTF8(string(a.body), "\uFFFD"), "\x00", "\uFFFD"), a.cutOff}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return []byte(`{}`)
	}
	return b.Bytes()
}

// result is what Temporal hears: the status and a code.
func (a attempt) result() (schema.ActionResult, error) {
	switch {
	case a.code == "":
		return schema.ActionResult{Status: schema.ActionSucceeded, Message: fmt.Sprintf("The answer was %d.", a.status)}, nil
	case a.final && a.status != 0:
		return schema.ActionResult{Status: schema.ActionHasFailed, Message: fmt.Sprintf("The answer was %d.", a.status)}, nil
	case a.final:
		return schema.ActionResult{Status: schema.ActionHasFailed, Message: a.code}, nil
	}
	return schema.ActionResult{}, temporal.NewApplicationError(a.code, a.code)
}
