package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// PostgresOptions say which Postgres to run. The zero value runs one in a new temporary folder.
type PostgresOptions struct {
	// Dir keeps the data. Empty means a new temporary folder. Root may get another folder than asked for, see Postgres.Dir.
	Dir string
	// Port on 127.0.0.1; 0 means any free one.
	Port int
	// Fast leaves out what only guards against a crash of the machine (fsync, full page writes). A killed server still loses
	// nothing that it committed.
	Fast bool
	// Progress hears in sentences what takes time or differs from what was asked. May be nil.
	Progress io.Writer
	// Log gets the server's own log. May be nil.
	Log io.Writer
}

// A Postgres is a server that runs, or ran, in one data folder on one port.
type Postgres struct {
	options  PostgresOptions
	dir      string
	owner    *owner
	binaries binaries
	port     int
	password string

	mu      sync.Mutex
	process *process
}

// StartPostgres prepares the data folder where that is needed, starts the server and returns when it answers queries.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	p := &Postgres{options: o, owner: as, port: o.Port}
	if p.dir, err = as.home(o.Dir); err != nil {
		return nil, err
	}
	if o.Dir != "" && !sameFolder(o.Dir, p.dir) {
		fmt.Fprintf(o.Progress, "Postgres keeps its data in %s: its user %s cannot reach %s.\n", p.dir, as.name, o.Dir)
	}
	if p.binaries, err = findBinaries(ctx, p.majorOnDisk(), o.Progress); err != nil {
		return nil, err
	}
	if err := p.prepare(ctx); err != nil {
		return nil, err
	}
	return p, p.Start(ctx)
}

// Start runs the server, after Stop or Kill again on the same port and data.
func (p *Postgres) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil && !p.process.ended() {
		return errors.New("this Postgres runs already")
	}
	if err := p.clearPIDFile(ctx); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := p.startOnce(ctx)
		taken := p.process != nil && p.process.ended() && p.process.tail.says("address already in use")
		if err == nil || !taken || p.options.Port != 0 || attempt == tries {
			return err
		}
		p.port = 0
	}
}

func (p *Postgres) startOnce(ctx context.Context) (err error) {
	if p.port == 0 {
		p.port, err = freePort()
	} else {
		err = checkPort("Postgres", p.port)
	}
	if err != nil {
		return err
	}
	p.process, err = launch(p.command("postgres", p.settings()...), p.owner, syscall.SIGINT, p.options.Log)
	if err != nil {
		return err
	}
	if err := p.answers(ctx); err != nil {
		p.end()
		return err
	}
	return nil
}

// settings are given on the command line, so that a folder made by an older version of this program gets today's.
func (p *Postgres) settings() []string {
	settings := []string{
		"listen_addresses=" + loopback, fmt.Sprintf("port=%d", p.port), "unix_socket_directories=",
		"max_connections=200", "timezone=UTC", "log_timezone=UTC", "logging_collector=off", "lc_messages=C",
	}
	if p.options.Fast {
		settings = append(settings, "fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "shared_buffers=64MB")
	}
	args := []string{"-D", p.data()}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}

// command is one of Postgres's programs, in a folder that its user can enter and free of PG* and locale variables of ours.
func (p *Postgres) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.binaries.dir, program), args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	return cmd
}

// answers waits until the server answers a query: it may recover from a crash first.
func (p *Postgres) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := p.query(ctx, "postgres", "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-p.process.gone:
			return fmt.Errorf("postgres did not start: %s", p.process.tail)
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer on port %d (%w): %s", p.port, err, p.process.tail)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server in order (a "fast" shutdown: open transactions are rolled back) and waits until it is gone.
func (p *Postgres) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	return nil
}

func (p *Postgres) end() {
	if p.process != nil {
		p.process.end(syscall.SIGINT, 30*time.Second)
	}
}

// Remove stops the server and forgets its data.
func (p *Postgres) Remove() error {
	if err := p.Stop(); err != nil {
		return err
	}
	return os.RemoveAll(p.dir)
}

// URL is how to connect to database as the superuser.
func (p *Postgres) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, p.password), Host: address(p.port), Path: "/" + database,
		RawQuery: "sslmode=disable"}
	return u.String()
}

// Dir is the folder that keeps the data.
func (p *Postgres) Dir() string { return p.dir }

// Port is where it listens on 127.0.0.1.
func (p *Postgres) Port() int { return p.port }

// PID is the server's process while it runs, to measure what it uses.
func (p *Postgres) PID() int { return p.process.pid() }

// Version is what the server calls itself, such as "postgres (PostgreSQL) 15.18".
func (p *Postgres) Version() string { return strings.TrimSpace(p.binaries.version) }

func sameFolder(asked, got string) bool {
	abs, err := filepath.Abs(asked)
	return err == nil && abs == got
}
