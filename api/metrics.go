package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics count what is asked for. A route is the pattern, never a path with somebody's id in it; "" is an unknown path.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
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
		page: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
	registry.MustRegister(m.requests, m.duration, m.inFlight)
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
