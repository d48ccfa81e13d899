package devstack

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

const tailBytes = 8 << 10

// A tail keeps the end of what a server printed, to say why it did not start, and passes everything on to also.
type tail struct {
	also io.Writer

	mu   sync.Mutex
	last []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	if n := len(t.last) - tailBytes; n > 0 {
		t.last = bytes.Clone(t.last[n:])
	}
	if t.also != nil {
		_, _ = t.also.Write(b) // a log that cannot be written must not stop the server
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.last))
}

// says reports whether the server printed text lately, in any case.
func (t *tail) says(text string) bool {
	return strings.Contains(strings.ToLower(t.String()), strings.ToLower(text))
}
