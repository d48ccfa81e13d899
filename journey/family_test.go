package journey

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// relative is a process that another one has started, or one of its own, told apart from a later one with the same id.
type relative struct {
	pid   int
	birth string
	name  string
}

// family is a process with all that descend from it, as they are now.
func family(pid int) (all []relative) {
	children := map[int][]relative{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		if r, parent, ok := readStat(path); ok {
			children[parent] = append(children[parent], r)
			if r.pid == pid {
				all = append(all, r)
			}
		}
	}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i].pid]...)
	}
	return all
}

// readStat reads one process's line; not ok when it has ended, also if its parent has not collected it yet.
func readStat(path string) (r relative, parent int, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, 0, false
	}
	before, after, _ := strings.Cut(string(text), ") ")
	id, name, _ := strings.Cut(before, " (")
	fields := strings.Fields(after)
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return r, 0, false
	}
	r.pid, _ = strconv.Atoi(id)
	r.name, r.birth = name, fields[19]
	parent, err = strconv.Atoi(fields[1])
	return r, parent, err == nil
}

func (r relative) lives() bool {
	now, _, ok := readStat(fmt.Sprintf("/proc/%d/stat", r.pid))
	return ok && now.birth == r.birth
}

// seconds are what an end may take, on a busy machine.
const seconds = 30 * time.Second

// vanish waits until none of them is left, which takes seconds.
func vanish(t *testing.T, all []relative) {
	t.Helper()
	within(t, seconds, "none of these is left", func() bool {
		all = slices.DeleteFunc(all, func(r relative) bool { return !r.lives() })
		return len(all) == 0
	})
}

// Ports are looked at one after the other, from anywhere on.
var (
	firstPort = rand.Int64N(8000)
	triedPort atomic.Int64
)

// freeAddress is one at which nobody listens, and that no other test is given. It lies below the ports that the kernel gives to outgoing
// connections, so who listens there can be killed and started again.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 12000+(firstPort+triedPort.Add(1))%8000)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	require.Fail(t, "no port is free")
	return ""
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
