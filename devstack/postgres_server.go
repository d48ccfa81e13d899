package devstack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

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
	if p.options.Calm {
		settings = append(settings, "autovacuum=off")
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
