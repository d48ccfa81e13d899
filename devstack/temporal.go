package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
)

// TemporalOptions say which Temporal dev server to run. The zero value keeps all in memory, on free ports.
type TemporalOptions struct {
	// DBFile keeps the state; empty means memory. A file is not portable to another version of the CLI.
	DBFile string
	// Port and UIPort on 127.0.0.1; 0 means any free one.
	Port, UIPort int
	// Headless leaves out the web UI.
	Headless bool
	// Namespace is there, with SearchAttributes (name to type: Keyword, Text, Int, Double, Bool, Datetime, KeywordList), when
	// StartTemporal returns. Empty means "default".
	Namespace        string
	SearchAttributes map[string]string
	// Progress hears in sentences what takes time. May be nil.
	Progress io.Writer
	// Log gets the server's own log. May be nil.
	Log io.Writer
}

// A Temporal is a dev server that runs, or ran, on one port and one database file.
type Temporal struct {
	options      TemporalOptions
	program      string
	port, uiPort int

	mu      sync.Mutex
	process *process
	client  client.Client
}

// StartTemporal finds or builds the Temporal CLI, starts its dev server and returns when the namespace is usable.
func StartTemporal(ctx context.Context, o TemporalOptions) (*Temporal, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	program, err := temporalProgram(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	if o.DBFile != "" {
		if err := os.MkdirAll(filepath.Dir(o.DBFile), 0o700); err != nil { // what actions of other teams are given stands in it
			return nil, fmt.Errorf("make the folder of Temporal's database: %w", err)
		}
	}
	t := &Temporal{options: o, program: program, port: o.Port, uiPort: o.UIPort}
	return t, t.Start(ctx)
}

// Start runs the server, after Stop or Kill again on the same ports and database file. What was in memory only is lost.
func (t *Temporal) Start(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.process != nil && !t.process.ended() {
		return errors.New("this Temporal runs already")
	}
	first := t.process == nil
	for attempt := 1; ; attempt++ {
		err := t.startOnce(ctx)
		if err == nil {
			return nil
		}
		// The server also takes ports that it finds by itself, so this can happen with fixed ports as well.
		taken := t.process != nil && t.process.tail.says("address already in use")
		t.end(killSignal)
		if !taken || attempt == tries {
			return err
		}
		if first { // nobody knows its ports yet
			t.port, t.uiPort = t.options.Port, t.options.UIPort
		}
	}
}

// Stop ends the server in order and waits until it is gone.
func (t *Temporal) Stop() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(syscall.SIGTERM)
	return nil
}

func (t *Temporal) end(sig syscall.Signal) {
	if t.process != nil {
		t.process.end(sig, 15*time.Second)
	}
}

// Kill ends the server as a loss of power would and returns when it is gone.
func (t *Temporal) Kill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(killSignal)
}

// Address is where clients connect, as HOST:PORT.
func (t *Temporal) Address() string { return address(t.port) }

// UIAddress is the web UI, as HOST:PORT; empty when there is none.
func (t *Temporal) UIAddress() string {
	if t.options.Headless {
		return ""
	}
	return address(t.uiPort)
}

// PID is the server's process while it runs, to measure what it uses.
func (t *Temporal) PID() int { return t.process.pid() }
