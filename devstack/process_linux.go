package devstack

import "syscall"

// attributes puts a child into its own process group, under another user if as is set, and asks the kernel to send it
// onOurDeath when we die. Go sets the death signal after the user, so the change of user does not clear it.
func attributes(as *owner, onOurDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onOurDeath, Credential: as.credential()}
}
