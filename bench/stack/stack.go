// Package stack runs all that is measured: a real Postgres and Temporal, the built binary of proactive, its rivals, and somebody
// else's HTTP service. It owns processes, ports and databases, and counts what they use. It knows nothing of scenarios.
package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"proactive/devstack"
	"proactive/worker"
)

// A Stack is what all scenarios share. Each has databases and Temporal namespaces of its own.
type Stack struct {
	Postgres *devstack.Postgres
	Temporal *devstack.Temporal
	Hook     *Hook
	Plans    *Plans // what Postgres says about plans, while a scenario asks for that
	Binary   string // of proactive
	Dir      string // for files of this run

	People int // that the template database has
	worlds int
}

// Start builds proactive and starts the servers. Progress hears in sentences what takes time.
func Start(ctx context.Context, people int, progress io.Writer) (*Stack, error) {
	if err := enterCheckout(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "proactive-bench-")
	if err != nil {
		return nil, err
	}
	s := &Stack{Hook: newHook(), Plans: &Plans{}, Binary: filepath.Join(dir, "proactive"), Dir: dir, People: people}
	if err := s.start(ctx, progress); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, progress io.Writer) error {
	fmt.Fprintln(progress, "building proactive and starting Postgres and Temporal …")
	starting, ctx := errgroup.WithContext(ctx)
	starting.Go(func() error { return s.build(ctx) })
	starting.Go(func() (err error) {
		// Not Fast: what was answered must survive the machine, for all who are compared.
		s.Postgres, err = devstack.StartPostgres(ctx, devstack.PostgresOptions{Progress: progress, Log: s.Plans})
		return err
	})
	starting.Go(func() (err error) {
		s.Temporal, err = devstack.StartTemporal(ctx, devstack.TemporalOptions{
			DBFile: filepath.Join(s.Dir, "temporal.db"), Headless: true, Progress: progress,
		})
		return err
	})
	if err := starting.Wait(); err != nil {
		return err
	}
	return s.makeTemplate(context.WithoutCancel(ctx))
}

// Stop ends the servers and forgets all that they stored.
func (s *Stack) Stop() error {
	s.Hook.server.Close()
	var errs []error
	if s.Temporal != nil {
		s.Temporal.Kill()
	}
	if s.Postgres != nil {
		errs = append(errs, s.Postgres.Remove())
	}
	return errors.Join(append(errs, os.RemoveAll(s.Dir))...)
}

func (s *Stack) build(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", s.Binary, "./cmd/proactive").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build proactive: %w: %s", err, out)
	}
	return nil
}

// enterCheckout makes the folder of the main module the working directory: there stand its source and the Temporal that it pins.
func enterCheckout() error {
	for range 10 {
		if _, err := os.Stat("tools.mod"); err == nil {
			return nil
		}
		if err := os.Chdir(".."); err != nil {
			return err
		}
	}
	return errors.New("this is no checkout of proactive: run it with go run -C bench .")
}

func searchAttributes() map[string]string {
	all := map[string]string{}
	for _, name := range worker.SearchAttributes() {
		all[name] = "Keyword"
	}
	return all
}
