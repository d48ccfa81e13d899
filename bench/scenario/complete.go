package scenario

import (
	"context"
	"time"

	"proactive/bench/load"
)

// complete compares how soon what was reported is done.
func complete(ctx context.Context, b *Bench) error {
	return b.compare(ctx, "complete", []contestant{
		{"proactive serve", func(ctx context.Context) error {
			t, err := b.proactive(ctx, "serve")
			if err != nil {
				return err
			}
			defer t.Close()
			if err := b.measureCompleting(ctx, "proactive serve", t, inPostgres{t.World}); err != nil {
				return err
			}
			return t.allWentWell(ctx)
		}},
		b.completing("hello world", "hello"),
		b.completing("hello, eager start", "eager-hello"),
		b.completing("River", "river"),
		b.completing("DBOS", "dbos"),
	})
}

func (b *Bench) completing(name, program string) contestant {
	return contestant{name, func(ctx context.Context) error {
		t, err := b.rival(ctx, program)
		if err != nil {
			return err
		}
		defer t.Close()
		return b.measureCompleting(ctx, name, t, inRival{t.Address})
	}}
}

// burstOf is so many reports at once, and how often it is looked whether all are done.
func burstOf(n int) burst { return burst{n: n, connections: 32, look: 5 * time.Millisecond} }

type burst struct {
	n, connections int
	look           time.Duration
	tell           func(done int) // hears how far it is; nil: nobody does
}

func (b *Bench) measureCompleting(ctx context.Context, name string, t *taker, done doneness) error {
	if _, err := t.burst(ctx, done, burstOf(min(50, b.Burst))); err != nil { // warms up
		return err
	}
	if err := b.oneAtATime(ctx, name, t, done); err != nil {
		return err
	}
	before := t.used()
	all, err := t.burst(ctx, done, burstOf(b.Burst))
	if err != nil {
		return err
	}
	after := t.used()
	b.Sheet.Add("complete", "completed/s, burst", name, float64(b.Burst)/all.took.Seconds())
	b.percentiles("complete", "POST to closed, burst", name, all.times)
	b.cpu("complete", "burst", name, before, after, b.Burst)
	return nil
}

// oneAtATime reports the next when the last is done.
func (b *Bench) oneAtATime(ctx context.Context, name string, t *taker, done doneness) error {
	var times []time.Duration
	for range b.Alone {
		report := t.next(int(t.k.Add(1) - 1))
		began := time.Now()
		if _, err := load.Once(ctx, t.Address, report.Request()); err != nil {
			return err
		}
		if err := soon(ctx, func() (bool, error) { return done.one(ctx, report.ID) }); err != nil {
			return err
		}
		times = append(times, time.Since(began))
	}
	b.percentiles("complete", "POST to closed, alone", name, times)
	return nil
}

// completed is what came of a burst.
type completed struct {
	taken time.Duration   // until the last was taken
	took  time.Duration   // until the last was done
	times []time.Duration // of each, from POST to done
}

// burst sends reports as fast as they are taken, and waits until all of them are done.
func (t *taker) burst(ctx context.Context, done doneness, o burst) (completed, error) {
	before, err := done.count(ctx)
	if err != nil {
		return completed{}, err
	}
	first := int(t.k.Add(int64(o.n))) - o.n
	sent := make([]time.Time, o.n)
	began := time.Now()
	sample, err := load.Times(ctx, t.Address, o.connections, o.n, func(i int) []byte {
		sent[i] = time.Now()
		return t.next(first + i).Request()
	})
	if err == nil {
		err = sample.Clean()
	}
	if err != nil {
		return completed{}, err
	}
	err = until(ctx, o.look, func() (bool, error) {
		now, err := done.count(ctx)
		if o.tell != nil {
			o.tell(now - before)
		}
		return now >= before+o.n, err
	})
	if err != nil {
		return completed{}, err
	}
	c := completed{taken: sample.Took, took: time.Since(began)}
	when, err := done.all(ctx)
	for i, sent := range sent {
		c.times = append(c.times, when[t.next(first+i).ID].Sub(sent))
	}
	return c, err
}
