package journey

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// abelsLaptop is the computer of the document's example, in registry.yaml and in the demo catalogue.
const abelsLaptop = "d049b28e936aa1106f98f6db5cba10d5"

// device is a computer: the agent's folder, its token and its policy.
type device struct {
	w      *world
	env    []string
	policy string
	state  string
}

// enrolls makes the token of a computer's agent, whose policy allows nothing yet.
func (w *world) enrolls(ci string) *device {
	w.t.Helper()
	token := strings.TrimSpace(w.does("", "enroll-agent", "--ci", ci))
	require.NotEmpty(w.t, token)
	return &device{w: w, env: append(plainEnv(w.t), "PROACTIVE_AGENT_TOKEN="+token), policy: filepath.Join(w.t.TempDir(), "none.yaml"), state: w.t.TempDir()}
}

// allows lets the agent end these processes and no other.
func (d *device) allows(grace string, programs ...*process) {
	d.w.t.Helper()
	policy := "actions:\n  end_process:\n    grace: " + grace + "\n    processes:\n"
	for _, p := range programs {
		policy += fmt.Sprintf("      - {executable: %s, pid: %d}\n", executable(d.w.t, p.cmd.Path), p.pid())
	}
	d.policy = d.w.file("policy.yaml", policy)
}

func executable(t *testing.T, path string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	require.NoError(t, err)
	return real
}

// agent starts the device's agent.
func (d *device) agent(more ...string) *process {
	d.w.t.Helper()
	args := append([]string{"agent", "--server", d.w.server, "--policy", d.policy, "--state", d.state}, more...)
	return start(d.w.t, "agent", d.env, d.w.program, args...)
}

// sleeper is a program of the person's that does not end by itself.
func sleeper(t *testing.T) *process {
	t.Helper()
	return start(t, "sleep", nil, program(t, "sleep"), "300")
}

// deafSleeper does not end when it is asked to either. It has become sleep when this returns, so that its executable is known.
func deafSleeper(t *testing.T) *process {
	t.Helper()
	p := start(t, "deaf sleep", nil, program(t, "sh"), "-c", `trap "" TERM; exec `+program(t, "sleep")+` 300`)
	p.cmd.Path = program(t, "sleep")
	wanted := executable(t, p.cmd.Path)
	eventually(t, "the shell has become sleep", func() bool {
		now, err := filepath.EvalSymlinks(fmt.Sprintf("/proc/%d/exe", p.pid()))
		return err == nil && now == wanted
	})
	return p
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err)
	return path
}

// alive tells whether a program still runs.
func (p *process) alive() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// onProcess is a report about abel's laptop and a process on it.
func onProcess(code string, pid int, more map[string]any) string {
	all := map[string]any{
		"endpoint":         map[string]any{"user_name": "abel.tuter", "CI": abelsLaptop},
		"input_parameters": map[string]any{"process_id": strconv.Itoa(pid)},
	}
	for key, value := range more {
		all[key] = value
	}
	return report(code, "abel.tuter", all)
}

// client is the environment of `proactive issue`.
func (w *world) clientEnv() []string {
	return append(plainEnv(w.t), "PROACTIVE_URL="+w.server, "PROACTIVE_USER=username", "PROACTIVE_PASSWORD=password")
}

// incidentNumber is what `issue watch` and `issue show` print of an incident.
var incidentNumber = regexp.MustCompile(`incident (INC\d{7,})`)
