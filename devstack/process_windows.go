package devstack

import (
	"os"
	"syscall"
)

// On Windows the package compiles, so that one binary serves every system, but starts no servers: see StartPostgres.
const (
	stopSignal     = syscall.SIGTERM
	continueSignal = syscall.SIGTERM
	killSignal     = syscall.SIGKILL
)

func attributes(*owner, syscall.Signal) *syscall.SysProcAttr { return nil }
func killGroup(pid int)                                      { signalAll([]int{pid}, syscall.SIGKILL) }
func children(int) []int                                     { return nil }
func tryLock(*os.File) error                                 { return nil }

func signalAll(pids []int, sig syscall.Signal) {
	for _, pid := range pids {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Signal(sig)
		}
	}
}

func alive(pid int) bool {
	_, err := os.FindProcess(pid)
	return err == nil
}
