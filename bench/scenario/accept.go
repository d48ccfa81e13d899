package scenario

import (
	"context"
	"fmt"
	"os/exec"
	"sync/atomic"
	"time"

	"proactive/bench/load"
	"proactive/bench/stack"
)

// warmUp is for how long reports are sent before they count.
const warmUp = 500 * time.Millisecond

// accept compares how reports are taken.
func accept(ctx context.Context, b *Bench) error {
	contestants := []contestant{
		b.taker("proactive api", func(ctx context.Context) (*taker, error) { return b.proactive(ctx, "api") }),
		b.taker("proactive serve", func(ctx context.Context) (*taker, error) { return b.proactive(ctx, "serve") }),
		b.taker("River", func(ctx context.Context) (*taker, error) { return b.rival(ctx, "idle-river") }),
		b.taker("DBOS", func(ctx context.Context) (*taker, error) { return b.rival(ctx, "dbos") }),
	}
	if _, err := exec.LookPath("webhook"); err == nil {
		contestants = append(contestants, b.taker("webhook", b.webhook))
	} else {
		b.Sheet.Remark("accept", "webhook is missing, so nothing is compared with it: apt-get install webhook")
	}
	if program := pgbench(); program != "" {
		contestants = append(contestants, contestant{"pgbench", func(ctx context.Context) error { return b.runPgbench(ctx, program) }})
	} else {
		b.Sheet.Remark("accept", "pgbench is missing, so there is no raw limit: apt-get install postgresql-contrib")
	}
	return b.compare(ctx, "accept", contestants)
}

// A taker is a process that takes reports, in its own world.
type taker struct {
	*stack.World
	*stack.Service
	k atomic.Int64 // reports so far
}

func (b *Bench) proactive(ctx context.Context, subcommand string) (*taker, error) {
	w, err := b.World(ctx)
	if err != nil {
		return nil, err
	}
	return newTaker(w, func() (*stack.Service, error) { return w.Proactive(subcommand) })
}

func (b *Bench) rival(ctx context.Context, name string) (*taker, error) {
	w, err := b.EmptyWorld(ctx)
	if err != nil {
		return nil, err
	}
	return newTaker(w, func() (*stack.Service, error) { return w.Rival(name) })
}

func newTaker(w *stack.World, start func() (*stack.Service, error)) (*taker, error) {
	service, err := start()
	if err != nil {
		w.Close()
		return nil, err
	}
	return &taker{World: w, Service: service}, nil
}

// next is a report that nobody has sent yet to this taker: of another person, or with another code.
func (t *taker) next(k int) load.Report {
	return load.Report{ID: fmt.Sprintf("report-%d", k), Code: fmt.Sprint(k / t.People % stack.Codes), Person: k % t.People}
}

// used is what was used of the processors: by the process and what it starts, by Postgres, by Temporal.
type used struct{ own, postgres, temporal time.Duration }

func (t *taker) used() used {
	return used{stack.CPU(t.PID()), stack.CPU(t.Postgres.PID()), stack.CPU(t.Temporal.PID())}
}

// cpu adds what n reports have used since before, for a thousand of them.
func (b *Bench) cpu(scenario, of, who string, before, after used, n int) {
	for _, part := range []struct {
		name string
		used time.Duration
	}{
		{"all", after.own - before.own + after.postgres - before.postgres + after.temporal - before.temporal},
		{"itself", after.own - before.own},
		{"Postgres", after.postgres - before.postgres},
		{"Temporal", after.temporal - before.temporal},
	} {
		b.Sheet.Add(scenario, "CPU s/1000, "+of+", "+part.name, who, part.used.Seconds()/float64(n)*1000)
	}
}

func (b *Bench) taker(name string, start func(context.Context) (*taker, error)) contestant {
	return contestant{name, func(ctx context.Context) error {
		t, err := start(ctx)
		if err != nil {
			return err
		}
		defer t.Close()
		if _, err := t.take(ctx, 32, warmUp); err != nil {
			return err
		}
		for _, n := range b.Connections {
			if err := b.measureTaking(ctx, name, t, n); err != nil {
				return err
			}
		}
		return nil
	}}
}

func (b *Bench) measureTaking(ctx context.Context, name string, t *taker, connections int) error {
	before := t.used()
	sample, err := t.take(ctx, connections, b.Window)
	if err != nil {
		return err
	}
	after := t.used()
	with := on(connections)
	b.Sheet.Add("accept", "reports/s, "+with, name, sample.PerSecond())
	b.percentiles("accept", with, name, sample.Times)
	b.cpu("accept", with, name, before, after, len(sample.Times))
	return nil
}

// take sends reports for so long; every one must be taken.
func (t *taker) take(ctx context.Context, connections int, long time.Duration) (load.Sample, error) {
	sample, err := load.For(ctx, t.Address, connections, long, &t.k, func(k int) []byte { return t.next(k).Request() })
	if err != nil {
		return sample, err
	}
	return sample, sample.Clean()
}

// on says on how many connections something arrived.
func on(connections int) string {
	if connections == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", connections)
}
