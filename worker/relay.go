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
	ClaimInbox(ctx context.Context, limit int, lease time.Duration) ([]schema.Delivery, error)
	Delivered(ctx context.Context, namespaceID string, done []schema.Delivery) error
	DeliverLater(ctx context.Context, delay time.Duration, failed []schema.Delivery) error
	InboxRings() (woken <-chan struct{}, stop func())
}

const (
	relayBatch  = 50               // messages claimed at once
	relayBusy   = 8                // batches on their way at once
	relayLease  = 30 * time.Second // how long a claimed message is ours
	callTimeout = 10 * time.Second // of one call to Temporal; shorter than the lease
	relayLook   = time.Second      // how often it looks without having been woken
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
		batch, err := r.store.ClaimInbox(ctx, relayBatch, relayLease)
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

// deliver brings a batch to Temporal, all of it at once, and writes down what arrived.
func (r *relay) deliver(ctx context.Context, batch []schema.Delivery) {
	errs := make([]error, len(batch))
	var calls sync.WaitGroup
	for i, d := range batch {
		calls.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, callTimeout)
			defer cancel()
			errs[i] = r.courier.deliver(ctx, d)
		})
	}
	calls.Wait()
	var done, failed []schema.Delivery
	for i, d := range batch {
		if errs[i] == nil {
			done = append(done, d)
			continue
		}
		failed = append(failed, d)
		slog.Warn("a message was not delivered; it is tried again", "experience_id", d.ExperienceID, "step", d.Step,
			"kind", d.Kind, "attempt", d.Attempt, "error", errs[i])
	}
	r.settle(ctx, done, failed)
}

// settle writes down what arrived and what did not. When that fails, the lease brings all of it again, which does no harm.
func (r *relay) settle(ctx context.Context, done, failed []schema.Delivery) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if len(done) > 0 {
		if err := r.store.Delivered(ctx, r.nsID, done); err != nil {
			slog.Warn("delivered messages could not be forgotten; they are delivered again", "count", len(done), "error", err)
		}
	}
	for _, d := range failed {
		if err := r.store.DeliverLater(ctx, retryDelay(d.Attempt), []schema.Delivery{d}); err != nil {
			slog.Warn("a message could not be put off; it is due again when its lease is over", "experience_id", d.ExperienceID, "error", err)
		}
	}
}

// retryDelay grows from half a second to half a minute.
func retryDelay(attempt int) time.Duration {
	return min(250*time.Millisecond<<min(attempt, 10), 30*time.Second)
}
