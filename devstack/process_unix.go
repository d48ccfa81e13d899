//go:build unix

package devstack

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

const (
	stopSignal     = syscall.SIGSTOP
	continueSignal = syscall.SIGCONT
	killSignal     = syscall.SIGKILL
)

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

func signalAll(pids []int, sig syscall.Signal) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, sig)
	}
}

// alive reports whether a process with this id exists, whoever owns it. One that has died and waits to be collected by its
// parent does not count.
func alive(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil && err != syscall.EPERM {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true // no /proc here: the signal's word stands
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// children lists the processes whose parent is pid. Postgres gives each of its own a session and process group of its own, so
// a signal to the group would miss them.
func children(pid int) []int {
	id := strconv.Itoa(pid)
	list, err := os.ReadFile("/proc/" + id + "/task/" + id + "/children")
	if err != nil {
		list, _ = exec.Command("pgrep", "-P", id).Output()
	}
	var pids []int
	for _, field := range strings.Fields(string(list)) {
		if child, err := strconv.Atoi(field); err == nil {
			pids = append(pids, child)
		}
	}
	return pids
}

// tryLock takes the exclusive lock on f unless another process holds it. It goes with the file's closing, and so with our death.
func tryLock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

func (o *owner) credential() *syscall.Credential {
	if o == nil {
		return nil
	}
	return &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
}
