package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"golang.org/x/sync/singleflight"
)

// metrics count what is asked for. A route is the pattern, never a path with somebody's id in it; "" is an unknown path.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	refused  *prometheus.CounterVec
	registry *prometheus.Registry
	page     http.Handler
}

func newMetrics(registry *prometheus.Registry) *metrics {
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	labels := []string{"method", "route", "status"}
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "proactive_http_requests_total", Help: "Requests that were answered.",
		}, labels),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "proactive_http_request_duration_seconds", Help: "How long it took to answer, asked-for waiting included.",
			Buckets: []float64{.001, .002, .003, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, labels),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "proactive_http_requests_in_flight", Help: "Requests that are being answered, waiting ones included.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "proactive_http_refused_total", Help: "Requests that were answered with 429, by what there was no room in.",
		}, []string{"bound"}),
		registry: registry,
		page:     promhttp.HandlerFor(&gatherOnce{from: registry}, promhttp.HandlerOpts{}),
	}
	registry.MustRegister(m.requests, m.duration, m.inFlight, m.refused)
	return m
}

// measure counts a request in, and gives what counts it out again.
func (m *metrics) measure(c *gin.Context) (done func(took time.Duration)) {
	m.inFlight.Inc()
	return func(took time.Duration) {
		m.inFlight.Dec()
		status := strconv.Itoa(c.Writer.Status())
		m.requests.WithLabelValues(c.Request.Method, c.FullPath(), status).Inc()
		m.duration.WithLabelValues(c.Request.Method, c.FullPath(), status).Observe(took.Seconds())
	}
}

func (d *Door) metricsPage(c *gin.Context) { d.metrics.page.ServeHTTP(c.Writer, c.Request) }

// watch shows how much is taken of what is bounded.
func (m *metrics) watch(d *Door) {
	gauge := func(name, help string, value func() int) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) }))
	}
	gauge("proactive_http_places", "How many requests may be worked on at once.", func() int { return d.config.MaxRequests })
	gauge("proactive_http_places_taken", "Requests that are worked on; those that wait for news are not.", func() int { taken, _ := d.places.count(); return taken })
	gauge("proactive_http_places_queued", "Requests that wait for a place.", func() int { _, queued := d.places.count(); return queued })
	gauge("proactive_http_connections", "Open connections.", d.connections.count)
	gauge("proactive_http_issue_waits", "Requests that wait for news of an issue.", d.issueWaits.count)
	gauge("proactive_http_feed_waits", "Requests that wait for outcomes.", d.feedWaits.count)
	gauge("proactive_http_device_waits", "Agents that wait for a job.", d.deviceWaits.count)
	gauge("proactive_http_streams", "Pages that listen.", d.streams.count)
}

// gatherOnce lets requests for metrics that come at once share one look: some metrics ask Postgres.
type gatherOnce struct {
	from   prometheus.Gatherer
	flight singleflight.Group
}

func (g *gatherOnce) Gather() ([]*dto.MetricFamily, error) {
	families, err, _ := g.flight.Do("", func() (any, error) { return g.from.Gather() })
	return families.([]*dto.MetricFamily), err
}
