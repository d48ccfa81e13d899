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
	"time"

	"proactive/agent"
	"proactive/schema/postgres"
)

// demoCI is the computer of the document's example, on which the demo agent runs.
const demoCI = "d049b28e936aa1106f98f6db5cba10d5"

// runDemo runs the agent of the demo computer and a process that it may end, until ctx ends. When the process was ended, another
// one takes its place.
func runDemo(ctx context.Context, s settings, data string, out io.Writer) error {
	token, err := enrollDemo(ctx, s)
	if err != nil {
		return err
	}
	state := filepath.Join(data, "agent")
	policy := filepath.Join(state, "policy.yaml")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return err
	}
	victim, err := startVictim(ctx, policy)
	if err != nil {
		return err
	}
	stopAgent := background(func(ctx context.Context) {
		if err := agent.Run(ctx, agent.Config{
			Server: "http://" + s.apiAddr, Token: func() (string, error) { return token, nil },
			StateDir: state, Policy: policy, Log: slog.Default(),
		}); err != nil {
			fmt.Fprintln(out, "the demo agent cannot run:", err)
		}
	})
	defer stopAgent()
	printRequests(out, s, victim.Process.Pid)
	for ctx.Err() == nil {
		victim.Wait() //nolint:errcheck // how it ended is not the question
		if ctx.Err() != nil {
			return nil
		}
		if victim, err = startVictim(ctx, policy); err != nil {
			return err
		}
		fmt.Fprintf(out, "\nThe demo process has ended. Another one runs as %d:\n\n%s\n", victim.Process.Pid, demoRequest(s, victim.Process.Pid))
	}
	return nil
}

func enrollDemo(ctx context.Context, s settings) (string, error) {
	db, err := postgres.Open(s.databaseURL)
	if err != nil {
		return "", err
	}
	defer db.Close()
	return db.EnrollAgent(ctx, demoCI)
}

// startVictim starts a process that does nothing, and lets the agent's policy allow this one alone. It ends with ctx.
func startVictim(ctx context.Context, policy string) (*exec.Cmd, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if executable, err = filepath.EvalSymlinks(executable); err != nil {
		return nil, err
	}
	victim := exec.CommandContext(ctx, executable, "demo-process", fmt.Sprintf("--parent=%d", os.Getpid()))
	victim.WaitDelay = time.Second
	victim.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PROACTIVE_SECRET_") || strings.HasPrefix(v, "PROACTIVE_PAYLOAD_KEY")
	})
	if err := victim.Start(); err != nil {
		return nil, fmt.Errorf("start the demo process: %w", err)
	}
	rule := agent.ProcessRule{Executable: executable, PID: victim.Process.Pid}
	err = agent.WritePolicy(policy, agent.Policy{Actions: agent.ActionPolicies{
		EndProcess: &agent.EndProcessPolicy{Grace: 2 * time.Second, Processes: []agent.ProcessRule{rule}},
	}})
	if err != nil {
		victim.Process.Kill() //nolint:errcheck // it may have ended
		return nil, err
	}
	return victim, nil
}
