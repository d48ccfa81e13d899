package journey

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a condition may take to come true on a busy machine.
const patience = 3 * time.Minute

// process is a program that a test has started. What it printed is shown when the test fails.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	out  *output
	gone chan struct{}
}

// start runs a program with this environment and nothing else in it. It does not outlive the test.
func start(t *testing.T, name string, env []string, program string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(program, args...), out: &output{}, gone: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, p.out, p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.cmd.WaitDelay = seconds // what it has started may still have something to say
	p.launch()
	return p
}

// launch starts the command on a thread that lives as long as it does, as the kernel tells a parent's death by its thread.
func (p *process) launch() {
	p.t.Helper()
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.cmd.Wait() //nolint:errcheck // tests that care look at ProcessState
			close(p.gone)
		}
	}()
	require.NoError(p.t, <-started, p.name)
	p.t.Cleanup(func() {
		p.kill()
		if p.t.Failed() {
			p.t.Logf("%s printed at the end:\n%s", p.name, p.out.tail())
		}
	})
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) signal(s syscall.Signal) { p.cmd.Process.Signal(s) } //nolint:errcheck // it may be gone

// standsStill tells whether all its threads are stopped, which takes a moment after SIGSTOP.
func (p *process) standsStill() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if err == nil && !bytes.Contains(stat, []byte(") T ")) {
			return false
		}
	}
	return len(threads) > 0
}

// kill ends it as a loss of power would.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.gone
}

// ends waits for its end and gives the exit code.
func (p *process) ends() int {
	p.t.Helper()
	select {
	case <-p.gone:
	case <-time.After(patience):
		require.Fail(p.t, p.name+" does not end")
	}
	return p.cmd.ProcessState.ExitCode()
}

// says waits until it has printed something that fits, and gives the first group, or all of it where there is none.
func (p *process) says(pattern string) string {
	p.t.Helper()
	fits := regexp.MustCompile(pattern)
	over := time.After(patience)
	for {
		text, more := p.out.now()
		if found := fits.FindStringSubmatch(text); found != nil {
			return found[len(found)-1]
		}
		select {
		case <-more:
		case <-p.gone:
			if text, _ = p.out.now(); !fits.MatchString(text) {
				require.Failf(p.t, p.name+" has ended", "without saying %s:\n%s", pattern, text)
			}
		case <-over:
			require.Failf(p.t, "it was not said", "%s did not say %s", p.name, pattern)
		}
	}
}

// run runs proactive to its end and gives what it printed to its standard output; it must succeed.
func run(t *testing.T, env []string, stdin string, args ...string) string {
	t.Helper()
	out, problems, code := try(t, env, stdin, args...)
	require.Zero(t, code, "proactive %v: %s", args, problems)
	return out
}

// try runs proactive to its end.
func try(t *testing.T, env []string, stdin string, args ...string) (out, problems string, code int) {
	t.Helper()
	return tryProgram(t, proactive, env, stdin, args...)
}

func tryProgram(t *testing.T, program string, env []string, stdin string, args ...string) (out, problems string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// output is what a process has printed so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // closed when there is more
}

var _ io.Writer = (*output)(nil)

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more != nil {
		close(o.more)
		o.more = nil
	}
	return o.text.Write(b)
}

func (o *output) now() (text string, more <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more == nil {
		o.more = make(chan struct{})
	}
	return o.text.String(), o.more
}

func (o *output) String() string {
	text, _ := o.now()
	return text
}

// shown is how much of what a process printed a failed test shows, in bytes.
const shown = 16 << 10

func (o *output) tail() string {
	text := o.String()
	return text[max(0, len(text)-shown):]
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	over, look := time.After(limit), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-over:
			require.Fail(t, "it does not come true: "+what)
		}
	}
}

// plainEnv is what every process gets: no settings of the person who runs the tests.
func plainEnv(t *testing.T) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GORACE=halt_on_error=1"}
}
