package activities

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"proactive/schema"
)

// HTTPRequestName is the type name of the flow action http_request.
const HTTPRequestName = schema.HTTPRequest

// RequestStore is what http_request needs of Postgres.
type RequestStore interface {
	RunningAction(ctx context.Context, experienceID string, step int) (schema.RunningAction, error)
	NoteAttempt(ctx context.Context, experienceID string, step int, sentence string, output []byte) error
}

// HTTPRequest is the flow action that calls somebody else's HTTP endpoint, on hosts that the operator allows.
type HTTPRequest struct {
	store     RequestStore
	allow     AllowList
	hosts     *Hosts
	transport http.RoundTripper
	secrets   secrets
}

// NewHTTPRequest makes the flow action; allow says where it may go, and hosts how often at once.
func NewHTTPRequest(store RequestStore, allow AllowList, hosts *Hosts) *HTTPRequest {
	return &HTTPRequest{store: store, allow: allow, hosts: hosts, transport: allow.transport(), secrets: newSecrets(allow)}
}

// Run sends the request of a step. Its input names the step; everything else is read from Postgres, where what came of it is
// also told. A host that cannot be reached and an answer of 429 or 5xx may be tried again; a request that is not allowed, or
// any other unexpected answer, is final. While Postgres is away or the host is busy nothing is sent: see NotBegun.
func (h *HTTPRequest) Run(ctx context.Context, in schema.ActionInput) (schema.ActionResult, error) {
	reading, done := leaveTimeToTell(ctx)
	action, err := h.store.RunningAction(reading, in.ExperienceID, in.Step)
	done()
	if errors.Is(err, schema.ErrUnavailable) {
		logFault(ctx, err)
		return schema.ActionResult{}, notBegun(ctx, Unavailable, 0)
	}
	if err != nil {
		return schema.ActionResult{}, coded(ctx, err)
	}
	if !action.Wanted {
		return schema.ActionResult{}, temporal.NewNonRetryableApplicationError(codeNotWanted, codeNotWanted, nil)
	}
	a := h.attempt(ctx, in, action)
	if a.code == HostBusy {
		return schema.ActionResult{}, notBegun(ctx, HostBusy, a.wait)
	}
	h.tell(ctx, in, a)
	return a.result()
}

// tell leaves in Postgres what came of an attempt. What was sent was sent: when Postgres is away for longer than may be waited,
// the result goes to Temporal all the same, and only the sentence and the answer's text are lost.
func (h *HTTPRequest) tell(ctx context.Context, in schema.ActionInput, a attempt) {
	number := in.Attempts + int(activity.GetInfo(ctx).Attempt)
	ctx, cancel := timeToTell(ctx)
	defer cancel()
	var output []byte
	if len(a.body) > 0 {
		output = a.output()
	}
	if err := h.store.NoteAttempt(ctx, in.ExperienceID, in.Step, a.sentence(number), output); err != nil {
		logFault(ctx, err)
	}
}

// tellingTakes is how long telling may take; a request is given up early enough before the activity's timeout to leave as much,
// or a fifth of what there is.
const tellingTakes = 2 * time.Second

// timeToTell is the time for that, also when the activity's is over or this process stops.
func timeToTell(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), tellingTakes)
}

// leaveTimeToTell gives a request less time than its activity has, so that it is the activity that says what happened.
func leaveTimeToTell(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, has := ctx.Deadline()
	if !has {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(tellingTakes, time.Until(deadline)/5)))
}
