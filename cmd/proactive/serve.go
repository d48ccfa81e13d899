package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"proactive/activities"
	"proactive/api"
	"proactive/schema/postgres"
	"proactive/worker"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the service: the HTTP API and the engine in one process",
		Long: "serve is api and worker in one process, and the default way to run. HTTP opens first: reports are taken\n" +
			"while Temporal is away, and run when it is back.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return withSettings(c.Context(), serve) },
	}
}

// withSettings reads the environment for a subcommand that runs.
func withSettings(ctx context.Context, run func(context.Context, settings) error) error {
	s, err := readSettings()
	if err := errors.Join(err, s.checkOwn()); err != nil {
		return err
	}
	return run(ctx, s)
}

// serve runs both halves until ctx ends, and stops them in this order: HTTP, the relay, the worker, the client, the database.
func serve(ctx context.Context, s settings) error {
	db, err := openDatabase(s)
	if err != nil {
		return err
	}
	defer db.Close()
	engine, hosts := newEngine(s, db)
	stopEngine := background(engine.Run)
	defer stopEngine()
	metrics := newMetrics(db, worker.InboxCollector{Store: db}, worker.HostsCollector{Hosts: hosts}, worker.DispatchCollector{Store: db}, engine.Removals())
	return serveHTTP(ctx, s, db, metrics, engine.State)
}

// openDatabase prepares the database, and wakes and is woken by the other processes that use it.
func openDatabase(s settings) (*postgres.DB, error) {
	db, err := postgres.Open(s.databaseURL)
	if err != nil {
		return nil, err
	}
	return db, db.Listen()
}

func newEngine(s settings, db *postgres.DB) (*worker.Engine, *activities.Hosts) {
	warnWithoutLinkKey(s, engineWithoutLinkKey)
	if unlisted := s.secretHosts.Unlisted(os.Environ()); len(unlisted) > 0 {
		slog.Warn("these secrets are sent nowhere: PROACTIVE_SECRETS_ALLOW does not say to which host each may go", "secrets", strings.Join(unlisted, ", "))
	}
	hosts, allow := activities.NewHosts(s.perHost), s.httpAllow.WithSecrets(s.secretHosts)
	s.engine.Outside = activities.NewOutside(db, allow, hosts)
	notify := activities.NewNotify(db, activities.NotifyConfig{LinkKey: s.linkKey, PublicURL: s.publicURL, HTTP: allow, SMTP: s.smtpAllow, Hosts: hosts})
	return worker.New(s.engine, db, activities.New(db), activities.NewHTTPRequest(db, allow, hosts), notify), hosts
}

// serveHTTP answers until ctx ends.
func serveHTTP(ctx context.Context, s settings, db *postgres.DB, metrics *prometheus.Registry, temporal func() string) error {
	listener, err := net.Listen("tcp", s.apiAddr)
	if err != nil {
		return fmt.Errorf("PROACTIVE_API_ADDR: %w", err)
	}
	slog.Info("taking reports", "address", listener.Addr().String(), "tls", s.api.TLSCert != "")
	s.api.LinkKey, s.api.PublicURL = s.linkKey, s.publicURL
	door := api.New(s.api, db, api.With{Log: slog.Default(), Temporal: temporal, Devices: db, Conversations: db, Outcomes: db, Tables: db,
		TableWriter: db, Deployments: db, RateLimits: db, Metrics: metrics})
	return door.Serve(ctx, listener)
}

func newMetrics(db *postgres.DB, more ...prometheus.Collector) *prometheus.Registry {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics.MustRegister(poolMetrics(db)...)
	metrics.MustRegister(more...)
	return metrics
}

// poolMetrics show how busy the connections to Postgres are.
func poolMetrics(db *postgres.DB) []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "proactive_postgres_connections_busy", Help: "Connections to Postgres that are in use."},
			func() float64 { return float64(db.Pool().InUse) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "proactive_postgres_waits_total", Help: "How often somebody waited for a connection to Postgres."},
			func() float64 { return float64(db.Pool().WaitCount) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "proactive_postgres_wait_seconds_total", Help: "How long they waited, together."},
			func() float64 { return db.Pool().WaitDuration.Seconds() }),
	}
}

// background runs work until the returned function is called, which waits for its end.
func background(work func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}
