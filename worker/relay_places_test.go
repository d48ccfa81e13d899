package worker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// pile is an inbox of messages that wait for nothing, and a courier that counts what it carries at once.
type pile struct {
	mu      sync.Mutex
	left    int
	gone    map[string]bool
	done    chan struct{} // closed when all but the held one are delivered
	all     int
	hold    chan struct{} // the first message is held until it is closed
	carried atomic.Int64
	most    atomic.Int64
}

func (p *pile) ClaimInbox(_ context.Context, _ string, limit int, _ time.Duration) (batch []schema.Delivery, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range min(limit, p.left) {
		batch = append(batch, schema.Delivery{ExperienceID: fmt.Sprint(p.left)})
		p.left--
	}
	return batch, nil
}

func (p *pile) Delivered(_ context.Context, _ string, done []schema.Delivery) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range done {
		p.gone[d.ExperienceID] = true
	}
	if len(p.gone) == p.all-1 && !p.gone[fmt.Sprint(p.all)] {
		close(p.done)
	}
	return nil
}

func (p *pile) DeliverLater(context.Context, time.Duration, []schema.Delivery) error { return nil }

func (p *pile) InboxRings() (<-chan struct{}, func()) { return nil, func() {} }

func (p *pile) deliver(_ context.Context, d schema.Delivery) error {
	n := p.carried.Add(1)
	defer p.carried.Add(-1)
	for most := p.most.Load(); n > most && !p.most.CompareAndSwap(most, n); most = p.most.Load() {
	}
	if d.ExperienceID == fmt.Sprint(p.all) {
		<-p.hold
	}
	time.Sleep(time.Millisecond) // a call takes its time
	return nil
}

func TestAStormReachesTemporalAFewAtATimeAndOneThatHangsHoldsNobodyUp(t *testing.T) {
	const messages = 500
	p := &pile{left: messages, all: messages, gone: map[string]bool{}, done: make(chan struct{}), hold: make(chan struct{})}
	r := relayOf(p, p, "here")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.run(ctx)
	}()
	<-p.done
	cancel()
	close(p.hold)
	<-ended
	require.LessOrEqual(t, p.most.Load(), int64(mostPlaces))
	require.Greater(t, p.most.Load(), int64(leastPlaces), "but not one by one")
	require.Len(t, p.gone, messages, "what is on its way when the relay ends still arrives")
	require.Equal(t, mostPlaces-r.pace.places, len(r.places), "all places are free again")
}
