package worker

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"proactive/activities"
	"proactive/schema"
)

// InboxCollector tells Prometheus how much the relay has still to deliver, as it stands when it is asked.
type InboxCollector struct {
	Store interface {
		InboxWaiting(ctx context.Context) (schema.InboxWaiting, error)
	}
}

var (
	inboxCount  = prometheus.NewDesc("proactive_inbox_messages", "Messages that Temporal does not have yet.", nil, nil)
	inboxOldest = prometheus.NewDesc("proactive_inbox_oldest_seconds", "Age of the oldest of them.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c InboxCollector) Describe(ch chan<- *prometheus.Desc) { ch <- inboxCount; ch <- inboxOldest }

// Collect implements prometheus.Collector. While Postgres is out of reach there is no value.
func (c InboxCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	w, err := c.Store.InboxWaiting(ctx)
	if err != nil {
		return
	}
	ch <- prometheus.MustNewConstMetric(inboxCount, prometheus.GaugeValue, float64(w.Count))
	ch <- prometheus.MustNewConstMetric(inboxOldest, prometheus.GaugeValue, w.OldestSeconds)
}

// Removals tells Prometheus what retention has removed.
type Removals struct{ issues, rows prometheus.Counter }

func newRemovals() *Removals {
	return &Removals{
		issues: prometheus.NewCounter(prometheus.CounterOpts{Name: "proactive_removed_issues_total", Help: "Closed issues that retention has removed."}),
		rows:   prometheus.NewCounter(prometheus.CounterOpts{Name: "proactive_removed_rows_total", Help: "Rows of all tables that retention has removed."}),
	}
}

func (r *Removals) add(removed schema.Removed, tokens int64) {
	r.issues.Add(float64(removed.Issues))
	r.rows.Add(float64(removed.Rows) + float64(tokens))
}

// Describe implements prometheus.Collector.
func (r *Removals) Describe(ch chan<- *prometheus.Desc) { r.issues.Describe(ch); r.rows.Describe(ch) }

// Collect implements prometheus.Collector.
func (r *Removals) Collect(ch chan<- prometheus.Metric) { r.issues.Collect(ch); r.rows.Collect(ch) }

// HostsCollector tells Prometheus how many requests are on their way, as it stands when it is asked.
type HostsCollector struct{ Hosts *activities.Hosts }

var (
	hostsHeld    = prometheus.NewDesc("proactive_outgoing_requests", "Requests and mails on their way to hosts.", nil, nil)
	hostsRefused = prometheus.NewDesc("proactive_host_busy_total", "Requests and mails that had to wait, as their host had enough on its way.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c HostsCollector) Describe(ch chan<- *prometheus.Desc) { ch <- hostsHeld; ch <- hostsRefused }

// Collect implements prometheus.Collector.
func (c HostsCollector) Collect(ch chan<- prometheus.Metric) {
	held, refused := c.Hosts.Count()
	ch <- prometheus.MustNewConstMetric(hostsHeld, prometheus.GaugeValue, float64(held))
	ch <- prometheus.MustNewConstMetric(hostsRefused, prometheus.CounterValue, float64(refused))
}

// DispatchCollector tells Prometheus what other systems are still to be told, as it stands when it is asked.
type DispatchCollector struct {
	Store interface {
		DispatchesWaiting(ctx context.Context) ([]schema.DispatchWaiting, error)
	}
}

var (
	dispatchCount   = prometheus.NewDesc("proactive_deliveries_waiting", "Outcomes and incidents that another system does not have yet.", []string{"kind"}, nil)
	dispatchOldest  = prometheus.NewDesc("proactive_deliveries_oldest_seconds", "For how long the oldest of them has waited.", []string{"kind"}, nil)
	dispatchGivenUp = prometheus.NewDesc("proactive_deliveries_given_up", "Those that were given up and are still kept.", []string{"kind"}, nil)
)

// Describe implements prometheus.Collector.
func (c DispatchCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- dispatchCount
	ch <- dispatchOldest
	ch <- dispatchGivenUp
}

// Collect implements prometheus.Collector. While Postgres is out of reach there is no value.
func (c DispatchCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	waiting, err := c.Store.DispatchesWaiting(ctx)
	if err != nil {
		return
	}
	for _, w := range waiting {
		ch <- prometheus.MustNewConstMetric(dispatchCount, prometheus.GaugeValue, float64(w.Count), w.Kind)
		ch <- prometheus.MustNewConstMetric(dispatchOldest, prometheus.GaugeValue, w.OldestSeconds, w.Kind)
		ch <- prometheus.MustNewConstMetric(dispatchGivenUp, prometheus.GaugeValue, float64(w.GivenUp), w.Kind)
	}
}
