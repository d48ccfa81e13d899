package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"proactive/schema"
)

// OutsideStore is what telling other systems needs of Postgres.
type OutsideStore interface {
	// OutcomeLetter gives an outcome and the config of its provider's webhook; schema.ErrNoRecord when there is none any more.
	OutcomeLetter(ctx context.Context, outcome string) (schema.OutcomeEvent, []byte, error)
	IncidentLetter(ctx context.Context, incident, desk string) (schema.DeskIncident, error)
}

// Outside tells other systems what has happened: providers the outcomes, the service desk's own system the incidents. It is no activity of
// Temporal's, as no run waits for it: the worker's dispatcher calls it.
type Outside struct {
	sender
	store OutsideStore
}

// NewOutside makes it; allow says where it may go, and hosts how often at once.
func NewOutside(store OutsideStore, allow AllowList, hosts *Hosts) *Outside {
	return &Outside{sender: newSender(allow, hosts), store: store}
}

// How long one request to another system may take. An instance runs its own rules before it answers.
const (
	hookTimeout     = 10 * time.Second
	instanceTimeout = 20 * time.Second
)

// How long Deliver may take with all requests to tell of one thing: an outcome with one, an incident with those of serviceNow.handOver, for
// the incident, the person, the writing, and the incident again.
const (
	OutcomeWithin  = hookTimeout
	IncidentWithin = 4 * instanceTimeout
)

// Deliver tries once. Its error means that Postgres could not be asked, and nothing was sent.
func (o *Outside) Deliver(ctx context.Context, d schema.Dispatch) (a schema.DispatchAttempt, err error) {
	began := time.Now()
	if d.Incident != "" {
		a, err = o.handOver(ctx, d)
	} else {
		a, err = o.tell(ctx, d)
	}
	if errors.Is(err, schema.ErrNoRecord) {
		a, err = schema.DispatchAttempt{GiveUp: true, Detail: "Nobody wants to hear it any more."}, nil
	}
	a.Began, a.Took = began, time.Since(began)
	return a, err
}

// tell sends an outcome to its provider's webhook.
func (o *Outside) tell(ctx context.Context, d schema.Dispatch) (schema.DispatchAttempt, error) {
	event, config, err := o.store.OutcomeLetter(ctx, d.Outcome)
	if err != nil {
		return schema.DispatchAttempt{}, err
	}
	event.At = event.At.UTC()
	a, _ := o.post(ctx, config, event.ID, "outcome."+string(event.State), event)
	return a, nil
}

// post sends a document to a webhook, and gives the body of a good answer. A receiver that answers 410 Gone wants no more of it, as Standard
// Webhooks says; everything else may be mended, on one side or the other, and is tried again.
func (o *Outside) post(ctx context.Context, config []byte, id, kind string, data any) (schema.DispatchAttempt, []byte) {
	var hook schema.WebhookConfig
	if json.Unmarshal(config, &hook) != nil {
		return notDelivered(refused(codeBadChannel, "The webhook's settings cannot be read.")), nil
	}
	now := time.Now()
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      any       `json:"data"`
	}{kind, now.UTC(), data})
	if err != nil {
		return notDelivered(refused(codeBadChannel, "The document cannot be written.")), nil
	}
	request, failed := o.sign(hook, "webhook", id, now, body)
	if failed != nil {
		return notDelivered(failed), nil
	}
	defer request.places.end()
	got := exchangeWithin(ctx, hookTimeout, request.client, request.request)
	a := answer(got)
	a.Delivered = got.status/100 == 2
	a.GiveUp = got.status == http.StatusGone
	return a, got.body
}

func exchangeWithin(ctx context.Context, timeout time.Duration, client *http.Client, request *http.Request) attempt {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return exchange(client, request.WithContext(ctx))
}

// answer is an exchange in the words of the log.
func answer(got attempt) schema.DispatchAttempt {
	a := schema.DispatchAttempt{Status: got.status, Detail: got.detail, After: got.again, Unclear: got.code == NoAnswer || got.code == NoAnswerInTime}
	if got.code == "" {
		a.Detail = fmt.Sprintf("%s answered %d.", got.host, got.status)
	}
	return a
}

// notDelivered is a request that was never sent.
func notDelivered(u *undelivered) schema.DispatchAttempt {
	return schema.DispatchAttempt{Detail: capitalised(u.sentence), Busy: u.wait > 0, After: u.wait}
}

// capitalised is a sentence that was made for the middle of another one.
func capitalised(sentence string) string {
	if sentence == "" {
		return sentence
	}
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}
