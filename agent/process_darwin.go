package agent

import (
	"bytes"
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const zombie = 5 // SZOMB

// lookUp asks the kernel by sysctl(3).
func lookUp(id int) (process, error) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", id)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EIO) || err == nil && (int(info.Proc.P_pid) != id || info.Proc.P_stat == zombie) {
		return process{}, errNoProcess
	}
	if err != nil {
		return process{}, err
	}
	started := info.Proc.P_starttime
	p := process{ID: id, StartedAt: time.Unix(started.Unix()).UTC(), Birth: fmt.Sprintf("%d.%06d", started.Sec, started.Usec)}
	// The arguments of the process: their number in four bytes, then the path of its executable.
	arguments, err := unix.SysctlRaw("kern.procargs2", id)
	if err != nil || len(arguments) < 5 {
		p.core = true
		return p, nil
	}
	path, _, _ := bytes.Cut(arguments[4:], []byte{0})
	p.Executable = string(path)
	if u, err := user.LookupId(strconv.FormatUint(uint64(info.Eproc.Ucred.Uid), 10)); err == nil {
		p.user = u.Username
	}
	return p, nil
}
