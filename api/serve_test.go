package api_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// opened serves a store on a real listener; ended gives what Serve gave.
func opened(t *testing.T, config api.Config, store api.Store) (url string, stop func(), ended <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- api.New(config, store, api.With{}).Serve(ctx, listener) }()
	t.Cleanup(stop)
	return "http://" + listener.Addr().String(), stop, end
}

func getLive(t *testing.T, url string) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	request.SetBasicAuth("reader", "reader-secret")
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		t.Cleanup(func() { response.Body.Close() })
	}
	return response, err
}

// Who waits for an issue is answered when the server stops, and Serve ends without an error.
func TestStoppingEndsTheWaiting(t *testing.T) {
	waiting := make(chan struct{})
	store := issues(t, func() schema.Issue { i := anIssue(); i.State, i.Timeline = schema.Open, nil; return i })
	store.waitIssue = func(ctx context.Context, _ string, _ int) error {
		close(waiting)
		<-ctx.Done()
		return ctx.Err()
	}
	url, stop, ended := opened(t, api.Config{StopTimeout: time.Minute}, store)
	go func() { <-waiting; stop() }()
	begin := time.Now()
	response, err := getLive(t, url+issuePath+"x1?wait=60s")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.NoError(t, <-ended)
	require.Less(t, time.Since(begin), patience)
}

// The time that a request asked to wait comes on top of the connection's deadlines.
func TestWaitingIsNotCutByTheServersTimeouts(t *testing.T) {
	t.Parallel() // it waits for a timeout
	store := issues(t, func() schema.Issue { i := anIssue(); i.State, i.Timeline = schema.Open, nil; return i })
	short := api.Config{ReadHeaderTimeout: patience, ReadTimeout: 50 * time.Millisecond, WriteTimeout: 2 * time.Second} // the answer itself has to be written in time
	url, _, _ := opened(t, short, store)
	begin := time.Now()
	response, err := getLive(t, url+issuePath+"x1?wait=2500ms")
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(body))
	require.GreaterOrEqual(t, time.Since(begin), 2500*time.Millisecond, "the wait was not ended by the connection either")
}

func TestACertificateThatCannotBeReadIsSaid(t *testing.T) {
	_, _, ended := opened(t, api.Config{TLSCert: filepath.Join(t.TempDir(), "cert.pem")}, newStore(t))
	require.ErrorContains(t, <-ended, "only one of the two files")
	_, _, ended = opened(t, api.Config{TLSCert: filepath.Join(t.TempDir(), "c.pem"), TLSKey: "k.pem"}, newStore(t))
	require.ErrorIs(t, <-ended, os.ErrNotExist)
}

// "serve and api are ready when Postgres answers (reports are accepted without Temporal; the body tells Temporal's state)": answers as a
// database of this version.
func TestHealth(t *testing.T) {
	store := newStore(t)
	handler := api.New(api.Config{}, store, api.With{Temporal: func() string { return "not connected" }}).Handler()
	alive := get("/healthz").nobody().send(t, handler)
	require.Equal(t, http.StatusOK, alive.Code)
	ready := get("/readyz").nobody().with("Accept", "text/html").send(t, handler)
	require.Equal(t, http.StatusOK, ready.Code)
	require.JSONEq(t, `{"status":"ready","postgres":"answers","temporal":"not connected"}`, ready.Body.String())
	store.ready = func(context.Context) error { return errAway }
	ready = get("/readyz").nobody().send(t, handler)
	require.Equal(t, http.StatusServiceUnavailable, ready.Code)
	require.JSONEq(t, `{"status":"not ready","postgres":"out of reach","temporal":"not connected"}`, ready.Body.String())
	store.ready = func(context.Context) error { return fmt.Errorf("%w (1 of 2)", schema.ErrNotMigrated) }
	ready = get("/readyz").nobody().send(t, handler)
	require.Equal(t, http.StatusServiceUnavailable, ready.Code)
	require.Contains(t, ready.Body.String(), "run proactive migrate (1 of 2)")
	require.Equal(t, http.StatusOK, get("/healthz").nobody().by("HEAD").send(t, handler).Code)
}
