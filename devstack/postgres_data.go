package devstack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const superuser = "postgres"

// data is Postgres's own folder. Beside it stand files of ours that Postgres's user need not see.
func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// majorOnDisk is the version that made the data folder, such as "15"; empty where there is none yet.
func (p *Postgres) majorOnDisk() string {
	version, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(version))
}

// prepare makes the data folder unless there is one that these binaries can run.
func (p *Postgres) prepare(ctx context.Context) error {
	if err := p.readPassword(); err != nil {
		return err
	}
	switch p.majorOnDisk() {
	case "":
		return p.initialise(ctx)
	case p.binaries.major():
		return p.owner.takes(p.data())
	}
	return fmt.Errorf("%s was made by Postgres %s and only Postgres %s is here: install version %s, or move the folder away to begin anew",
		p.data(), p.majorOnDisk(), p.binaries.major(), p.majorOnDisk())
}

// readPassword reads the superuser's password, or thinks of one. With it other users of this machine cannot run programs as
// us by way of COPY ... FROM PROGRAM.
func (p *Postgres) readPassword() error {
	path := filepath.Join(p.dir, "password")
	known, err := os.ReadFile(path)
	if err == nil {
		p.password = string(known)
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read Postgres's password: %w", err)
	}
	p.password = rand.Text()
	if err := os.WriteFile(path, []byte(p.password), 0o600); err != nil {
		return fmt.Errorf("keep Postgres's password: %w", err)
	}
	return nil
}

// initialise runs initdb beside the data folder and then renames, so that an interrupted or simultaneous run leaves none that
// is half made.
func (p *Postgres) initialise(ctx context.Context) error {
	draft, err := os.MkdirTemp(p.dir, "initdb-")
	if err != nil {
		return fmt.Errorf("make Postgres's data folder: %w", err)
	}
	defer os.RemoveAll(draft)
	secret := filepath.Join(draft, "password")
	if err := os.WriteFile(secret, []byte(p.password), 0o600); err != nil {
		return fmt.Errorf("make Postgres's data folder: %w", err)
	}
	if err := p.owner.takes(draft); err != nil {
		return fmt.Errorf("make Postgres's data folder: %w", err)
	}
	made := filepath.Join(draft, "data")
	initdb := p.command("initdb", "-D", made, "-U", superuser, "--pwfile="+secret, "--auth=password",
		"--encoding=UTF8", "--locale=C", "--no-sync")
	run, err := launch(initdb, p.owner, killSignal, p.options.Log)
	if err != nil {
		return err
	}
	select {
	case <-run.gone:
	case <-ctx.Done():
		run.kill()
		return ctx.Err()
	}
	if !initdb.ProcessState.Success() {
		return fmt.Errorf("initdb failed: %s", run.tail)
	}
	if err := os.Rename(made, p.data()); err != nil {
		return fmt.Errorf("put Postgres's data folder in place (does another copy of this program start there?): %w", err)
	}
	return nil
}

// clearPIDFile removes what a killed run left behind. A server that still ends is waited for; one that runs is an error.
// Postgres itself would take any live process with the recorded id, also one that got it long after, for a server.
func (p *Postgres) clearPIDFile(ctx context.Context) error {
	path := filepath.Join(p.data(), "postmaster.pid")
	patience := time.Now().Add(2 * time.Second) // a server whose parent was killed has yet to notice
	for {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("see whether Postgres runs already: %w", err)
		}
		lines := strings.Split(string(content), "\n")
		pid, _ := strconv.Atoi(strings.TrimSpace(lines[0]))
		if pid <= 0 || !p.served(pid) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove the stale %s: %w", path, err)
			}
			return nil
		}
		ending := len(lines) > 7 && strings.HasPrefix(lines[7], "stopping")
		if !ending && time.Now().After(patience) {
			return fmt.Errorf("process %d serves %s already: end it first, or choose another data folder", pid, p.data())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for process %d to leave %s: %w", pid, p.data(), ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// served reports whether process pid is a live server of our data folder. Postgres works inside of it; where that cannot be
// seen, a live process of that name is believed to be one. A process that we may not look at is another user's, so not ours.
func (p *Postgres) served(pid int) bool {
	if !alive(pid) {
		return false
	}
	workingDir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if errors.Is(err, fs.ErrPermission) {
		return false
	}
	if err != nil {
		name, _ := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output()
		return strings.Contains(string(name), "postgres")
	}
	data, err := filepath.EvalSymlinks(p.data())
	return err != nil || workingDir == data
}
