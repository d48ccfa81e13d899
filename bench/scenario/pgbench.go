package scenario

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"proactive/bench/stack"
)

// comparable is a row as an issue's, with an issue's indexes and checks, and nothing else that a report writes.
const comparable = `
	INSERT INTO comparable (sys_id, experience_id, provider, registry, "user", state, due_at, sys_created_by)
	VALUES (md5(random()::text || clock_timestamp()), md5(random()::text || clock_timestamp()), md5('provider'), md5('registry'),
	        md5(random()::text || clock_timestamp()), 'open', now() + interval '10 minutes', 'username');
`

const makeComparable = `CREATE TABLE comparable (LIKE sn_pren_experience_issue INCLUDING ALL)`

// pgbench is the program; "" where it is missing. Debian's is a script that looks for this one.
func pgbench() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if len(found) > 0 {
		return found[len(found)-1]
	}
	program, _ := exec.LookPath("pgbench")
	return program
}

// runPgbench inserts rows on so many connections to Postgres as others have to their process. That is the limit of this Postgres.
func (b *Bench) runPgbench(ctx context.Context, program string) error {
	w, err := b.World(ctx)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.DB.ExecContext(ctx, makeComparable); err != nil {
		return err
	}
	script := filepath.Join(b.Dir, "comparable.sql")
	if err := os.WriteFile(script, []byte(comparable), 0o600); err != nil {
		return err
	}
	for _, n := range b.Connections {
		if err := b.insertRows(ctx, w, program, script, n); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) insertRows(ctx context.Context, w *stack.World, program, script string, connections int) error {
	log := filepath.Join(b.Dir, "pgbench")
	before := used{postgres: stack.CPU(w.Postgres.PID())}
	cmd := exec.CommandContext(ctx, program, "-n", "-M", "prepared", "-f", script, "-c", strconv.Itoa(connections), "-j", "1",
		"-T", strconv.Itoa(max(1, int(b.Window.Seconds()))), "-l", "--log-prefix", log, w.Database)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	after := used{own: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), postgres: stack.CPU(w.Postgres.PID())}
	times, took, err := readLogs(log)
	if err != nil {
		return err
	}
	with := on(connections)
	b.Sheet.Add("accept", "reports/s, "+with, "pgbench", float64(len(times))/took.Seconds())
	b.percentiles("accept", with, "pgbench", times)
	b.cpu("accept", with, "pgbench", before, after, len(times))
	return nil
}

// readLogs reads how long each transaction took, and all of them together, and removes the files. The program's own time begins
// before it has connected.
func readLogs(prefix string) (times []time.Duration, took time.Duration, err error) {
	files, _ := filepath.Glob(prefix + ".*")
	var first, last time.Time
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, 0, err
		}
		for line := range strings.Lines(string(text)) {
			took, ended, err := readTransaction(line)
			if err != nil {
				return nil, 0, err
			}
			if began := ended.Add(-took); first.IsZero() || began.Before(first) {
				first = began
			}
			if ended.After(last) {
				last = ended
			}
			times = append(times, took)
		}
		if err := os.Remove(name); err != nil {
			return nil, 0, err
		}
	}
	return times, last.Sub(first), nil
}

// readTransaction reads a line of pgbench's log: client, number, microseconds, script, and the end in seconds and microseconds.
func readTransaction(line string) (took time.Duration, ended time.Time, err error) {
	var client, number, micros, script, seconds, fraction int64
	if _, err := fmt.Sscan(line, &client, &number, &micros, &script, &seconds, &fraction); err != nil {
		return 0, ended, fmt.Errorf("pgbench's log: %q: %w", line, err)
	}
	return time.Duration(micros) * time.Microsecond, time.Unix(seconds, fraction*1000), nil
}
