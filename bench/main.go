// Command bench measures proactive's built binary over real HTTP, with a real Postgres and Temporal that it starts itself, side
// by side with others that do the like. See README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"proactive/bench/figures"
	"proactive/bench/rival"
	"proactive/bench/scenario"
	"proactive/bench/stack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == "rival" { // how we start ourselves, see stack.Rival
		return rival.Run(args[1])
	}
	o, err := readOptions(args, os.Stderr)
	if err != nil {
		return err
	}
	began := time.Now()
	all, err := stack.Start(ctx, people(o.sizes), os.Stderr)
	if err != nil {
		return err
	}
	b := &scenario.Bench{Stack: all, Sizes: o.sizes, Sheet: &figures.Sheet{}, Progress: os.Stderr}
	err = measure(ctx, b, o.scenarios)
	took := time.Since(began)
	return errors.Join(err, all.Stop(), tell(b, o, took))
}

// measure runs the scenarios. One that fails does not keep the others from running.
func measure(ctx context.Context, b *scenario.Bench, scenarios []scenario.Scenario) error {
	var errs []error
	for _, s := range scenarios {
		if err := s.Run(ctx, b); err != nil {
			fmt.Fprintln(os.Stderr, err)
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// people is how many the scenarios need at least; each person's hundred codes give each its reports.
func people(s scenario.Sizes) int { return max(10_000, s.Crowd, s.Waiting) }

// result is the JSON file.
type result struct {
	Time      time.Time         `json:"time"`
	Took      string            `json:"took"`
	Machine   machine           `json:"machine"`
	Sizes     scenario.Sizes    `json:"sizes"`
	Figures   []*figures.Figure `json:"figures"`
	Notes     []figures.Note    `json:"notes"`
	Budgets   []figures.Verdict `json:"budgets"`
	Scenarios []string          `json:"scenarios"`
}

type machine struct {
	CPUs     int    `json:"cpus"`
	System   string `json:"system"`
	Go       string `json:"go"`
	Postgres string `json:"postgres"`
}

// tell prints the table and writes the file, whatever was measured before something failed.
func tell(b *scenario.Bench, o options, took time.Duration) error {
	r := result{Time: time.Now().UTC(), Took: took.Round(time.Second).String(), Sizes: o.sizes, Figures: b.Sheet.Figures, Notes: b.Sheet.Notes,
		Machine: machine{runtime.NumCPU(), runtime.GOOS + "/" + runtime.GOARCH, runtime.Version(), b.Postgres.Version()}}
	for _, budget := range scenario.Budgets(o.sizes) {
		r.Budgets = append(r.Budgets, budget.Judge(b.Sheet))
	}
	for _, s := range o.scenarios {
		r.Scenarios = append(r.Scenarios, s.Name)
	}
	b.Sheet.Print(os.Stdout, r.Budgets)
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write down what was measured: %w", err)
	}
	fmt.Printf("\n%d CPUs, %s, %s, %s; %s; written to %s\n", r.Machine.CPUs, r.Machine.System, r.Machine.Go, r.Machine.Postgres, r.Took, o.json)
	return os.WriteFile(o.json, append(text, '\n'), 0o644)
}
