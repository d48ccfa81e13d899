// Package rival holds the programs that proactive is compared with, each as its own documentation would have it: a handler that
// takes the same report, and what runs because of it. They check no password, read no catalogue and write no timeline.
package rival

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// report is what they read of one.
type report struct {
	ExperienceID string `json:"experience_id"`
	IssueCode    string `json:"issue_code"`
	Endpoint     struct {
		UserName string `json:"user_name"`
	} `json:"endpoint"`
}

// Programs are all of them by name. Each runs until ctx ends.
var Programs = map[string]func(ctx context.Context) error{
	"hello": hello, "eager-hello": eagerHello, "river": river, "idle-river": idleRiver, "dbos": dbos,
}

// Run runs the one of that name until it is told to end.
func Run(name string) error {
	program, ok := Programs[name]
	if !ok {
		return fmt.Errorf("no rival is called %q", name)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	return program(ctx)
}

// serve takes reports until ctx ends, and tells which of them are done.
func serve(ctx context.Context, begin func(ctx context.Context, r report) error, done *ledger) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, request *http.Request) {
		var r report
		if err := json.NewDecoder(request.Body).Decode(&r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := begin(request.Context(), r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"result": {"experience_id": %q}}`, r.ExperienceID)
	})
	mux.HandleFunc("GET /done", done.tell)
	fmt.Println("taking reports at", listener.Addr())
	server := &http.Server{Handler: mux}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // whoever measures has all answers
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

// A ledger knows when each report's work was done.
type ledger struct {
	mu   sync.Mutex
	when map[string]time.Time
}

func newLedger() *ledger { return &ledger{when: map[string]time.Time{}} }

func (l *ledger) done(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.when[id] = time.Now()
}

// tell answers how many are done, or with ?id= whether that one is, or with ?all= when each of them was.
func (l *ledger) tell(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch id := r.FormValue("id"); {
	case r.FormValue("all") != "":
		_ = json.NewEncoder(w).Encode(l.when) // a reader that has gone needs no answer
	case id != "":
		_, done := l.when[id]
		fmt.Fprint(w, done)
	default:
		fmt.Fprint(w, len(l.when))
	}
}

// caller keeps its connections, however many jobs there are at once.
var caller = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}

// callHook is the job that a report causes: the same HTTP request that proactive's action sends.
func callHook(ctx context.Context, id string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv("HOOK_URL"), nil)
	if err != nil {
		return "", err
	}
	answer, err := caller.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	return id, nil
}

// maxConnections is the pool of proactive's process, so everybody's.
const maxConnections = 24
