package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
)

func newEnvironment(t *testing.T) (env *testsuite.TestWorkflowEnvironment, vpn func() string) {
	d, dir := newDesk(t)
	env = new(testsuite.WorkflowTestSuite).NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute) // by the clock on the wall, on a busy machine
	register(env, d)
	return env, func() string {
		state, err := os.ReadFile(filepath.Join(dir, "vpn"))
		require.NoError(t, err)
		return string(state)
	}
}

func TestTheVPNGoesOffAndOnAgain(t *testing.T) {
	env, vpn := newEnvironment(t)
	env.RegisterDelayedCallback(func() { assert.Equal(t, "off\n", vpn()) }, settle/2)
	env.ExecuteWorkflow("RestartVPN", ActionInput{ExperienceID: "A1", Step: 1})
	var result ActionResult
	require.NoError(t, env.GetWorkflowResult(&result))
	assert.Equal(t, succeeded, result.Status)
	assert.Equal(t, "on\n", vpn())
}

func TestTheVPNIsOnAgainWhenTheIssueIsCalledOff(t *testing.T) {
	for _, when := range []time.Duration{0, settle / 2} {
		env, vpn := newEnvironment(t)
		env.RegisterDelayedCallback(env.CancelWorkflow, when)
		env.ExecuteWorkflow("RestartVPN", ActionInput{ExperienceID: "A1", Step: 1})
		assert.ErrorContains(t, env.GetWorkflowError(), "canceled")
		assert.Equal(t, "on\n", vpn())
	}
}
