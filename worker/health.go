package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"proactive/schema"
)

// Readiness tells whether Postgres answers and has the tables of this version.
type Readiness interface {
	Ready(ctx context.Context) error
}

// ServeHealth answers for a worker that has a process of its own: /healthz, /readyz (ready when Postgres and Temporal both are
// there, and Postgres is migrated) and /metrics, until ctx ends.
func ServeHealth(ctx context.Context, listener net.Listener, engine *Engine, db Readiness, metrics prometheus.Gatherer) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, true, map[string]string{"status": "alive"}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { ready(w, r, engine, db) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve health on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
		return server.Close()
	}
}

func ready(w http.ResponseWriter, r *http.Request, engine *Engine, db Readiness) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	err := db.Ready(ctx)
	status := map[string]string{"status": "ready", "postgres": schema.DatabaseState(err), "temporal": engine.State()}
	ok := err == nil && engine.Running()
	if !ok {
		status["status"] = "not ready"
	}
	answer(w, ok, status)
}

func answer(w http.ResponseWriter, ok bool, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	json.NewEncoder(w).Encode(body) //nolint:errcheck // a prober that hangs up
}
