package scenario

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"proactive/bench/stack"
)

// manyPeople lets as many people as there are reports have their trouble at once.
func manyPeople(ctx context.Context, b *Bench) error {
	t, err := b.proactive(ctx, "serve")
	if err != nil {
		return err
	}
	defer t.Close()
	before, oldest := stack.Resident(t.PID()), 0.0
	watching, stop := context.WithCancel(ctx)
	defer stop()
	var watch errgroup.Group
	watch.Go(func() (err error) {
		oldest, err = t.oldestWaiting(watching)
		return err
	})
	c, err := t.burst(ctx, inPostgres{t.World}, burst{
		n: b.Crowd, connections: manyConnections, look: 250 * time.Millisecond, tell: b.counting("many-people", b.Crowd),
	})
	stop()
	if err != nil {
		return err
	}
	if err := watch.Wait(); err != nil {
		return err
	}
	if err := t.allWentWell(ctx); err != nil {
		return err
	}
	const who = "proactive serve"
	add := func(what string, value float64) { b.Sheet.Add("many-people", what, who, value) }
	add("reports", float64(b.Crowd))
	add("taken in, s", c.taken.Seconds())
	add("drained in, s", c.took.Seconds())
	add("completed/s", float64(b.Crowd)/c.took.Seconds())
	b.percentiles("many-people", "POST to closed", who, c.times)
	add("oldest waiting for Temporal, s", oldest)
	add("memory before, MB", before/1e6)
	add("memory at most, MB", stack.ResidentAtMost(t.PID())/1e6)
	return nil
}

// oldestWaiting watches the inbox until ctx ends, and gives the greatest age of its oldest message, in seconds.
func (t *taker) oldestWaiting(ctx context.Context) (oldest float64, err error) {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return oldest, nil
		case <-look.C:
		}
		age, err := t.Value(ctx, `SELECT coalesce(extract(epoch FROM now() - min(sys_created_on)), 0) FROM sn_pren_experience_issue_inbox`)
		if err != nil && ctx.Err() == nil {
			return oldest, err
		}
		oldest = max(oldest, age)
	}
}
