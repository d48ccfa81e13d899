// Package stacktest gives tests a real Postgres and a real Temporal: servers shared by the tests of one binary, and for each
// test a database and a namespace of its own. Where a server cannot be had the test fails; it is never skipped.
package stacktest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"proactive/devstack"
)

// patience covers building Temporal's dev server, which happens once on a machine.
const patience = 15 * time.Minute

var (
	postgres server[*devstack.Postgres]
	temporal server[*devstack.Temporal]
)

// A server is started by the first test that needs it.
type server[S any] struct {
	once sync.Once
	is   S
	err  error
	up   bool
}

func (s *server[S]) get(t testing.TB, start func(context.Context) (S, error)) S {
	t.Helper()
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		s.is, s.err = start(ctx)
		s.up = s.err == nil
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.is
}

// Run runs the tests and then stops what they started:
//
//	func TestMain(m *testing.M) { os.Exit(stacktest.Run(m)) }
func Run(m *testing.M) int {
	code := m.Run()
	if temporal.up {
		temporal.is.Kill()
	}
	if postgres.up {
		if err := postgres.is.Remove(); err != nil {
			fmt.Fprintln(os.Stderr, "stacktest:", err)
			return max(code, 1)
		}
	}
	return code
}

// Postgres is the server that this binary's tests share.
func Postgres(t testing.TB) *devstack.Postgres {
	t.Helper()
	return postgres.get(t, startPostgres)
}

// Temporal is the server that this binary's tests share. It keeps all in memory.
func Temporal(t testing.TB) *devstack.Temporal {
	t.Helper()
	return temporal.get(t, startTemporal)
}

// OwnPostgres is a server for one test, which may stop, kill and pause it.
func OwnPostgres(t testing.TB) *devstack.Postgres {
	t.Helper()
	p, err := startPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Resume()
		if err := p.Remove(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// OwnTemporal is a server for one test, which may stop and kill it. It keeps its state in a file, so that a restart finds it.
func OwnTemporal(t testing.TB) *devstack.Temporal {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := devstack.StartTemporal(ctx, devstack.TemporalOptions{
		DBFile: t.TempDir() + "/temporal.db", Headless: true, Progress: os.Stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

func startPostgres(ctx context.Context) (*devstack.Postgres, error) {
	return devstack.StartPostgres(ctx, devstack.PostgresOptions{Fast: true, Calm: true, Progress: os.Stderr})
}

func startTemporal(ctx context.Context) (*devstack.Temporal, error) {
	return devstack.StartTemporal(ctx, devstack.TemporalOptions{Headless: true, Progress: os.Stderr})
}
