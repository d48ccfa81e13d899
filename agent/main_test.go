package agent

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary play the other parts too: a program that is to be ended, and an agent that is killed.
func TestMain(m *testing.M) {
	switch os.Getenv("AGENT_TEST_PART") {
	case "program":
		waitForTheEnd()
	case "stubborn program":
		signal.Ignore(syscall.SIGTERM)
		waitForTheEnd()
	case "agent":
		playAgent()
	default:
		os.Exit(m.Run())
	}
}

// waitForTheEnd says that it is ready, and ends with its parent at the latest.
func waitForTheEnd() {
	fmt.Println("ready")
	for os.Getppid() > 1 {
		time.Sleep(time.Second)
	}
}

func playAgent() {
	config := Config{Server: os.Getenv("AGENT_TEST_SERVER"), StateDir: os.Getenv("AGENT_TEST_STATE"), Policy: os.Getenv("AGENT_TEST_POLICY"),
		Token: testToken, Wait: 100 * time.Millisecond, Heartbeat: 50 * time.Millisecond, RetryFirst: 10 * time.Millisecond,
		RetryMost: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if err := Run(context.Background(), config); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func testToken() (string, error) { return "the-token", nil }

// program starts a copy of this binary in another part and waits until it is ready.
func program(t *testing.T, part string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return programAt(t, self, part)
}

func programAt(t *testing.T, path, part string) *exec.Cmd {
	t.Helper()
	child := exec.Command(path)
	child.Env = append(os.Environ(), "AGENT_TEST_PART="+part)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() {
		child.Process.Kill() //nolint:errcheck // it may be gone
		child.Wait()         //nolint:errcheck
	})
	_, err = fmt.Fscanln(out, new(string))
	require.NoError(t, err)
	return child
}

// alive tells whether a program that we have not waited for still runs.
func alive(t *testing.T, child *exec.Cmd) bool {
	t.Helper()
	_, err := lookUp(child.Process.Pid)
	return err == nil
}
