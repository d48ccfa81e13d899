package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"proactive/agent"
	"proactive/schema"
	"proactive/schema/postgres"
)

// The computer of the document's example, on which the demo agent runs.
const (
	demoCI     = "d049b28e936aa1106f98f6db5cba10d5"
	demoDevice = "abel-laptop"
)

// runDemo runs the agent of the demo computer, and for each request that is printed a process that the agent may end, until ctx
// ends. When a process was ended, another one takes its place.
func runDemo(ctx context.Context, s settings, stack *stack, out io.Writer) error {
	token, err := enrollDemo(ctx, s)
	if err != nil {
		return err
	}
	state := filepath.Join(stack.data, "agent")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return err
	}
	running, ctx := errgroup.WithContext(ctx)
	victims, err := startVictims(ctx, filepath.Join(state, "policy.yaml"))
	if err != nil {
		return err
	}
	stopAgent := background(func(ctx context.Context) {
		if err := agent.Run(ctx, agent.Config{
			Server: "http://" + s.apiAddr, Token: func() (string, error) { return token, nil },
			StateDir: state, Policy: victims.policy, Log: slog.Default(),
			Show: func(_ context.Context, m schema.DesktopMessage) error {
				stack.mailbox.Show(demoDevice, m.Title, m.Text, m.Link)
				return nil
			},
		}); err != nil {
			fmt.Fprintln(out, "the demo agent cannot run:", err)
		}
	})
	defer stopAgent()
	printRequests(out, s, stack, victims.pid(demoAsked), victims.pid(demoSilent))
	for _, code := range []string{demoAsked, demoSilent} {
		running.Go(func() error {
			return victims.replace(ctx, code, func(pid int) { printAgain(out, s, code, pid) })
		})
	}
	return running.Wait()
}

func enrollDemo(ctx context.Context, s settings) (string, error) {
	db, err := postgres.Open(s.databaseURL)
	if err != nil {
		return "", err
	}
	defer db.Close()
	return db.EnrollAgent(ctx, demoCI)
}

// victims are the processes that the demo agent may end, one for each code that is reported. They end with the context that they
// were started with.
type victims struct {
	executable string
	policy     string // the file that allows them

	mu      sync.Mutex
	running map[string]*exec.Cmd // by code
}

func startVictims(ctx context.Context, policy string) (*victims, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if executable, err = filepath.EvalSymlinks(executable); err != nil {
		return nil, err
	}
	v := &victims{executable: executable, policy: policy, running: map[string]*exec.Cmd{}}
	for _, code := range []string{demoAsked, demoSilent} {
		if err := v.start(ctx, code); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// start starts the process of a code, which does nothing, and lets the agent's policy allow those that run now alone.
func (v *victims) start(ctx context.Context, code string) error {
	victim := exec.CommandContext(ctx, v.executable, "demo-process", fmt.Sprintf("--parent=%d", os.Getpid()))
	victim.WaitDelay = time.Second
	victim.Env = slices.DeleteFunc(os.Environ(), isSecret)
	if err := victim.Start(); err != nil {
		return fmt.Errorf("start the demo process: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.running[code] = victim
	var rules []agent.ProcessRule
	for _, running := range v.running {
		rules = append(rules, agent.ProcessRule{Executable: v.executable, PID: running.Process.Pid})
	}
	err := agent.WritePolicy(v.policy, agent.Policy{Actions: agent.ActionPolicies{
		EndProcess:  &agent.EndProcessPolicy{Grace: 2 * time.Second, Processes: rules},
		ShowMessage: &agent.ShowMessagePolicy{},
	}})
	if err != nil {
		victim.Process.Kill() //nolint:errcheck // it may have ended
	}
	return err
}

// replace starts another process whenever that of a code has ended, until ctx ends.
func (v *victims) replace(ctx context.Context, code string, replaced func(pid int)) error {
	for {
		v.process(code).Wait() //nolint:errcheck // how it ended is not the question
		if ctx.Err() != nil {
			return nil
		}
		if err := v.start(ctx, code); err != nil {
			return err
		}
		replaced(v.pid(code))
	}
}

func (v *victims) process(code string) *exec.Cmd {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.running[code]
}

func (v *victims) pid(code string) int { return v.process(code).Process.Pid }

// isSecret picks the variables that a process of the demo must not see.
func isSecret(variable string) bool {
	return slices.ContainsFunc([]string{"PROACTIVE_SECRET_", "PROACTIVE_PAYLOAD_KEY", "PROACTIVE_LINK_KEY"}, func(secret string) bool {
		return strings.HasPrefix(variable, secret)
	})
}
