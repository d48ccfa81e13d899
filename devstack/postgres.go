package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
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
	// Calm leaves out autovacuum, so that nobody but the callers locks a table, takes a transaction id, or makes new plans. For tests.
	Calm bool
	// Progress hears in sentences what takes time or differs from what was asked. May be nil.
	Progress io.Writer
	// Log gets the server's own log. May be nil.
	Log io.Writer
}

// A Postgres is a server that runs, or ran, in one data folder on one port.
type Postgres struct {
	options  PostgresOptions
	dir      string
	scratch  *scratch // nil where the caller named the folder
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
	if err := p.settle(); err != nil {
		return nil, err
	}
	if err := p.firstStart(ctx); err != nil {
		p.forgetScratch()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) firstStart(ctx context.Context) (err error) {
	if p.binaries, err = findBinaries(ctx, p.majorOnDisk(), p.options.Progress); err != nil {
		return err
	}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	return p.Start(ctx)
}

// settle decides where the data lies.
func (p *Postgres) settle() (err error) {
	asked := p.options.Dir
	if asked == "" {
		if p.scratch, err = p.owner.scratch(); err == nil {
			p.dir = p.scratch.dir
		}
		return err
	}
	if p.dir, err = p.owner.home(asked); err == nil && !sameFolder(asked, p.dir) {
		fmt.Fprintf(p.options.Progress, "Postgres keeps its data in %s: its user %s cannot reach %s.\n", p.dir, p.owner.name, asked)
	}
	return err
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
	p.forgetScratch()
	return os.RemoveAll(p.dir)
}

func (p *Postgres) forgetScratch() {
	if p.scratch != nil {
		p.scratch.remove()
	}
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
