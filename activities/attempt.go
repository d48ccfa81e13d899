package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/temporal"

	"proactive/schema"
)

// The types of the errors by which an attempt says that its request was sent and nobody can say what came of it. They mean the
// same when another team's action returns them.
const (
	NoAnswer       = "no_answer"         // the connection was lost
	NoAnswerInTime = "no_answer_in_time" // the action's time was over
)

// The other codes of an attempt that did not succeed.
const (
	codeNotWanted     = "step_no_longer_wanted"
	codeNotAllowed    = "host_not_allowed"
	codeNotReached    = "host_not_reached" // the request was never sent
	codeBadStatus     = "unexpected_status"
	codeBadParameters = "invalid_parameters"
	codeNoSecret      = "secret_not_set"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 64 << 10

// attempt is what came of sending a request once.
type attempt struct {
	host    string // as sentences name it
	code    string // "" when it succeeded
	final   bool   // trying again makes no sense
	detail  string // for people
	status  int    // 0 without an answer
	body    []byte
	cutOff  bool
	content string        // Content-Type
	again   time.Duration // when the answer asks to come again, by Retry-After; 0 says nothing
	wait    time.Duration // of a busy host: until it may be this one's turn; nothing was sent
}

// attempt makes the request and sends it once.
func (h *HTTPRequest) attempt(ctx context.Context, in schema.ActionInput, action schema.RunningAction) attempt {
	var p requestParameters
	if err := p.read(action.Parameters); err != nil {
		return notSent(codeBadParameters, err)
	}
	ctx, cancel := leaveTimeToTell(ctx)
	defer cancel()
	request, err := p.request(ctx, in, action, h.secrets)
	if err != nil {
		if forbidden := (*forbiddenError)(nil); errors.As(err, &forbidden) {
			return notSent(codeNotAllowed, err)
		}
		if missing := (*missingSecretError)(nil); errors.As(err, &missing) {
			return notSent(codeNoSecret, err)
		}
		return notSent(codeBadParameters, err)
	}
	places := h.hosts.visit()
	defer places.end()
	if busy := places.enter(request.URL); busy != nil {
		return attempt{code: HostBusy, wait: busy.wait}
	}
	return exchange(h.client(p.ExpectedStatuses, places), request).answered(p.ExpectedStatuses)
}

// exchange sends a request once and reads the answer, whatever its status.
func exchange(client *http.Client, request *http.Request) attempt {
	a := attempt{host: spelt(request.URL.Host)}
	var sent atomic.Bool
	ctx := httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	response, err := client.Do(request.WithContext(ctx))
	if err != nil {
		return a.failed(ctx, err, sent.Load())
	}
	defer response.Body.Close()
	a.host, a.status, a.content = spelt(response.Request.URL.Host), response.StatusCode, response.Header.Get("Content-Type")
	a.again = retryAfter(response.Header.Get("Retry-After"))
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return a.failed(ctx, err, true)
	}
	a.body, a.cutOff = body[:min(len(body), maxAnswer)], len(body) > maxAnswer
	return a
}

// retryAfter reads the header in both its forms, up to an hour; 0 when it says nothing that can be read.
func retryAfter(header string) time.Duration {
	var again time.Duration
	if seconds, err := strconv.Atoi(header); err == nil {
		again = time.Duration(min(seconds, 3600)) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		again = time.Until(at)
	}
	return max(0, min(again, time.Hour))
}

// notSent is an attempt that ended before there was a request.
func notSent(code string, why error) attempt {
	return attempt{code: code, final: true, detail: "The request was not sent: " + strings.TrimSuffix(why.Error(), ".") + "."}
}

// failed tells a request that was not allowed from one that reached nobody, and from one that nobody answered.
func (a attempt) failed(ctx context.Context, err error, sent bool) attempt {
	a.status = 0
	inTime := ""
	if errors.Is(ctx.Err(), context.DeadlineExceeded) { // it is cancelled when this process stops
		inTime = " in time"
	}
	var forbidden *forbiddenError
	var busy *BusyError
	switch {
	case errors.As(err, &forbidden):
		a.code, a.final, a.detail = codeNotAllowed, true, forbidden.Error()
	case errors.As(err, &busy):
		a.code, a.detail = codeNotReached, "The redirect was not followed: "+busy.Error()
	case !sent:
		a.code, a.detail = codeNotReached, a.host+" could not be reached"+inTime+"."
	default:
		a.code, a.detail = NoAnswer, "No answer from "+a.host+inTime+"."
		if inTime != "" {
			a.code = NoAnswerInTime
		}
	}
	return a
}

// answered judges the status of an answer, if there was one.
func (a attempt) answered(expected []int) attempt {
	if a.code != "" {
		return a
	}
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

func (a attempt) sentence(number int) string {
	if a.detail != "" {
		return fmt.Sprintf("Attempt %d: %s", number, a.detail)
	}
	s := fmt.Sprintf("Attempt %d: %s answered %d.", number, a.host, a.status)
	if a.cutOff {
		s += " The answer was cut off at 64 KiB."
	}
	return s
}

// maxOutput is how large an output may be to be kept, in bytes: escapes may make more of an answer than what was read.
const maxOutput = 64 << 10

// output is the answer as JSON, to be kept on the step's row. It is cut off so that it fits.
func (a attempt) output() []byte {
	for {
		text := a.encoded()
		excess := len(text) - maxOutput
		if excess <= 0 {
			return text
		}
		a.body, a.cutOff = a.body[:max(0, len(a.body)-excess/6-1)], true // six bytes are the longest escape
	}
}

func (a attempt) encoded() []byte {
	out := struct {
		Status  int    `json:"status"`
		Content string `json:"content_type,omitempty"`
		Body    string `json:"body"`
		CutOff  bool   `json:"cut_off,omitempty"`
	}{a.status, schema.Storable(fmt.Sprintf("%.200s", a.content)), schema.Storable(string(a.body)), a.cutOff}
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
