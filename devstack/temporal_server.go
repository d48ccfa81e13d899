package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (t *Temporal) startOnce(ctx context.Context) error {
	if err := t.choosePorts(); err != nil {
		return err
	}
	cmd := exec.Command(t.program, t.flags()...)
	cmd.Env = slices.DeleteFunc(os.Environ(), meansSomethingElse)
	var err error
	if t.process, err = launch(cmd, nil, killSignal, t.options.Log); err != nil {
		return err
	}
	if err := t.connect(); err != nil {
		return err
	}
	return t.answers(ctx)
}

// meansSomethingElse picks the variables that the server must not see: settings of a client of another server, the home
// folder, whose configuration files the CLI reads and writes, also several servers at once, and secrets, of which the key of
// the payloads is there to keep them from it.
func meansSomethingElse(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return strings.HasPrefix(name, "TEMPORAL_") || name == "HOME" || name == "XDG_CONFIG_HOME" ||
		name == "PROACTIVE_PAYLOAD_KEY" || name == "PROACTIVE_LINK_KEY" || strings.HasPrefix(name, "PROACTIVE_SECRET_")
}

func (t *Temporal) choosePorts() error {
	for _, p := range []struct {
		server string
		port   *int
		needed bool
	}{{"Temporal", &t.port, true}, {"Temporal's web UI", &t.uiPort, !t.options.Headless}} {
		var err error
		switch {
		case !p.needed:
		case *p.port == 0:
			*p.port, err = freePort()
		default:
			err = checkPort(p.server, *p.port)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// flags are those of "temporal server start-dev". Eager activities are off by default in this version, and a commit to a
// database file without a write-ahead log costs two flushes of the disk.
func (t *Temporal) flags() []string {
	flags := []string{
		"server", "start-dev", "--ip", loopback, "--port", strconv.Itoa(t.port), "--log-level", "error",
		"--namespace", t.options.Namespace, "--dynamic-config-value", "system.enableActivityEagerExecution=true",
	}
	if t.options.Headless {
		flags = append(flags, "--headless")
	} else {
		flags = append(flags, "--ui-port", strconv.Itoa(t.uiPort))
	}
	if t.options.DBFile != "" {
		flags = append(flags, "--db-filename", t.options.DBFile, "--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1")
	}
	return flags
}

// answers waits until the namespace is usable.
func (t *Temporal) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ctx, cancelWhenGone := context.WithCancelCause(ctx)
	defer cancelWhenGone(nil)
	go func(p *process) {
		select {
		case <-p.gone:
			cancelWhenGone(errors.New("the server ended"))
		case <-ctx.Done():
		}
	}(t.process)

	if err := t.usable(ctx, t.options.Namespace, t.options.SearchAttributes); err != nil {
		return fmt.Errorf("temporal did not start on port %d: %w: %s", t.port, errors.Join(err, context.Cause(ctx)), t.process.tail)
	}
	return nil
}
