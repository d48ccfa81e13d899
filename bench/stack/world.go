package stack

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"proactive/devstack/pgproxy"
)

// A World is a new database and Temporal namespace, and the processes that use them. Close ends it.
type World struct {
	*Stack
	DB        *sql.DB // to look at what is there
	Database  string  // URL
	Namespace string
	Frontend  *Frontend      // counts requests to Temporal; nil when nobody asked for that
	Between   *pgproxy.Proxy // counts round trips to Postgres; nil when nobody asked for that

	name    string
	closers []func()
}

// World makes a world with proactive's tables, its catalogue and people.
func (s *Stack) World(ctx context.Context) (*World, error) { return s.world(ctx, template) }

// EmptyWorld is one for a rival, which makes its own tables.
func (s *Stack) EmptyWorld(ctx context.Context) (*World, error) { return s.world(ctx, "") }

func (s *Stack) world(ctx context.Context, template string) (*World, error) {
	s.worlds++
	w := &World{Stack: s, name: fmt.Sprintf("world_%d", s.worlds)}
	w.Namespace = w.name
	if err := s.Postgres.CreateDatabase(ctx, w.name, template); err != nil {
		return nil, err
	}
	w.onClose(func() { _ = s.Postgres.DropDatabase(context.WithoutCancel(ctx), w.name) })
	w.Database = s.Postgres.URL(w.name)
	err := s.Temporal.CreateNamespace(ctx, w.Namespace, searchAttributes())
	if err == nil {
		w.DB, err = sql.Open("postgres", w.Database)
	}
	if err != nil {
		w.Close()
		return nil, err
	}
	w.onClose(func() { w.DB.Close() })
	return w, nil
}

// Count puts counters between the processes that start from now on and the servers.
func (w *World) Count() (err error) {
	if w.Frontend, err = ListenForTemporal(w.Temporal.Address()); err != nil {
		return err
	}
	w.onClose(w.Frontend.Close)
	if w.Between, err = pgproxy.Listen(w.Database); err != nil {
		return err
	}
	w.onClose(w.Between.Close)
	return nil
}

// Close ends the world's processes and forgets its database.
func (w *World) Close() {
	for len(w.closers) > 0 {
		last := len(w.closers) - 1
		w.closers[last]()
		w.closers = w.closers[:last]
	}
}

func (w *World) onClose(do func()) { w.closers = append(w.closers, do) }

// A Service is a process that takes reports.
type Service struct {
	*Process
	Address string // HOST:PORT
}

// Proactive starts a subcommand of the binary: serve, api or worker. One that runs issues is ready to when this returns.
func (w *World) Proactive(subcommand string) (*Service, error) {
	p, err := w.run("proactive "+subcommand, w.Binary, subcommand)
	if err != nil {
		return nil, err
	}
	s := &Service{Process: p}
	if subcommand != "worker" {
		if s.Address, err = p.Says(`msg="taking reports" address=(\S+)`); err != nil {
			return nil, err
		}
	}
	if subcommand != "api" {
		_, err = p.Says("the engine is running")
	}
	return s, err
}

// Rival starts one of the programs of package rival, which are part of this binary.
func (w *World) Rival(name string) (*Service, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p, err := w.run(name, self, "rival", name)
	if err != nil {
		return nil, err
	}
	address, err := p.Says(`taking reports at (\S+)`)
	return &Service{p, address}, err
}

// Program starts somebody else's program, which listens at address.
func (w *World) Program(address, program string, args ...string) (*Service, error) {
	p, err := w.run(program, program, args...)
	return &Service{p, address}, err
}

func (w *World) run(name, program string, args ...string) (*Process, error) {
	p, err := Run(name, w.env(), program, args...)
	if err == nil {
		w.onClose(p.Stop)
	}
	return p, err
}

func (w *World) env() []string {
	database, temporal := w.Database, w.Temporal.Address()
	if w.Frontend != nil {
		database, temporal = w.Between.URL(), w.Frontend.Address
	}
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.Dir, "DATABASE_URL=" + database, "TEMPORAL_ADDRESS=" + temporal,
		"TEMPORAL_NAMESPACE=" + w.Namespace, "PROACTIVE_HTTP_ALLOW=" + w.Hook.Address(), "PROACTIVE_API_ADDR=127.0.0.1:0",
		"PROACTIVE_WORKER_ADDR=127.0.0.1:0", "PROACTIVE_SECRET_HOOK=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
		"PROACTIVE_SECRETS_ALLOW=HOOK=" + w.Hook.Address(), "HOOK_URL=http://" + w.Hook.Address() + "/hook"}
}

// Enroll makes the token of the agent on the nth computer.
func (w *World) Enroll(ctx context.Context, n int) (token string, err error) {
	cmd := exec.CommandContext(ctx, w.Binary, "enroll-agent", "--ci", Computer(n))
	cmd.Env = w.env()
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("proactive enroll-agent: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// told lets the hook hear of outcomes and of incidents.
const told = `
outcomes: [{provider: sn, url: "http://%[1]s/outcomes", secret: {$secret: HOOK}, states: [in_progress, action_wait, closed_complete]}]
service_desks: [{name: hook, type: webhook, url: "http://%[1]s/incidents", secret: {$secret: HOOK}}]`

// TellHook lets others hear from now on what becomes of issues.
func (w *World) TellHook(ctx context.Context) error {
	return w.apply(ctx, w.Database, fmt.Sprintf(told, w.Hook.Address()))
}

// Value asks the database for one number.
func (w *World) Value(ctx context.Context, query string, args ...any) (value float64, err error) {
	err = w.DB.QueryRowContext(ctx, query, args...).Scan(&value)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", query, err)
	}
	return value, nil
}
