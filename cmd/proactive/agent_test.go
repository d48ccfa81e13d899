package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/agent"
	"proactive/api"
	"proactive/devstack/stacktest"
	"proactive/registry"
	"proactive/registry/decide"
	"proactive/schema"
	"proactive/schema/demo"
	"proactive/schema/postgres"
)

// abelLaptop is a computer of the demo catalogue.
const abelLaptop = "d049b28e936aa1106f98f6db5cba10d5"

// A report leads to a job, the job to the agent over HTTP, and the agent ends the process: everything but the engine, whose two
// calls are made here.
func TestAnAgentEndsTheProcessThatAReportNames(t *testing.T) {
	db := demoDatabase(t)
	ctx := t.Context()
	door := httptest.NewServer(api.New(api.Config{}, db, api.With{Devices: db, Log: slog.New(slog.DiscardHandler)}).Handler())
	t.Cleanup(door.Close)
	stuck := startStuck(t)
	startAgent(t, db, door.URL, stuck)

	id, err := db.Submit(ctx, schema.Report{Endpoint: schema.Endpoint{CI: abelLaptop, UserName: "abel.tuter"}, IssueCode: demoSilent, Provider: "sn",
		InputParameters: json.RawMessage(fmt.Sprintf(`{"process_id":"%d"}`, stuck.Process.Pid)), ReportedBy: "username"})
	require.NoError(t, err)
	plan, err := db.Begin(ctx, id, 1, decide.Step)
	require.NoError(t, err)
	require.NotNil(t, plan.Action, plan.Conclude)

	waitForEvent(t, db, id, schema.EventJobFinished)
	verdict, err := db.Conclude(ctx, id, schema.Outcome{Step: 1, Job: true})
	require.NoError(t, err)
	require.Equal(t, schema.ResolvedSilently, verdict.EndReason)
	require.Error(t, stuck.Wait(), "it was ended by a signal")
}

func TestEnrollingAnAgentPrintsItsTokenAndRevokingEndsIt(t *testing.T) {
	db := demoDatabase(t)
	var out strings.Builder
	require.NoError(t, enrollAgent(t.Context(), db, abelLaptop, &out))
	hash := schema.HashToken(strings.TrimSpace(out.String()))
	ci, err := db.AgentCI(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, abelLaptop, ci)
	require.NoError(t, enrollError(db.RevokeAgent(t.Context(), abelLaptop)))
	_, err = db.AgentCI(t.Context(), hash)
	require.ErrorIs(t, err, schema.AgentUnknown)
	require.ErrorContains(t, enrollAgent(t.Context(), db, schema.NewSysID(), &out), "no computer has this sys_id")
}

func TestAnAgentSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PROACTIVE_AGENT_TOKEN", "")
	require.ErrorContains(t, runAgent(t.Context(), agentSettings{}), "--server is missing")
	s := agentSettings{server: "https://proactive.example.com"}
	require.ErrorContains(t, runAgent(t.Context(), s), "there is no token")
	s.tokenFile = filepath.Join(t.TempDir(), "none")
	require.ErrorContains(t, runAgent(t.Context(), s), "read the token")
	s.tokenFile = ""
	t.Setenv("PROACTIVE_AGENT_TOKEN", "x")
	s.ca = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(s.ca, []byte("nothing"), 0o600))
	require.ErrorContains(t, runAgent(t.Context(), s), "holds no certificate")
	s.ca, s.policy = "", filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(s.policy, []byte("actions: {end_process: {processes: [{executable: stuck-app}]}}"), 0o600))
	require.ErrorContains(t, runAgent(t.Context(), s), "absolute path")
}

func TestATokenOverAPlainNetworkIsWarnedOf(t *testing.T) {
	for server, readable := range map[string]bool{"https://proactive.example.com": false, "http://127.0.0.1:8080": false, "http://[::1]:80": false,
		"http://localhost:8080": false, "http://proactive.example.com": true, "http://192.0.2.1": true} {
		require.Equal(t, readable, readableUnderway(server), server)
	}
}

// demoDatabase holds the demo catalogue.
func demoDatabase(t *testing.T) *postgres.DB {
	t.Helper()
	url := stacktest.Database(t, "demo", func(url string) error {
		db, err := postgres.Open(url)
		if err != nil {
			return err
		}
		defer db.Close()
		if _, err := db.Migrate(context.Background()); err != nil {
			return err
		}
		catalogue, _, err := registry.Read(registry.File{Name: "demo.yaml", Data: demo.YAML})
		if err != nil {
			return err
		}
		_, err = registry.Apply(context.Background(), db, catalogue, "test")
		return err
	})
	db, err := postgres.Open(url)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// startStuck starts a program that will not end by itself.
func startStuck(t *testing.T) *exec.Cmd {
	t.Helper()
	stuck := exec.Command("sleep", "300")
	require.NoError(t, stuck.Start())
	t.Cleanup(func() { stuck.Process.Kill() }) //nolint:errcheck // it should be gone
	return stuck
}

// startAgent runs the agent of the demo computer, which may end the stuck program alone, until the test ends.
func startAgent(t *testing.T, db *postgres.DB, server string, stuck *exec.Cmd) {
	t.Helper()
	token, err := db.EnrollAgent(t.Context(), abelLaptop)
	require.NoError(t, err)
	executable, err := filepath.EvalSymlinks(stuck.Path)
	require.NoError(t, err)
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, agent.WritePolicy(policy, agent.Policy{Actions: agent.ActionPolicies{EndProcess: &agent.EndProcessPolicy{
		Processes: []agent.ProcessRule{{Executable: executable, PID: stuck.Process.Pid}}}}}))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- agent.Run(ctx, agent.Config{Server: server, Token: func() (string, error) { return token, nil }, StateDir: t.TempDir(),
			Policy: policy, Wait: 20 * time.Second})
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
}

// waitForEvent waits until the issue's timeline has an event of this name.
func waitForEvent(t *testing.T, db *postgres.DB, id string, name schema.EventName) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	since := 0
	for {
		issue, err := db.Issue(ctx, id, since)
		require.NoError(t, err)
		for _, event := range issue.Timeline {
			if since = event.Number; event.Event == name {
				return
			}
		}
		require.NoError(t, db.WaitIssue(ctx, id, since))
	}
}
