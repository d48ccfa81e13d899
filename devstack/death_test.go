//go:build linux

package devstack_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"proactive/devstack"
)

// helperVariable makes this test binary a program that starts both servers and waits to be killed.
const helperVariable = "DEVSTACK_TEST_HELPER"

// beTheHelper prints where the data lies, then the ids of all processes of both servers.
func beTheHelper() {
	ctx := context.Background()
	p, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Dir: os.Getenv(helperVariable), Fast: true})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	s, err := devstack.StartTemporal(ctx, devstack.TemporalOptions{})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	fmt.Println(s.PID(), strings.Join(append(childrenOf(p.PID()), strconv.Itoa(p.PID())), " "))
	select {}
}

func TestNoServerOutlivesAParentThatIsKilled(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // so that root's Postgres reaches it
		if err := os.Chmod(d, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second finds what the first left behind
		helper := exec.CommandContext(t.Context(), os.Args[0])
		helper.Env = append(os.Environ(), helperVariable+"="+dir)
		out, err := helper.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := helper.Start(); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(out).ReadString('\n')
		pids := strings.Fields(line)
		if len(pids) < 4 || pids[0] == "failed" {
			t.Fatalf("the helper said %q; expected a Temporal and several Postgres processes", line)
		}
		if err := helper.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = helper.Wait()
		for _, pid := range pids {
			awaitEnd(t, pid)
		}
	}
}

// The kernel's death signal belongs to the thread that forked, not to the process.
func TestAServerOutlivesTheThreadThatStartedIt(t *testing.T) {
	type start struct {
		p   *devstack.Postgres
		err error
		tid int
	}
	started := make(chan start)
	var begin func()
	begin = func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if syscall.Gettid() == os.Getpid() {
			go begin() // the main thread never ends, and now nobody else gets it
			return
		}
		p, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Fast: true})
		started <- start{p, err, syscall.Gettid()}
	}
	go begin()
	s := <-started
	if s.err != nil {
		t.Fatal(s.err)
	}
	defer s.p.Remove()
	awaitEnd(t, fmt.Sprintf("self/task/%d", s.tid))
	time.Sleep(200 * time.Millisecond) // nothing to poll: it must not happen that the server ends
	run(t, s.p.URL("postgres"), "SELECT 1")
}

func awaitEnd(t *testing.T, pid string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still there: %s", stat)
		}
	}
}

func childrenOf(pid int) []string {
	list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	return strings.Fields(string(list))
}
