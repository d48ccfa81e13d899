package stack

import (
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a program may take to say what it must say, or to end.
const patience = 60 * time.Second

// A Process is a program that is measured. It does not outlive us.
type Process struct {
	Name string
	cmd  *exec.Cmd
	out  output
	gone chan struct{} // closed when it has ended
}

// Run starts a program with this environment and nothing else in it.
func Run(name string, env []string, program string, args ...string) (*Process, error) {
	p := &Process{Name: name, cmd: exec.Command(program, args...), gone: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.cmd.WaitDelay = time.Second
	started := make(chan error)
	go p.nurse(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// nurse starts it on a thread that lives as long as it does: the kernel tells a parent's death by its thread.
func (p *Process) nurse(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // how it ended is in what it printed
	close(p.gone)
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Says waits until it has printed something that fits, and gives the last group of it.
func (p *Process) Says(pattern string) (string, error) {
	fits := regexp.MustCompile(pattern)
	over := time.After(patience)
	for {
		text, more := p.out.now()
		if found := fits.FindStringSubmatch(text); found != nil {
			return found[len(found)-1], nil
		}
		select {
		case <-more:
		case <-p.gone:
			return "", fmt.Errorf("%s has ended; it printed:\n%s", p.Name, tail(text))
		case <-over:
			return "", fmt.Errorf("%s did not say %s within %s; it printed:\n%s", p.Name, pattern, patience, tail(text))
		}
	}
}

// Stop asks it to end and waits; one that does not is killed.
func (p *Process) Stop() {
	_ = syscall.Kill(-p.PID(), syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(patience):
		p.Kill()
	}
}

// Kill ends it, and what it has started, as a loss of power would.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	<-p.gone
}

// Ended waits for its end by itself, and tells whether it succeeded and what it printed.
func (p *Process) Ended() (printed string, err error) {
	<-p.gone
	text, _ := p.out.now()
	if !p.cmd.ProcessState.Success() {
		return text, fmt.Errorf("%s: %s:\n%s", p.Name, p.cmd.ProcessState, tail(text))
	}
	return text, nil
}

func tail(text string) string { return text[max(0, len(text)-4000):] }

// output keeps what a process has printed: its beginning, where it says that it is ready, and its end.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // closed when there is more
}

var _ io.Writer = (*output)(nil)

// kept bounds what is kept of a process's words, in bytes. A log of a long run says the same over and over.
const kept = 4 << 20

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more != nil {
		close(o.more)
		o.more = nil
	}
	if o.text.Len() < kept {
		o.text.Write(b)
	}
	return len(b), nil
}

func (o *output) now() (text string, more <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.more == nil {
		o.more = make(chan struct{})
	}
	return o.text.String(), o.more
}
