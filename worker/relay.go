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
	relayBatch   = 16                    // messages claimed at once
	relayLease   = 30 * time.Second      // how long a claimed message is ours
	callTimeout  = 10 * time.Second      // of one call to Temporal; shorter than the lease
	settleWithin = 20 * time.Millisecond // what arrives so close together is written down at once
	relayLook    = time.Second           // how often it looks without having been woken
)

// relay delivers the inbox to Temporal: at least once, the messages of one issue in order, those of many issues at once.
type relay struct {
	store   inboxStore
	courier courier
	nsID    string
	pace    pace
	places  chan struct{} // full when no more messages may be on their way
}

// courier delivers one message.
type courier interface {
	deliver(ctx context.Context, d schema.Delivery) error
}

func newRelay(store Store, t connection) *relay {
	return relayOf(store, &toTemporal{t: t, store: store}, t.namespaceID)
}

func relayOf(store inboxStore, courier courier, namespaceID string) *relay {
	const atFirst = 4
	r := &relay{store: store, courier: courier, nsID: namespaceID, pace: pace{places: atFirst}, places: make(chan struct{}, mostPlaces)}
	for range mostPlaces - atFirst {
		r.places <- struct{}{}
	}
	return r
}

// run delivers until ctx ends; what is on its way then still arrives, and is written down.
func (r *relay) run(ctx context.Context) {
	woken, stop := r.store.InboxRings()
	defer stop()
	results := make(chan delivered, relayBatch)
	var settling, onTheirWay sync.WaitGroup
	settling.Go(func() { r.settleAll(context.WithoutCancel(ctx), results) })
	defer settling.Wait()
	defer close(results)
	defer onTheirWay.Wait()
	for ctx.Err() == nil {
		over := time.Now().Add(relayLease - callTimeout)
		batch, err := r.store.ClaimInbox(ctx, r.nsID, relayBatch, relayLease)
		if err != nil && ctx.Err() == nil {
			slog.Warn("the relay cannot read the inbox; it tries again", "error", err)
		}
		for i, d := range batch {
			r.places <- struct{}{}
			if ctx.Err() != nil || time.Now().After(over) {
				<-r.places
				r.giveBack(context.WithoutCancel(ctx), batch[i:])
				break
			}
			onTheirWay.Go(func() { results <- r.deliver(context.WithoutCancel(ctx), d) })
		}
		if len(batch) < relayBatch {
			idle(ctx, woken)
		}
	}
}

// giveBack lets messages be claimed again that were not sent on their way: in time before the lease is over.
func (r *relay) giveBack(ctx context.Context, batch []schema.Delivery) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := r.store.DeliverLater(ctx, 0, batch); err != nil {
		slog.Warn("messages could not be given back; they are due again when their lease is over", "count", len(batch), "error", err)
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

// deliver brings one message to Temporal, from its place. A call that fails says nothing of the pace.
func (r *relay) deliver(ctx context.Context, d schema.Delivery) delivered {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	began, free := time.Now(), 1
	err := r.courier.deliver(ctx, d)
	if took := time.Since(began); err == nil || took >= callTimeout {
		free = r.pace.after(took, len(r.places) == cap(r.places))
	}
	for range free {
		<-r.places
	}
	return delivered{d, err}
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
