package agent

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"proactive/schema"
)

// Version is what the agent calls itself.
const Version = "1.0.0"

// Config says where an agent reports and what it may do. A zero duration takes its default.
type Config struct {
	Server   string                 // the api's address, like https://proactive.example.com
	Token    func() (string, error) // asked for with every call, so that a replaced token needs no restart
	StateDir string                 // where it keeps what it has begun and finished; of one agent alone
	Policy   string                 // file; none, or one that is not there, allows nothing
	HTTP     *http.Client           // nil: the default transport, which verifies certificates
	Log      *slog.Logger           // nil: dropped
	// Show shows a message to whoever sits at the device; nil: the system's notifier does. Its error is a sentence without the message.
	Show func(context.Context, schema.DesktopMessage) error

	Wait       time.Duration // of one request for a job; 30 s
	Heartbeat  time.Duration // between two while it acts; a third of the lease
	RetryFirst time.Duration // after a first failed call, then doubling; 1 s
	RetryMost  time.Duration // 1 min
}

func (c Config) withDefaults() Config {
	c.Wait = cmp.Or(c.Wait, 30*time.Second)
	c.Heartbeat = cmp.Or(c.Heartbeat, schema.JobLease/3)
	c.RetryFirst = cmp.Or(c.RetryFirst, time.Second)
	c.RetryMost = cmp.Or(c.RetryMost, time.Minute)
	if c.Show == nil {
		c.Show = showOnScreen
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Agent is the agent of one computer.
type Agent struct {
	config  Config
	server  *client
	journal *journal
	actions map[string]action
	log     *slog.Logger
}

// Run is the agent's whole life, until ctx is done: it says what an earlier life has left open, then it fetches jobs and does them.
// Its error is a sentence about why it cannot start.
func Run(ctx context.Context, config Config) error {
	config = config.withDefaults()
	server, err := newClient(config)
	if err != nil {
		return err
	}
	journal, err := openJournal(config.StateDir, config.Log)
	if err != nil {
		return fmt.Errorf("open the agent's folder %s: %w", config.StateDir, err)
	}
	defer journal.close()
	a := &Agent{config: config, server: server, journal: journal, actions: actions(config), log: config.Log}
	if err := a.recover(ctx); err != nil {
		return fmt.Errorf("write to the agent's folder %s: %w", config.StateDir, err)
	}
	a.loop(ctx)
	return nil
}

// recover tells the server what it may still wait for: jobs that were begun by a life that ended before they did, and results that
// were not acknowledged.
func (a *Agent) recover(ctx context.Context) error {
	for _, r := range a.journal.open() {
		if r.Result == nil {
			r.Result = &schema.ActionResult{Status: schema.ActionUnknown, Message: "The agent was restarted while it was at it."}
			if err := a.journal.put(r); err != nil {
				return err
			}
		}
		a.report(ctx, r)
	}
	return nil
}

// loop fetches one job after the other. A failed call is repeated after a while that grows.
func (a *Agent) loop(ctx context.Context) {
	retry := a.newRetry()
	for ctx.Err() == nil {
		job, err := a.server.next(ctx, a.names())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			a.log.Warn("no job could be asked for", "error", err)
			retry.wait(ctx, err)
		default:
			retry.reset()
			if job != nil {
				a.work(ctx, *job)
			}
		}
	}
}
