package agent

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAPolicyIsReadAsItStandsInTheDocumentation(t *testing.T) {
	policy, err := readText(t, `
actions:
  end_process:
    grace: 7s
    processes:
      - {executable: /usr/bin/stuck-app}
      - {executable: /path/x, pid: 1234, user: abel}
  show_message: {}
`)
	require.NoError(t, err)
	require.Equal(t, Policy{ActionPolicies{EndProcess: &EndProcessPolicy{Grace: 7 * time.Second, Processes: []ProcessRule{
		{Executable: "/usr/bin/stuck-app"}, {Executable: "/path/x", PID: 1234, User: "abel"}}},
		ShowMessage: &ShowMessagePolicy{}}}, policy)
}

func TestAPolicyThatIsNotThereAllowsNothing(t *testing.T) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "none.yaml")} {
		policy, err := ReadPolicy(path)
		require.NoError(t, err)
		require.Equal(t, Policy{}, policy)
	}
	policy, err := readText(t, "")
	require.NoError(t, err)
	require.False(t, policy.mayEnd(process{ID: 5, Executable: "/usr/bin/stuck-app"}))
}

func TestAPolicyThatCouldBeReadInTwoWaysIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":       "actions: {end_process: {process: []}}",
		"unknown action":    "actions: {free_disk: {}}",
		"something to show": "actions: {show_message: {title: x}}",
		"a name":            "actions: {end_process: {processes: [{executable: stuck-app}]}}",
		"a relative path":   "actions: {end_process: {processes: [{executable: ./stuck-app}]}}",
		"an unclean path":   "actions: {end_process: {processes: [{executable: /usr/../stuck-app}]}}",
		"a pattern":         "actions: {end_process: {processes: [{executable: /usr/bin/*}]}}",
		"no executable":     "actions: {end_process: {processes: [{pid: 12}]}}",
		"a negative id":     "actions: {end_process: {processes: [{executable: /x, pid: -1}]}}",
		"a negative grace":  "actions: {end_process: {grace: -1s}}",
		"an endless grace":  "actions: {end_process: {grace: 1h}}",
		"no YAML":           "actions: [",
		"a second document": "actions: {}\n---\nactions: {}",
	} {
		_, err := readText(t, text)
		require.Error(t, err, name)
	}
}

func TestAWrittenPolicyIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	policy := Policy{ActionPolicies{EndProcess: &EndProcessPolicy{Grace: time.Second, Processes: []ProcessRule{{Executable: "/usr/bin/stuck-app", PID: 7}}}, ShowMessage: &ShowMessagePolicy{}}}
	require.NoError(t, WritePolicy(path, policy))
	read, err := ReadPolicy(path)
	require.NoError(t, err)
	require.Equal(t, policy, read)
	require.Error(t, WritePolicy(path, Policy{ActionPolicies{EndProcess: &EndProcessPolicy{Processes: []ProcessRule{{Executable: "stuck-app"}}}}}))
}

func readText(t *testing.T, text string) (Policy, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return ReadPolicy(path)
}
