//go:build unix && !linux

package devstack

import "syscall"

// attributes puts a child into its own process group, under another user if as is set. Only Linux can end a child when its
// parent is killed outright; here such a child stays, and the next start names its id.
func attributes(as *owner, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: as.credential()}
}
