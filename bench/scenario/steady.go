package scenario

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"proactive/bench/figures"
	"proactive/bench/load"
	"proactive/bench/stack"
)

// steady reports at half the rate that can be completed, for long, and watches whether memory stays what it was. It takes as long as
// it is told to, so it only runs when it is named.
func steady(ctx context.Context, b *Bench) error {
	t, err := b.proactive(ctx, "serve")
	if err != nil {
		return err
	}
	defer t.Close()
	if _, err := t.burst(ctx, inPostgres{t.World}, burstOf(b.Burst)); err != nil { // warms up
		return err
	}
	full, err := t.burst(ctx, inPostgres{t.World}, burstOf(b.Burst))
	if err != nil {
		return err
	}
	perSecond := float64(b.Burst) / full.took.Seconds() / 2
	b.say("steady: %.0f reports a second for %s", perSecond, b.Steady)

	watching, stop := context.WithCancel(ctx)
	defer stop()
	var watch errgroup.Group
	var held []float64
	watch.Go(func() error {
		held = b.watchMemory(watching, t)
		return nil
	})
	sample, err := t.pace(ctx, perSecond, b.Steady)
	stop()
	_ = watch.Wait() // it has no error
	if err != nil {
		return err
	}
	return b.tellSteady(ctx, t, sample, held)
}

// pace sends reports at a rate, whether those before were answered or not, as long as a connection is free.
func (t *taker) pace(ctx context.Context, perSecond float64, long time.Duration) (load.Sample, error) {
	began := time.Now()
	var sent atomic.Int64
	sample, err := load.For(ctx, t.Address, 8, long, &t.k, func(k int) []byte {
		due := began.Add(time.Duration(float64(sent.Add(1)) / perSecond * float64(time.Second)))
		time.Sleep(time.Until(due))
		return t.next(k).Request()
	})
	if err != nil {
		return sample, err
	}
	return sample, sample.Clean()
}

// watchMemory notes what the process holds, in MB, a hundred times while reports are sent.
func (b *Bench) watchMemory(ctx context.Context, t *taker) (held []float64) {
	look := time.NewTicker(b.Steady / 100)
	defer look.Stop()
	tell := b.counting("steady", 100)
	for {
		select {
		case <-ctx.Done():
			return held
		case <-look.C:
			held = append(held, stack.Resident(t.PID())/1e6)
			tell(len(held))
		}
	}
}

func (b *Bench) tellSteady(ctx context.Context, t *taker, sample load.Sample, held []float64) error {
	const who = "proactive serve"
	add := func(what string, value float64) { b.Sheet.Add("steady", what, who, value) }
	add("reports/s", sample.PerSecond())
	b.percentiles("steady", "POST", who, sample.Times)
	unfinished, err := t.Value(ctx, `SELECT count(*) FROM sn_pren_experience_issue WHERE closed_on IS NULL`)
	if err != nil {
		return err
	}
	add("unfinished when the last was sent", unfinished)
	quarter := len(held) / 4
	second, last := figures.Median(held[quarter:2*quarter]), figures.Median(held[3*quarter:])
	add("memory in the second quarter, MB", second)
	add("memory in the last quarter, MB", last)
	add("memory in the last quarter to the second's", last/second)
	if err := until(ctx, time.Second, func() (bool, error) {
		left, err := t.Value(ctx, `SELECT count(*) FROM sn_pren_experience_issue WHERE closed_on IS NULL`)
		return left == 0, err
	}); err != nil {
		return err
	}
	return t.allWentWell(ctx)
}
