package journey

import (
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A rule of the catalogue holds for an account over two replicas and over restarts, of the gentle kind and of the other.
func TestARateLimitHoldsOverReplicasAndRestarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applies("rate_limit_rules: [{name: readers, type: user, user: reader, rate_limit: 20}, {name: all, type: all_users, rate_limit: 1}]")
	one, oneServer := w.api(), w.server
	two, twoServer := w.api(), w.server
	hourEnds := time.Now().Truncate(time.Hour).Add(time.Hour)
	if left := time.Until(hourEnds); left < 90*time.Second {
		time.Sleep(left) // the next hour begins anew
		hourEnds = hourEnds.Add(time.Hour)
	}
	counted := func() string {
		return w.value(`SELECT coalesce(sum(count), 0) FROM sys_rate_limit_count c JOIN sys_rate_limit_rules r ON r.sys_id = c.rule WHERE r.name = 'readers'`)
	}

	for range 12 {
		w.readsNothing(oneServer, http.StatusNotFound)
	}
	one.signal(syscall.SIGTERM)
	require.Zero(t, one.ends())
	require.Equal(t, "12", counted(), "what was counted is left behind")

	w.readsNothing(twoServer, http.StatusNotFound)
	eventually(t, "the other process asks for what was counted", func() bool { return counted() == "13" })
	w.readsNothing(twoServer, http.StatusNotFound)
	eventually(t, "it has heard of the 12, as it counts on", func() bool { return counted() == "14" })
	for range 6 {
		w.readsNothing(twoServer, http.StatusNotFound)
	}
	refused := w.readsNothing(twoServer, http.StatusTooManyRequests)
	require.Equal(t, "Rate limit of 20 requests per hour for Proactive Engagement API exceeded", refused.Error.Detail)
	require.Equal(t, "20", refused.Header.Get("X-RateLimit-Limit"))
	require.Equal(t, strconv.FormatInt(hourEnds.Unix(), 10), refused.Header.Get("X-RateLimit-Reset"))
	require.Equal(t, w.value(`SELECT sys_id FROM sys_rate_limit_rules WHERE name = 'readers'`), refused.Header.Get("X-RateLimit-Rule"))
	eventually(t, "the count is shared", func() bool { return counted() == "20" })
	two.kill()

	w.api()
	w.readsNothing(w.server, http.StatusTooManyRequests)
}

// readsNothing reads an issue that is not there, as reader.
func (w *world) readsNothing(server string, status int) answer {
	w.t.Helper()
	w.server = server
	a, err := w.client.send(http.MethodGet, issuePath+"nothing", "", http.Header{"Authorization": {"Basic cmVhZGVyOnJlYWRlcg=="}})
	require.NoError(w.t, err)
	require.Equal(w.t, status, a.Status, a.Text)
	return a
}
