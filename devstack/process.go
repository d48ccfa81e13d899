package devstack

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// A process is a server that we started and that does not outlive us.
type process struct {
	cmd  *exec.Cmd
	tail *tail
	gone chan struct{} // closed when it has ended and has been waited for
}

// launch starts cmd in a process group of its own, so that Ctrl-C at the terminal reaches us alone and we end it in order.
// onOurDeath is what the kernel sends it when we die in a way that lets us end nothing (Linux only).
func launch(cmd *exec.Cmd, as *owner, onOurDeath syscall.Signal, log io.Writer) (*process, error) {
	p := &process{cmd: cmd, tail: &tail{also: log}, gone: make(chan struct{})}
	cmd.SysProcAttr = attributes(as, onOurDeath)
	cmd.Stdout, cmd.Stderr = p.tail, p.tail
	cmd.WaitDelay = 5 * time.Second // a grandchild that keeps the pipe open does not hold us up

	started := make(chan error, 1)
	go p.nurse(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// nurse forks the child and waits for it on one thread. The kernel's death signal fires when the thread that forked ends, not
// the process, so that thread has to live as long as the child.
func (p *process) nurse(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // how it ended is in its log
	close(p.gone)
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// ended reports whether the process is gone already.
func (p *process) ended() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// end sends sig and waits; a process that is still there after patience is killed.
func (p *process) end(sig syscall.Signal, patience time.Duration) {
	if p.ended() {
		return
	}
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.gone:
	case <-time.After(patience):
		p.kill()
	}
}

// kill ends the process and its group without asking and waits until it is gone.
func (p *process) kill() {
	if p.ended() {
		return
	}
	killGroup(p.pid())
	<-p.gone
}
