package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"proactive/schema"
)

// inboxStore is what the relay needs of Postgres.
type inboxStore interface {
	ClaimInbox(ctx context.Context, namespaceID string, limit int, lease time.Duration) ([]schema.Delivery, error)
	Delivered(ctx context.Context, namespaceID string, done []schema.Delivery) error
	DeliverLater(ctx context.Context, delay time.Duration, failed []schema.Delivery) error
	InboxRings() (woken <-chan struct{}, stop func())
}

const (
	relayCalls   = 16                    // messages on their way at once, see takePlaces
	relayLease   = 30 * time.Second      // how long a claimed message is ours
	callTimeout  = 10 * time.Second      // of one call to Temporal; shorter than the lease
	settleWithin = 20 * time.Millisecond // what arrives so close together is written down at once, and followed at once
	relayLook    = time.Second           // how often it looks without having been woken
)

// relay delivers the inbox to Temporal: at least once, the messages of one issue in order, those of many issues at once.
type relay struct {
	store   inboxStore
	courier courier
	nsID    string
	places  chan struct{} // one for each message on its way
}

// courier delivers one message.
type courier interface {
	deliver(ctx context.Context, d schema.Delivery) error
}

func newRelay(store Store, t connection) *relay {
	return &relay{store: store, courier: &toTemporal{t: t, store: store}, nsID: t.namespaceID, places: make(chan struct{}, relayCalls)}
}

// run delivers until ctx ends; what is on its way then still arrives, and is written down.
func (r *relay) run(ctx context.Context) {
	woken, stop := r.store.InboxRings()
	defer stop()
	results := make(chan delivered, relayCalls)
	var settling, onTheirWay sync.WaitGroup
	settling.Go(func() { r.settleAll(context.WithoutCancel(ctx), results) })
	defer settling.Wait()
	defer close(results)
	defer onTheirWay.Wait()
	for ctx.Err() == nil {
		places := r.takePlaces()
		batch, err := r.store.ClaimInbox(ctx, r.nsID, places, relayLease)
		if err != nil && ctx.Err() == nil {
			slog.Warn("the relay cannot read the inbox; it tries again", "error", err)
		}
		r.leavePlaces(places - len(batch))
		for _, d := range batch {
			onTheirWay.Go(func() { results <- r.deliver(context.WithoutCancel(ctx), d) })
		}
		if len(batch) < places {
			idle(ctx, woken)
		}
	}
}

// takePlaces waits until messages can be sent on their way, and tells how many. They are few, however many wait: Temporal serves its
// callers in turn, so that a crowd of runs that are all started at once would wait there before anything that the first ones ask for,
// until calls time out and their tasks are lost. What waits in the inbox costs nothing.
func (r *relay) takePlaces() (n int) {
	r.places <- struct{}{}
	moment := time.After(settleWithin)
	for n = 1; n < relayCalls/4; n++ {
		select {
		case r.places <- struct{}{}:
		case <-moment:
			return n
		}
	}
	for ; n < relayCalls; n++ {
		select {
		case r.places <- struct{}{}:
		default:
			return n
		}
	}
	return n
}

func (r *relay) leavePlaces(n int) {
	for range n {
		<-r.places
	}
}

// idle waits until there may be something to deliver.
func idle(ctx context.Context, woken <-chan struct{}) {
	timer := time.NewTimer(relayLook)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-timer.C:
	}
}

// delivered is what came of delivering one message.
type delivered struct {
	schema.Delivery
	err error
}

// deliver brings one message to Temporal, from its place.
func (r *relay) deliver(ctx context.Context, d schema.Delivery) delivered {
	defer r.leavePlaces(1)
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return delivered{d, r.courier.deliver(ctx, d)}
}

// settleAll writes down what arrived, until results is closed: together what arrived together, and soon, as each message keeps back
// the next one of its issue.
func (r *relay) settleAll(ctx context.Context, results <-chan delivered) {
	for together := gather(results); len(together) > 0; together = gather(results) {
		r.settle(ctx, together)
	}
}

// gather waits for the first result and takes along those that follow within a moment; none when results is closed.
func gather(results <-chan delivered) (together []delivered) {
	first, open := <-results
	if !open {
		return nil
	}
	together = []delivered{first}
	moment := time.After(settleWithin)
	for {
		select {
		case next, open := <-results:
			if !open {
				return together
			}
			together = append(together, next)
		case <-moment:
			return together
		}
	}
}

// settle writes down what arrived and what did not. When that fails, the lease brings all of it again, which does no harm.
func (r *relay) settle(ctx context.Context, results []delivered) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var done []schema.Delivery
	for _, x := range results {
		if x.err == nil {
			done = append(done, x.Delivery)
			continue
		}
		slog.Warn("a message was not delivered; it is tried again", "experience_id", x.ExperienceID, "step", x.Step,
			"kind", x.Kind, "attempt", x.Attempt, "error", x.err)
		if err := r.store.DeliverLater(ctx, retryDelay(x.Attempt), []schema.Delivery{x.Delivery}); err != nil {
			slog.Warn("a message could not be put off; it is due again when its lease is over", "experience_id", x.ExperienceID, "error", err)
		}
	}
	if len(done) == 0 {
		return
	}
	if err := r.store.Delivered(ctx, r.nsID, done); err != nil {
		slog.Warn("delivered messages could not be forgotten; they are delivered again", "count", len(done), "error", err)
	}
}

// retryDelay grows from half a second to half a minute.
func retryDelay(attempt int) time.Duration {
	return min(250*time.Millisecond<<min(attempt, 10), 30*time.Second)
}
