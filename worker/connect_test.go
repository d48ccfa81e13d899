package worker

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"proactive/devstack/stacktest"
	"proactive/schema/postgres"
)

func TestNothingIsCompressedOnTheWayToATemporalOnThisMachine(t *testing.T) {
	for address, plain := range map[string]bool{
		"127.0.0.1:7233": true, "localhost:7233": true, "[::1]:7233": true,
		"temporal:7233": false, "10.0.0.7:7233": false, "dns:///temporal.example.com:7233": false, "": true,
	} {
		config, err := LocalConfig(address, "")
		require.NoError(t, err)
		_, none := config.Temporal.ConnectionOptions.GrpcCompression.(*client.GrpcCompressionNone)
		require.Equal(t, plain, none, address)
	}
}

// A task that came to a worker whose tables are not there yet would fail; a worker of the version before can do it.
func TestNothingIsAskedOfTemporalBeforeTheDatabaseIsMigrated(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	w.url = stacktest.Database(t, "empty", func(string) error { return nil })
	w.db = w.open(w.url)
	var asked atomic.Int64
	w.intercept(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		asked.Add(1)
		return invoker(ctx, method, req, reply, cc, opts...)
	})
	looks := &lookedAt{DB: w.db}
	e, _ := w.start(looks)
	w.eventually("it has looked several times", func() bool { return looks.n.Load() > 2 })
	require.Zero(t, asked.Load())
	require.Equal(t, "waiting for the database", e.State())
	require.Contains(t, healthOf(t, e, w.db), "run proactive migrate")

	require.NoError(t, migrate(w.url))
	w.eventually("the engine runs", e.Running)
	require.JSONEq(t, `{"status":"ready","postgres":"answers","temporal":"running"}`, healthOf(t, e, w.db))
}

// lookedAt counts how often somebody asked whether the database is ready.
type lookedAt struct {
	*postgres.DB
	n atomic.Int64
}

func (c *lookedAt) Ready(ctx context.Context) error {
	c.n.Add(1)
	return c.DB.Ready(ctx)
}

// healthOf is what a worker's /readyz says.
func healthOf(t *testing.T, e *Engine, db Readiness) string {
	said := httptest.NewRecorder()
	ready(said, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil), e, db)
	require.Equal(t, e.Running(), said.Code == http.StatusOK)
	return said.Body.String()
}
