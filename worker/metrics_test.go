package worker

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"proactive/activities"
)

func TestPrometheusIsToldWhatIsOnItsWayAndWhatHadToWait(t *testing.T) {
	hosts := activities.NewHosts(1)
	for range 3 {
		hosts.Enter("a:80")
	}
	leave, _ := hosts.Enter("b:80")
	leave()
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(HostsCollector{hosts})
	families, err := metrics.Gather()
	require.NoError(t, err)
	require.Len(t, families, 2)
	require.Equal(t, "proactive_host_busy_total", families[0].GetName())
	require.EqualValues(t, 2, families[0].GetMetric()[0].GetCounter().GetValue())
	require.Equal(t, "proactive_outgoing_requests", families[1].GetName())
	require.EqualValues(t, 1, families[1].GetMetric()[0].GetGauge().GetValue())
}
