package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// fakeServer is the api as an agent sees it: it hands out jobs, and tells what it is told. Its answers can be changed.
type fakeServer struct {
	t      *testing.T
	url    string
	mu     sync.Mutex
	jobs   []schema.Job
	answer func(call, job string) int // status; 0 is 200
	heard  chan said
}

// said is a heartbeat, or a result.
type said struct {
	call   string
	job    string
	status int // what it was answered with
	result schema.ActionResult
}

func newFakeServer(t *testing.T) *fakeServer {
	s := &fakeServer{t: t, heard: make(chan said, 1000), answer: func(string, string) int { return 0 }}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer the-token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/proactive/agent/v1/jobs/"), "/")
	if parts[0] == "next" {
		s.next(w)
		return
	}
	now := said{call: parts[1], job: parts[0]}
	json.NewDecoder(r.Body).Decode(&now.result) //nolint:errcheck // a heartbeat has none
	s.mu.Lock()
	now.status = s.answer(now.call, now.job)
	s.mu.Unlock()
	if now.status == 0 {
		now.status = http.StatusOK
	}
	w.WriteHeader(now.status)
	s.heard <- now
}

func (s *fakeServer) next(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.jobs) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	json.NewEncoder(w).Encode(s.jobs[0]) //nolint:errcheck
	s.jobs = s.jobs[1:]
}

func (s *fakeServer) offer(jobs ...schema.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = append(s.jobs, jobs...)
}

func (s *fakeServer) answers(answer func(call, job string) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// hears waits for the next call of one kind.
func (s *fakeServer) hears(call string) said {
	s.t.Helper()
	over := time.After(time.Minute)
	for {
		select {
		case now := <-s.heard:
			if now.call == call {
				return now
			}
		case <-over:
			s.t.Fatalf("no %s came", call)
		}
	}
}

// device is what an agent needs besides a server.
type device struct {
	t      *testing.T
	state  string
	policy string
	beat   time.Duration // between two heartbeats
}

// newDevice allows to end this binary's own copies, and asks them for so long.
func newDevice(t *testing.T, grace time.Duration) *device {
	self, err := os.Executable()
	require.NoError(t, err)
	d := &device{t: t, state: t.TempDir(), policy: filepath.Join(t.TempDir(), "policy.yaml"), beat: 20 * time.Millisecond}
	require.NoError(t, WritePolicy(d.policy, Policy{ActionPolicies{EndProcess: &EndProcessPolicy{Grace: grace, Processes: []ProcessRule{{Executable: self}}}}}))
	return d
}

// runs starts an agent in this process; it ends with the test, or with stop.
func (d *device) runs(s *fakeServer) (stop func()) {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Config{Server: s.url, Token: testToken, StateDir: d.state, Policy: d.policy, Wait: 50 * time.Millisecond,
			Heartbeat: d.beat, RetryFirst: 5 * time.Millisecond, RetryMost: 20 * time.Millisecond})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(d.t, <-ended)
	})
	d.t.Cleanup(stop)
	return stop
}

// runsApart starts an agent as a process of its own, which can be killed.
func (d *device) runsApart(s *fakeServer) *exec.Cmd {
	d.t.Helper()
	self, err := os.Executable()
	require.NoError(d.t, err)
	agent := exec.Command(self)
	agent.Env = append(os.Environ(), "AGENT_TEST_PART=agent", "AGENT_TEST_SERVER="+s.url, "AGENT_TEST_STATE="+d.state, "AGENT_TEST_POLICY="+d.policy)
	agent.Stderr = os.Stderr
	require.NoError(d.t, agent.Start())
	d.t.Cleanup(func() { kill(agent) })
	return agent
}

func kill(agent *exec.Cmd) {
	agent.Process.Kill() //nolint:errcheck // it may be gone
	agent.Wait()         //nolint:errcheck
}

func jobToEnd(child *exec.Cmd) schema.Job {
	return schema.Job{ID: schema.NewSysID(), ExperienceID: "exp-1", Step: 1, Attempt: 1, Action: "end_process", ReportedAt: time.Now(), TimeoutSec: 60,
		Parameters: json.RawMessage(fmt.Sprintf(`{"process_id":"%d"}`, child.Process.Pid))}
}
