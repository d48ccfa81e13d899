package api_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// brisk has deadlines that a test can wait for.
var brisk = api.Config{ReadHeaderTimeout: 200 * time.Millisecond, ReadTimeout: 400 * time.Millisecond, WriteTimeout: 400 * time.Millisecond,
	IdleTimeout: 200 * time.Millisecond, Heartbeat: 100 * time.Millisecond}

func TestAHeaderThatNeverEndsIsCutOff(t *testing.T) {
	t.Parallel() // it waits for a timeout
	config := brisk
	config.ReadTimeout = time.Minute // of the whole: the header has its own
	s := serves(t, config, newStore(t), api.With{})
	s.dials().says("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").drips().isHungUpOn()
	s.dials().isHungUpOn()                                                  // who says nothing at all
	s.dials().says("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").isHungUpOn() // or nothing more
	s.becomes("proactive_http_connections", 0)
}

// Who sends a body byte by byte gives their place back when the time for it is over.
func TestABodyThatNeverEndsIsCutOff(t *testing.T) {
	t.Parallel()                                                                                                            // it waits for a timeout
	config := api.Config{MaxRequests: 1, ReadTimeout: 3 * time.Second, ReadHeaderTimeout: patience, WriteTimeout: patience} // whole bodies come in time on a busy machine
	s := serves(t, config, newStore(t), api.With{})
	slow := s.dials().says(reporting("Content-Length: 100000\r\n"))
	s.becomes("proactive_http_places_taken", 1)
	s.alive()
	status, body := slow.drips().hears()
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, "The body ended before it was complete.")
	slow.isHungUpOn()
	s.becomes("proactive_http_places_taken", 0)
	for range 3 { // one that does not say how long it is takes the room of the largest
		status, body = s.dials().says(reporting("Transfer-Encoding: chunked\r\n") + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(goodBody), goodBody)).hears()
		require.Equal(t, http.StatusOK, status, body)
	}
}

// However large a body may be, who drips some has half of the room for them at most, and others are heard.
func TestLargeBodiesThatNeverEndKeepNobodyOut(t *testing.T) {
	s := serves(t, api.Config{MaxRequests: 4, MaxBody: 64 << 20, ReadTimeout: time.Minute}, newStore(t), api.With{})
	for i := range 2 {
		s.dials().says(reporting("Transfer-Encoding: chunked\r\n"))
		s.becomes("proactive_http_requests_in_flight", float64(i+1))
	}
	others := strings.Replace(wholeReport(), "dG9vbDp0b29sLXNlY3JldA==", "c24tdG9vbDpzbi10b29sLXNlY3JldA==", 1) // sn-tool
	status, body := s.dials().says(others).hears()
	require.Equal(t, http.StatusOK, status, body)
}

func TestAHugeBodyIsRefusedUnread(t *testing.T) {
	s := serves(t, api.Config{MaxBody: 1 << 20}, newStore(t), api.With{})
	declared := s.dials().says(reporting("Content-Length: 1099511627776\r\n"))
	status, body := declared.hears()
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, "The body is larger than 1048576 bytes.")

	chunked := s.dials().says(reporting("Transfer-Encoding: chunked\r\n"))
	var sent atomic.Int64
	go func() {
		for {
			n, err := io.WriteString(chunked, "10000\r\n"+strings.Repeat("a", 1<<16)+"\r\n")
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}()
	status, body = chunked.hears()
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, "The body is larger than 1048576 bytes.")
	chunked.isHungUpOn()
	require.Less(t, sent.Load(), int64(32<<20), "all but the limit is what the two systems had in their buffers")
}

func TestAHugeHeaderIsRefused(t *testing.T) {
	s := serves(t, api.Config{}, newStore(t), api.With{})
	for _, header := range []string{"X-Large: " + strings.Repeat("a", 80<<10) + "\r\n", strings.Repeat("X-Many: a\r\n", 8<<10)} {
		w := s.dials()
		go io.WriteString(w, "GET /healthz HTTP/1.1\r\nHost: x\r\n"+header+"\r\n") //nolint:errcheck // the server may hang up before the end
		status, _ := w.hears()
		require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, status)
	}
	s.alive()
}

// Neither silence nor half a header holds a connection against those who have something to say.
func TestQuietConnectionsKeepNobodyOut(t *testing.T) {
	s := serves(t, api.Config{MaxConnections: 20, ReadHeaderTimeout: time.Minute}, newStore(t), api.With{})
	var first *wire
	for i := range 200 {
		w := s.dialsFrom("127.0.0." + string(rune('2'+i%8)))
		if i%2 == 0 {
			w.says("GET /healthz HTTP/1.1\r\nHost:")
		}
		if first == nil {
			first = w
		}
	}
	first.isHungUpOn()
	require.LessOrEqual(t, s.metric("proactive_http_connections"), 20.0)
	for range 20 {
		status, body := s.dials().says(wholeReport()).hears()
		require.Equal(t, http.StatusOK, status, body)
	}
	require.LessOrEqual(t, s.metric("proactive_http_connections"), 20.0)
}

// Of one address at most half are open, however busy: nobody else is kept out, and none of the busy ones is cut.
func TestOneAddressDoesNotHaveAllConnections(t *testing.T) {
	store := issues(t, func() schema.Issue { i := anIssue(); i.State, i.Timeline = schema.Open, nil; return i })
	s := serves(t, api.Config{MaxConnections: 8, ReadHeaderTimeout: time.Minute}, store, api.With{})
	waiting := "GET " + issuePath + "x1?wait=60s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic cmVhZGVyOnJlYWRlci1zZWNyZXQ=\r\n\r\n" // reader
	for range 4 {
		s.dialsFrom("127.0.0.2").says(waiting)
	}
	s.becomes("proactive_http_issue_waits", 4)
	s.dialsFrom("127.0.0.2").isHungUpOn()
	s.alive()
	require.Equal(t, 4.0, s.metric("proactive_http_issue_waits"))

	proxied := serves(t, api.Config{MaxConnections: 8, ReadHeaderTimeout: time.Minute, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}, store, api.With{})
	for range 8 {
		proxied.dialsFrom("127.0.0.2").says(waiting)
	}
	proxied.becomes("proactive_http_issue_waits", 8) // a proxy speaks for many
}

// A caller who does not read the answer is cut off, and so gives back all that the answer takes.
func TestWhoDoesNotReadTheAnswerIsCutOff(t *testing.T) {
	t.Parallel() // it waits for a timeout
	large := strings.Repeat("a", 32<<20)
	store := issues(t, func() schema.Issue { i := anIssue(); i.Timeline[0].Detail = large; return i })
	config := brisk
	config.ReadHeaderTimeout, config.ReadTimeout, config.WriteTimeout = patience, patience, 3*time.Second // seen in flight on a busy machine
	s := serves(t, config, store, api.With{})
	w := s.dials()
	require.NoError(t, w.Conn.(*net.TCPConn).SetReadBuffer(4096))
	w.says("GET " + issuePath + "x1 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic cmVhZGVyOnJlYWRlci1zZWNyZXQ=\r\n\r\n")
	s.becomes("proactive_http_requests_in_flight", 1)
	s.becomes("proactive_http_connections", 0)
	s.becomes("proactive_http_places_taken", 0)
}

func TestAPageThatDoesNotReadItsEventsIsCutOff(t *testing.T) {
	t.Parallel() // it waits for a timeout
	view := asked()
	var events atomic.Int64
	f := &conversations{t: t,
		conversation: func(context.Context) (schema.View, error) {
			v := view
			v.Events = int(events.Add(1)) + 3
			return v, nil
		},
		waitIssue: func(context.Context, string, int) error { return nil }}
	config := brisk
	config.ReadHeaderTimeout, config.ReadTimeout = patience, patience // the question comes in time on a busy machine
	s := serves(t, config, newStore(t), api.With{Conversations: f})
	w := s.dials()
	require.NoError(t, w.Conn.(*net.TCPConn).SetReadBuffer(4096))
	w.says("GET " + helpPage + "/events HTTP/1.1\r\nHost: x\r\n\r\n")
	require.Eventually(t, func() bool { return events.Load() > 1 }, patience, time.Millisecond, "it listens")
	s.becomes("proactive_http_streams", 0)
	s.becomes("proactive_http_connections", 0)
}

// Requests that are sent without waiting for answers are answered one after the other, in order.
func TestOnAConnectionOneRequestIsWorkedOnAtATime(t *testing.T) {
	store := newStore(t)
	var work crowd
	var count atomic.Int64
	store.submit = func(_ context.Context, r schema.Report) (string, error) {
		defer work.enter()()
		count.Add(1)
		return r.ExperienceID, nil
	}
	s := serves(t, api.Config{MaxRequests: 2}, store, api.With{})
	w, n := s.dials(), 300
	go io.WriteString(w, strings.Repeat(wholeReport(), n)) //nolint:errcheck // the answers tell
	for range n {
		status, body := w.hears()
		require.Equal(t, http.StatusOK, status, body)
	}
	require.Equal(t, 1, work.most)
	require.EqualValues(t, n, count.Load())
}
