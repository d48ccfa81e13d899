package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	ticksPerSecond = 100      // USER_HZ, the same on every architecture that Go runs on
	kernelThread   = 0x200000 // PF_KTHREAD
)

// lookUp reads what /proc says of a process (proc(5)).
func lookUp(id int) (process, error) {
	dir := "/proc/" + strconv.Itoa(id)
	stat, err := os.ReadFile(dir + "/stat")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return process{}, errNoProcess
	}
	if err != nil {
		return process{}, err
	}
	// The second field is a name that may hold anything, so what follows begins after the last parenthesis: field 3 is the first.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return process{}, fmt.Errorf("read %s/stat: it has too few fields", dir)
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return process{}, errNoProcess
	}
	flags, err := strconv.ParseUint(fields[6], 10, 64)
	if err != nil {
		return process{}, err
	}
	ticks, err := strconv.ParseInt(fields[19], 10, 64)
	if err != nil {
		return process{}, err
	}
	p := process{ID: id, Birth: bootID() + ":" + fields[19], core: flags&kernelThread != 0}
	if p.StartedAt, err = sinceBoot(ticks); err != nil {
		return process{}, err
	}
	if p.Executable, err = os.Readlink(dir + "/exe"); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return process{}, err
		}
		p.core = true
	}
	p.Executable = strings.TrimSuffix(p.Executable, " (deleted)") // replaced by a newer version while it runs
	p.user = owner(dir)
	return p, nil
}

// bootID tells one life of the machine from the next: ticks are counted from its beginning.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// sinceBoot gives the time of day, to a second or two, of a number of ticks after the machine started.
func sinceBoot(ticks int64) (time.Time, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, err
	}
	_, rest, found := strings.Cut(string(stat), "\nbtime ")
	line, _, _ := strings.Cut(rest, "\n")
	boot, err := strconv.ParseInt(line, 10, 64)
	if !found || err != nil {
		return time.Time{}, errors.New("read /proc/stat: it does not say when the machine started")
	}
	return time.Unix(boot, 0).UTC().Add(time.Duration(ticks) * time.Second / ticksPerSecond), nil
}

func owner(dir string) string {
	info, err := os.Stat(dir)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	u, err := user.LookupId(strconv.FormatUint(uint64(stat.Uid), 10))
	if err != nil {
		return ""
	}
	return u.Username
}
