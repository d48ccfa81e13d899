package stack

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// A Hook is somebody else's HTTP service, which remedial actions call. It answers 204.
type Hook struct {
	server *httptest.Server

	mu   sync.Mutex
	held chan struct{} // nil: answer at once
}

func newHook() *Hook {
	h := &Hook{}
	h.server = httptest.NewServer(h)
	return h
}

// Address is where it listens, as HOST:PORT.
func (h *Hook) Address() string { return strings.TrimPrefix(h.server.URL, "http://") }

func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // whoever hangs up is not answered
	h.mu.Lock()
	held := h.held
	h.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-r.Context().Done():
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// Hold lets callers wait until the returned function is called.
func (h *Hook) Hold() (release func()) {
	held := make(chan struct{})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = held
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.held == held {
			h.held = nil
			close(held)
		}
	}
}
