package endurance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// replica is a process of proactive that can be killed, paused and started again. What it prints goes to a file.
type replica struct {
	name    string
	program string
	args    []string
	env     []string
	log     string // file

	mu      sync.Mutex
	cmd     *exec.Cmd
	gone    chan struct{}
	ending  bool     // somebody of ours ends it
	crashes []string // ends that nobody asked for
}

func (r *replica) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	log, err := os.OpenFile(r.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	r.cmd, r.gone, r.ending = exec.Command(r.program, r.args...), make(chan struct{}), false
	r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = r.env, log, log
	if err := startWithUs(r.cmd, r.gone); err != nil {
		return fmt.Errorf("start %s: %w", r.name, err)
	}
	go r.watch(r.cmd, r.gone)
	return nil
}

// watch notes an end that nobody asked for.
func (r *replica) watch(cmd *exec.Cmd, gone <-chan struct{}) {
	<-gone
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ending {
		r.crashes = append(r.crashes, fmt.Sprintf("%s ended by itself at %s: %s", r.name, time.Now().Format(time.TimeOnly), cmd.ProcessState))
	}
}

func (r *replica) kill() {
	r.mu.Lock()
	r.ending = true
	cmd, gone := r.cmd, r.gone
	r.mu.Unlock()
	if cmd == nil {
		return
	}
	cmd.Process.Kill() //nolint:errcheck // it may be gone
	<-gone
}

func (r *replica) signal(s syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cmd.Process.Signal(s) //nolint:errcheck // it may be gone
}

// resident is how much memory it has, in bytes; 0 while it does not run.
func (r *replica) resident() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	var size, pages int
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", r.cmd.Process.Pid))
	fmt.Sscan(string(text), &size, &pages) //nolint:errcheck // it may be gone
	return pages * os.Getpagesize()
}

func (r *replica) crashed() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.crashes
}

// startWithUs starts a command that does not outlive us; gone is closed at its end. The kernel tells a parent's death by its thread,
// so the thread lives as long as the child.
func startWithUs(cmd *exec.Cmd, gone chan<- struct{}) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait() //nolint:errcheck // its state says how it ended
			close(gone)
		}
	}()
	return <-started
}

// newReplica is a process that has not been started.
func (w *world) newReplica(name string, env []string, args ...string) *replica {
	return &replica{name: name, program: w.program, args: args, env: env, log: filepath.Join(w.dir, name+".log")}
}
