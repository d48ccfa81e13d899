package journey

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// front is what stands before the replicas of the API and gives them the requests in turn.
type front struct {
	t       *testing.T
	address string // URL

	mu    sync.Mutex
	backs []*url.URL
	turn  int
}

func newFront(t *testing.T) *front {
	f := &front{t: t}
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(f.next()) }})
	t.Cleanup(server.Close)
	f.address = server.URL
	return f
}

func (f *front) next() *url.URL {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn++
	return f.backs[f.turn%len(f.backs)]
}

// to gives requests to these replicas from now on.
func (f *front) to(servers ...string) {
	f.t.Helper()
	var backs []*url.URL
	for _, server := range servers {
		back, err := url.Parse(server)
		require.NoError(f.t, err)
		backs = append(backs, back)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.backs = backs
}
