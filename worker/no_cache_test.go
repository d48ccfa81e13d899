package worker

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"proactive/devstack/stacktest"
)

const noCache = "PROACTIVE_TEST_NO_CACHE"

// TestMain can run the tests with a worker that forgets each run after each workflow task, so that all of it is replayed.
func TestMain(m *testing.M) {
	if os.Getenv(noCache) != "" {
		worker.SetStickyWorkflowCacheSize(0)
	}
	os.Exit(stacktest.Run(m))
}

func TestRunsThatAreReplayedFromTheirBeginningEachTimeEndTheSame(t *testing.T) {
	if os.Getenv(noCache) != "" {
		return // it is the one that was started below
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.count=1",
		"-test.run=^(TestAChainedReportIsTheNextStepOfTheSameRun|TestMessagesThatComeTwiceOrLateAreIgnored|TestAnIssueCanBeCalledOffInEachState)$")
	again.Env = append(os.Environ(), noCache+"=1")
	output, err := again.CombinedOutput()
	require.NoError(t, err, string(output))
	require.Contains(t, string(output), "PASS")
}
