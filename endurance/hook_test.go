package endurance

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// hook is somebody else's HTTP service, which http_request calls. It counts the calls of each step.
type hook struct {
	address string
	over    chan struct{}

	mu    sync.Mutex
	calls map[stepKey]int
	marks map[stepKey][]string // of the edits by which it was called
}

// stepKey is what a call is for: the key by which a receiver tells a repeat.
type stepKey struct {
	ExperienceID string `json:"experience_id"`
	Step         int    `json:"step"`
}

func newHook(t *testing.T) *hook {
	h := &hook{over: make(chan struct{}), calls: map[stepKey]int{}, marks: map[stepKey][]string{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(h.over) })
	h.address = strings.TrimPrefix(server.URL, "http://")
	return h
}

// slowly is how long a call of /slow takes.
const slowly = 1500 * time.Millisecond

// ServeHTTP does what the path says: /ok, /slow, /fail, and /hang, which never answers.
func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/desk" { // somebody is wanted: an interaction says so
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var key stepKey
	if err := json.NewDecoder(r.Body).Decode(&key); err != nil || key.ExperienceID == "" {
		http.Error(w, "it names no step", http.StatusTeapot)
		return
	}
	h.mu.Lock()
	h.calls[key]++
	h.marks[key] = append(h.marks[key], r.URL.Query().Get("is"))
	h.mu.Unlock()
	switch r.URL.Path {
	case "/hang":
		h.wait(r, time.Hour)
	case "/slow":
		h.wait(r, slowly)
	case "/fail":
		http.Error(w, "no", http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *hook) wait(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	case <-h.over:
	}
}

// called is how often each step has called.
func (h *hook) called() map[stepKey]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[stepKey]int, len(h.calls))
	for key, n := range h.calls {
		all[key] = n
	}
	return all
}

// marked are the marks of the edits by which each step has called.
func (h *hook) marked() map[stepKey][]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.marks)
}
