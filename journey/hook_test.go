package journey

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// hook is somebody else's HTTP endpoint, which http_request calls.
type hook struct {
	t       *testing.T
	address string

	mu     sync.Mutex
	status int
	held   chan struct{} // nil: answer at once
	calls  []string      // their bodies
}

func newHook(t *testing.T) *hook {
	h := &hook{t: t, status: http.StatusNoContent}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(h.release)
	h.address = strings.TrimPrefix(server.URL, "http://")
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	h.calls = append(h.calls, string(body))
	held, status := h.held, h.status
	h.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-r.Context().Done():
			return
		}
	}
	w.WriteHeader(status)
	if status != http.StatusNoContent {
		io.WriteString(w, `{"said": "planted-answer"}`) //nolint:errcheck // a caller that was killed
	}
}

// hold lets callers wait until release.
func (h *hook) hold() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = make(chan struct{})
}

func (h *hook) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held != nil {
		close(h.held)
		h.held = nil
	}
}

// answers sets the status of calls from now on.
func (h *hook) answers(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

func (h *hook) called() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.calls...)
}

// isCalled waits until there were so many calls.
func (h *hook) isCalled(times int) {
	h.t.Helper()
	eventually(h.t, "the hook is called", func() bool { return len(h.called()) >= times })
}
