package worker

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"proactive/activities"
	"proactive/schema"
)

// dispatchStore is what telling other systems needs of Postgres.
type dispatchStore interface {
	Receivers(ctx context.Context) ([]string, error)
	ClaimDispatches(ctx context.Context, room map[string]int, leases schema.DispatchLeases) ([]schema.Dispatch, error)
	GiveBackDispatch(ctx context.Context, claimed schema.Dispatch, after time.Duration) error
	SettleDispatch(ctx context.Context, claimed schema.Dispatch, a schema.DispatchAttempt, after time.Duration) (state string, err error)
	OutcomeRings() (woken <-chan struct{}, stop func())
}

// messenger delivers one thing to another system. Its error means that nothing was sent.
type messenger interface {
	Deliver(ctx context.Context, d schema.Dispatch) (schema.DispatchAttempt, error)
}

const (
	dispatchPlaces = 8                     // deliveries on their way to one receiver at once, from one worker
	dispatchPace   = 50 * time.Millisecond // at least between two looks
	receiversLook  = 2 * time.Second       // how often it looks who is to be told
	unclearRest    = time.Minute           // before an incident that may have arrived is looked for again
	leaseSpare     = 10 * time.Second      // for a worker that is slow to run what is due
)

// letterWithin is how long one attempt may take: to read from Postgres what is to be told, and to tell it with all the requests of that.
func letterWithin(d schema.Dispatch) time.Duration {
	if d.Incident != "" {
		return callTimeout + activities.IncidentWithin
	}
	return callTimeout + activities.OutcomeWithin
}

// dispatchLeases are longer than it can take to claim something, to try once, and to write down what came of it.
func dispatchLeases() schema.DispatchLeases {
	within := func(d schema.Dispatch) time.Duration { return callTimeout + letterWithin(d) + callTimeout + leaseSpare }
	return schema.DispatchLeases{Outcome: within(schema.Dispatch{}), Incident: within(schema.Dispatch{Incident: "any"})}
}

// dispatcher tells other systems what has happened: at least once, what is told of one issue in order. A receiver that is slow or dead
// keeps up nobody but itself. Any number of workers share the work.
type dispatcher struct {
	store     dispatchStore
	messenger messenger

	mu        sync.Mutex
	receivers map[string]*receiver // by sys_id
	freed     chan struct{}        // a place is free that was not
}

// receiver is how it went with one of late, as this worker has seen it.
type receiver struct {
	onTheirWay int
	failures   int       // in a row
	restUntil  time.Time // after a failure
}

func newDispatcher(store dispatchStore, messenger messenger) *dispatcher {
	return &dispatcher{store: store, messenger: messenger, receivers: map[string]*receiver{}, freed: make(chan struct{}, 1)}
}

// run delivers until ctx ends; what is on its way then is given back.
func (d *dispatcher) run(ctx context.Context) {
	woken, stop := d.store.OutcomeRings()
	defer stop()
	var onTheirWay sync.WaitGroup
	defer onTheirWay.Wait()
	var looked time.Time
	for ctx.Err() == nil {
		if time.Since(looked) >= receiversLook {
			d.look(ctx)
			looked = time.Now()
		}
		for _, claimed := range d.claim(ctx) {
			onTheirWay.Go(func() { d.deliver(ctx, claimed) })
		}
		d.idle(ctx, woken)
	}
}

// look learns who is to be told. Nobody is asked for work in vain where nobody wants to hear anything.
func (d *dispatcher) look(ctx context.Context) {
	ids, err := d.store.Receivers(ctx)
	if err != nil {
		if ctx.Err() == nil {
			slog.Warn("it could not be read who is to be told of outcomes and incidents; this is tried again", "error", err)
		}
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := map[string]*receiver{}
	for _, id := range ids {
		if now[id] = d.receivers[id]; now[id] == nil {
			now[id] = &receiver{}
		}
	}
	d.receivers = now
}

// claim takes what there is room for.
func (d *dispatcher) claim(ctx context.Context) []schema.Dispatch {
	room := d.room()
	if len(room) == 0 {
		return nil
	}
	claiming, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	claimed, err := d.store.ClaimDispatches(claiming, room, dispatchLeases())
	if err != nil {
		if ctx.Err() == nil {
			slog.Warn("deliveries could not be claimed; this is tried again", "error", err)
		}
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range claimed {
		if r := d.receivers[c.Receiver]; r != nil {
			r.onTheirWay++
		}
	}
	return claimed
}

// room is how many deliveries each receiver has places for. One that has failed is tried with one at a time, after a rest.
func (d *dispatcher) room() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	room := map[string]int{}
	for id, r := range d.receivers {
		places := dispatchPlaces
		if r.failures > 0 {
			places = 1
		}
		if free := places - r.onTheirWay; free > 0 && !time.Now().Before(r.restUntil) {
			room[id] = free
		}
	}
	return room
}

// idle waits until there may be something to deliver, and for a moment in any case. Where nobody is to be told, nothing wakes it.
func (d *dispatcher) idle(ctx context.Context, woken <-chan struct{}) {
	pause(ctx, dispatchPace)
	d.mu.Lock()
	if len(d.receivers) == 0 {
		woken = nil
	}
	d.mu.Unlock()
	timer := time.NewTimer(relayLook)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-d.freed:
	case <-timer.C:
	}
}

// deliver tries once, and writes down what came of it.
func (d *dispatcher) deliver(ctx context.Context, claimed schema.Dispatch) {
	sending, cancel := context.WithTimeout(ctx, letterWithin(claimed))
	defer cancel()
	a, err := d.messenger.Deliver(sending, claimed)
	telling, done := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer done()
	switch {
	case err != nil:
		slog.Warn("a delivery could not be made ready; it is tried again", "delivery", claimed.SysID, "error", err)
		d.giveBack(telling, claimed, time.Second)
	case a.Busy:
		d.giveBack(telling, claimed, max(a.After, time.Second))
	case ctx.Err() != nil && !a.Delivered && !mayBeThere(claimed, a): // this worker stops: it says nothing of the receiver
		d.giveBack(telling, claimed, 0)
	default:
		d.settle(telling, claimed, a)
	}
	d.leave(claimed.Receiver, a, err)
}

// mayBeThere is an incident that may have arrived, and must not arrive twice. An outcome may.
func mayBeThere(claimed schema.Dispatch, a schema.DispatchAttempt) bool {
	return a.Unclear && claimed.Incident != ""
}

func (d *dispatcher) giveBack(ctx context.Context, claimed schema.Dispatch, after time.Duration) {
	if err := d.store.GiveBackDispatch(ctx, claimed, after); err != nil {
		slog.Warn("a delivery could not be given back; it is due again when its lease is over", "delivery", claimed.SysID, "error", err)
	}
}

func (d *dispatcher) settle(ctx context.Context, claimed schema.Dispatch, a schema.DispatchAttempt) {
	after := max(deliveryDelay(time.Duration(claimed.WaitedSeconds*float64(time.Second))), a.After)
	if mayBeThere(claimed, a) {
		after = max(after, unclearRest)
	}
	state, err := d.store.SettleDispatch(ctx, claimed, a, after)
	switch {
	case err != nil:
		slog.Warn("what came of a delivery could not be written down; it is delivered again", "delivery", claimed.SysID, "error", err)
	case state == "given_up":
		slog.Error("a delivery was given up", "delivery", claimed.SysID, "outcome", claimed.Outcome, "incident", claimed.Incident, "attempt", claimed.Attempt, "why", a.Detail)
	case state == "pending":
		slog.Warn("a delivery did not arrive; it is tried again", "delivery", claimed.SysID, "outcome", claimed.Outcome, "incident", claimed.Incident,
			"attempt", claimed.Attempt, "why", a.Detail, "after", after)
	}
}

// leave gives a place back. A receiver rests after failures: longer with each, up to a minute. Where nothing could be tried, nothing more
// is claimed in vain until that may be another matter.
func (d *dispatcher) leave(id string, a schema.DispatchAttempt, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.receivers[id]
	if r == nil {
		return
	}
	r.onTheirWay = max(0, r.onTheirWay-1)
	switch {
	case err != nil:
		r.restUntil = time.Now().Add(time.Second)
	case a.Busy:
		r.restUntil = time.Now().Add(a.After)
	case a.Delivered, objects(a):
		r.failures, r.restUntil = 0, time.Time{}
	default:
		r.failures++
		r.restUntil = time.Now().Add(max(min(time.Second<<min(r.failures-1, 6), time.Minute), asksForRest(a)))
	}
	select {
	case d.freed <- struct{}{}:
	default:
	}
}

// objects tells whether a receiver is well, and does not want this one: as often as it says so, the others go on.
func objects(a schema.DispatchAttempt) bool {
	switch a.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// asksForRest is how long a receiver that is overloaded wants to be left alone, with everything.
func asksForRest(a schema.DispatchAttempt) time.Duration {
	if a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable {
		return a.After
	}
	return 0
}

// deliveryDelay is how long until the next try of what has waited for so long: half of that, from five seconds to an hour, and not everything
// at once.
func deliveryDelay(waited time.Duration) time.Duration {
	delay := min(max(waited/2, 5*time.Second), time.Hour)
	return delay + rand.N(delay/10)
}
