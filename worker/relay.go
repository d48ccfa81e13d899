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
	relayBatch   = 50                    // messages claimed at once
	relayBusy    = 8                     // batches on their way at once
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
	free    chan struct{} // a place for a batch
}

// courier delivers one message.
type courier interface {
	deliver(ctx context.Context, d schema.Delivery) error
}

func newRelay(store Store, t connection) *relay {
	return &relay{store: store, courier: &toTemporal{t: t, store: store}, nsID: t.namespaceID, free: make(chan struct{}, relayBusy)}
}

// run delivers until ctx ends; what is on its way then still arrives.
func (r *relay) run(ctx context.Context) {
	woken, stop := r.store.InboxRings()
	defer stop()
	var onTheirWay sync.WaitGroup
	defer onTheirWay.Wait()
	for ctx.Err() == nil {
		r.free <- struct{}{}
		batch, err := r.store.ClaimInbox(ctx, r.nsID, relayBatch, relayLease)
		if err != nil && ctx.Err() == nil {
			slog.Warn("the relay cannot read the inbox; it tries again", "error", err)
		}
		if len(batch) > 0 {
			onTheirWay.Go(func() {
				defer func() { <-r.free }()
				r.deliver(context.WithoutCancel(ctx), batch)
			})
		} else {
			<-r.free
		}
		if len(batch) < relayBatch {
			idle(ctx, woken)
		}
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

// deliver brings a batch to Temporal, all of it at once, and writes down what arrived: together what arrived together, and without
// waiting for the slowest, as each message keeps back the next one of its issue.
func (r *relay) deliver(ctx context.Context, batch []schema.Delivery) {
	results := make(chan delivered, len(batch))
	for _, d := range batch {
		go func() {
			ctx, cancel := context.WithTimeout(ctx, callTimeout)
			defer cancel()
			results <- delivered{d, r.courier.deliver(ctx, d)}
		}()
	}
	for left := len(batch); left > 0; {
		together := gather(results, left)
		left -= len(together)
		r.settle(ctx, together)
	}
}

// gather waits for the first result and takes along those that follow within a moment, up to most.
func gather(results <-chan delivered, most int) []delivered {
	together := []delivered{<-results}
	moment := time.After(settleWithin)
	for len(together) < most {
		select {
		case next := <-results:
			together = append(together, next)
		case <-moment:
			return together
		}
	}
	return together
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
