package journey

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// front is what stands before the replicas of the API and gives them the requests in turn.
type front struct {
	t       *testing.T
	address string // URL

	mu    sync.Mutex
	backs []*url.URL
	turn  int
	fresh map[string]int // requests that were given to a replica within the last second
}

func newFront(t *testing.T) *front {
	f := &front{t: t, fresh: map[string]int{}}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(f.next()) },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: f.dial},
		ErrorLog:  log.New(io.Discard, "", 0), // whoever asked hears of it, and processes are killed at the end
	})
	t.Cleanup(server.Close)
	f.address = server.URL
	return f
}

// dial connects anew for each request, as a connection that is kept may be closed by a replica that stops while the next report is on its
// way; a replica that takes none any longer is passed over.
func (f *front) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	if conn, err := d.DialContext(ctx, network, address); err == nil {
		return conn, nil
	}
	return d.DialContext(ctx, network, f.next().Host)
}

func (f *front) next() *url.URL {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turn++
	back := f.backs[f.turn%len(f.backs)]
	f.fresh[back.Host]++
	time.AfterFunc(time.Second, func() { f.settles(back.Host) })
	return back
}

func (f *front) settles(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fresh[host]--
}

// to gives requests to this replica alone from now on, and returns when the others have taken those that they were given: a server that
// stops resets a connection that it has not accepted yet.
func (f *front) to(server string) {
	f.t.Helper()
	f.give(server, nil)
	eventually(f.t, "the other replicas have what they were given", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		for host, n := range f.fresh {
			if host != f.backs[0].Host && n > 0 {
				return false
			}
		}
		return true
	})
}

// joins gives requests to one more replica.
func (f *front) joins(server string) { f.give(server, f.backs) }

func (f *front) give(server string, others []*url.URL) {
	f.t.Helper()
	back, err := url.Parse(server)
	require.NoError(f.t, err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.backs = append([]*url.URL{back}, others...)
}
