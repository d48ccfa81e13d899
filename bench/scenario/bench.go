// Package scenario holds what is measured, one scenario a file. Each scenario has worlds of its own and adds its figures to the
// sheet.
package scenario

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"proactive/bench/figures"
	"proactive/bench/stack"
)

// Sizes say how much is measured.
type Sizes struct {
	Rounds      int           // of comparisons
	Window      time.Duration // for which reports are sent, at each number of connections
	Connections []int
	Alone       int // reports sent one at a time
	Burst       int // reports that are to be completed at once
	Each        int // issues that are counted on each path
	Storm       int // reports of one person and issue code
	Crowd       int // reports of as many people
	Waiting     int // issues in action_wait
	Closed      int // closed issues in the large tables
	Staff       int // people in the large tables

	Steady time.Duration // for which reports are sent at half load
}

// A Bench is what scenarios work with.
type Bench struct {
	*stack.Stack
	Sizes
	Sheet    *figures.Sheet
	Progress io.Writer
}

// A Scenario measures one thing.
type Scenario struct {
	Name  string
	About string
	run   func(context.Context, *Bench) error
}

// All are the scenarios in the order in which they run.
var All = []Scenario{
	{"accept", "reports taken in a second, and how long each takes, against rivals", accept},
	{"complete", "silent issues completed in a second, and POST to closed, against rivals", complete},
	{"cost", "requests and events of Temporal, and round trips to Postgres, of one issue on each path", cost},
	{"device", "a report with nobody else there, and how soon the device sees its job", device},
	{"one-person", "many reports of one person and issue code while the action is held", onePerson},
	{"many-people", "as many people reporting at once: taken in, drained in, memory", manyPeople},
	{"waiting", "issues in action_wait: memory, restart, served again", waiting},
	{"large-tables", "taking a report, and the plans, beside many closed issues and people", largeTables},
	{"dev", "from the start of dev to the first report taken", dev},
}

// Long are those that take so long that they only run when they are named.
var Long = []Scenario{{"steady", "half the rate that can be completed, for long: memory", steady}}

// Run runs a scenario and says how long it took.
func (s Scenario) Run(ctx context.Context, b *Bench) error {
	began := time.Now()
	b.say("%s: %s", s.Name, s.About)
	if err := s.run(ctx, b); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	b.say("%s: done in %s", s.Name, time.Since(began).Round(100*time.Millisecond))
	return nil
}

// say tells whoever waits how far it is.
func (b *Bench) say(format string, args ...any) {
	fmt.Fprintf(b.Progress, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}

// A contestant is measured side by side with others.
type contestant struct {
	name    string
	measure func(context.Context) error
}

// compare measures all of them in every round, in another order each time, so that none always comes after the same one.
func (b *Bench) compare(ctx context.Context, scenario string, contestants []contestant) error {
	b.Sheet.Compare(scenario)
	for round := range b.Rounds {
		order := slices.Clone(contestants)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, c := range order {
			b.rest()
			b.say("%s: round %d of %d: %s", scenario, round+1, b.Rounds, c.name)
			if err := c.measure(ctx); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return nil
}

// rest waits until the servers are done with what the last one has left behind, but not for ever.
func (b *Bench) rest() {
	const moment, restless = 200 * time.Millisecond, 20 * time.Millisecond
	servers := func() time.Duration { return stack.CPU(b.Postgres.PID()) + stack.CPU(b.Temporal.PID()) }
	for over := time.Now().Add(5 * time.Second); time.Now().Before(over); {
		before := servers()
		time.Sleep(moment)
		if servers()-before <= restless {
			return
		}
	}
}

// percentiles adds the two that are looked at, in milliseconds.
func (b *Bench) percentiles(scenario, of, who string, times []time.Duration) {
	for _, p := range []float64{50, 99} {
		b.Sheet.Add(scenario, fmt.Sprintf("p%g ms, %s", p, of), who, figures.Percentile(figures.Milliseconds(times), p))
	}
}

// How long something may take: what many wait for, and what one does.
const (
	patience       = 20 * time.Minute
	patienceForOne = time.Minute
)

// soon looks again and again whether something is so that one report has caused.
func soon(ctx context.Context, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patienceForOne)
	defer cancel()
	return until(ctx, time.Millisecond, holds)
}

// until looks again and again whether something is so.
func until(ctx context.Context, every time.Duration, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		if held, err := holds(); held || err != nil {
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("it does not come true: %w", ctx.Err())
		}
	}
}

// counting gives what tells now and then how many of all are done.
func (b *Bench) counting(scenario string, all int) func(done int) {
	last := time.Now()
	return func(done int) {
		if time.Since(last) > 10*time.Second {
			b.say("%s: %d of %d", scenario, done, all)
			last = time.Now()
		}
	}
}
