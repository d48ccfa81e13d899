package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"
)

// Store is what the door needs to know of Postgres. Every method's faults wrap schema.ErrUnavailable when the database is
// out of reach.
type Store interface {
	Submitter
	Simulator
	IssueReader
	Canceller
	Accounts
	Readiness
}

// With is what the door takes along. Nil fields are allowed: a log that is dropped, no word on Temporal, no agents.
type With struct {
	Log      *slog.Logger
	Temporal func() string        // Temporal's state in a word or a sentence, for /readyz
	Metrics  *prometheus.Registry // shown at /metrics, with the door's own; without it only these
	Devices  Devices              // the jobs of the agents; without it there are no calls for agents

	Conversations Conversations // what is agreed with people; without it there are no pages for them
	Outcomes      Outcomes      // what became of issues; without it there is no feed
	Tables        Tables        // the tables that people own or read; without it there is no Table API
	TableWriter   TableWriter   // changes their rows; without it they can only be read
	Deployments   Deployments   // what is deployed; without it there are no calls for those who own the registry
	RateLimits    RateLimits    // the rate limit rules and their counts; without it there is no limit
}

// Door is the HTTP side of proactive.
type Door struct {
	config   Config
	store    Store
	log      *slog.Logger
	temporal func() string
	metrics  *metrics
	gate     *gate
	origins  *http.CrossOriginProtection
	devices  Devices
	agents   *agents
	routes   []call

	conversations Conversations
	outcomes      Outcomes
	tables        Tables
	tableWriter   TableWriter
	deployments   Deployments

	places      *places
	lists       *places // among those that read tables
	rates       *rates
	connections *connections
	streams     *waiters // pages that listen
	issueWaits  *waiters
	feedWaits   *waiters
	deviceWaits *waiters
	looks       chan struct{} // places to look for a device's job
	readiness   singleflight.Group

	stopping context.Context // done when the server is told to stop: nobody is to wait any longer
	stop     context.CancelFunc
}

// New builds the door; it opens with Serve, or as a handler of somebody else's server.
func New(config Config, store Store, with With) *Door {
	config = config.withDefaults()
	d := &Door{config: config, store: store, devices: with.Devices, conversations: with.Conversations, outcomes: with.Outcomes,
		tables: with.Tables, tableWriter: with.TableWriter, deployments: with.Deployments, log: with.Log, temporal: with.Temporal}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.temporal == nil {
		d.temporal = func() string { return "unknown" }
	}
	d.stopping, d.stop = context.WithCancel(context.Background())
	d.metrics = newMetrics(with.Metrics)
	d.gate = newGate(config, store)
	d.origins = newOrigins(config)
	d.agents = newAgents(config, with.Devices)
	d.places = newPlaces(config)
	d.lists = newLists(config)
	d.rates = newRates(with.RateLimits, d.log)
	d.connections = newConnections(config)
	d.streams = newWaiters(maxStreams, streamsOfALink)
	d.issueWaits = newWaiters(maxIssueWaits, waitsOfAccount)
	d.feedWaits = newWaiters(maxFeedWaits, feedsOfAccount)
	d.deviceWaits = newWaiters(maxDeviceWaits, waitsOfDevice)
	d.looks = make(chan struct{}, maxLooks)
	d.metrics.watch(d)
	d.routes = d.calls()
	return d
}

// Handler answers every request.
func (d *Door) Handler() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = false
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"} // Gin would fall back on X-Real-IP, which the caller may have written
	var proxies []string
	for _, prefix := range d.config.TrustedProxies {
		proxies = append(proxies, prefix.String())
	}
	if err := engine.SetTrustedProxies(proxies); err != nil {
		panic(err) // a netip.Prefix always reads back
	}
	engine.Use(d.attend, d.problems)
	d.register(engine)
	engine.NoRoute(d.place, d.noRoute)
	return oneName(engine)
}
