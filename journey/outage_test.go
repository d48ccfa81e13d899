package journey

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
)

// Reports are taken while Temporal is away, and run when it is there.
func TestWithoutTemporalReportsAreTakenAndRunLater(t *testing.T) {
	t.Parallel()
	temporal := stacktest.OwnTemporal(t)
	w := bareWorld(t)
	w.database = stacktest.Database(t, "migrated", migrate)
	w.temporal, w.namespace = temporal.Address(), "away"
	require.NoError(t, temporal.CreateNamespace(t.Context(), w.namespace, searchAttributes()))
	w.apply("testdata/registry.yaml", "testdata/journey.yaml")
	require.NoError(t, temporal.Stop())

	service := w.serve()
	early := w.reports("quick")
	service.says("Temporal cannot be used yet")
	eventually(t, "the service tells so", func() bool { return strings.Contains(w.readiness().Text, "no answer from Temporal") })
	require.Equal(t, http.StatusOK, w.readiness().Status)
	require.Equal(t, "open", w.shows(early).State)

	require.NoError(t, temporal.Start(t.Context()))
	w.ends(early, "closed_complete", "resolved_silently")
	require.Contains(t, w.readiness().Text, `"temporal":"running"`)

	temporal.Kill()
	late := w.reports("quick")
	cancelled := w.accepted(w.posts(report("quick", "abel.tuter", nil)))
	a, err := w.client.send(http.MethodPost, issuePath+cancelled+"/cancel", "", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, a.Status, a.Text)
	require.NoError(t, temporal.Start(t.Context()))
	w.ends(late, "closed_complete", "resolved_silently")
	w.ends(cancelled, "closed_cancelled", "cancelled")
	require.Len(t, w.hook.called(), 2, "what was cancelled before it began does nothing")
}

func (w *world) readiness() answer {
	w.t.Helper()
	a, err := w.client.send(http.MethodGet, "/readyz", "", nil)
	require.NoError(w.t, err)
	return a
}

// Without Postgres nothing is promised and nothing crashes; what was running goes on when it is back.
func TestWithoutPostgresReportsAreRefusedUntilItIsBack(t *testing.T) {
	t.Parallel()
	server := stacktest.OwnPostgres(t)
	require.NoError(t, server.CreateDatabase(t.Context(), "proactive", ""))
	w := bareWorld(t)
	w.database = server.URL("proactive")
	w.temporal, w.namespace = stacktest.Namespace(t, searchAttributes())
	run(t, w.env(), "", "migrate")
	w.apply("testdata/registry.yaml", "testdata/journey.yaml")
	service := w.serveAndRun()
	w.hook.hold()
	running := w.reports("100")
	w.hook.isCalled(1)

	require.NoError(t, server.Stop())
	a := w.posts(report("quick", "abel.tuter", nil))
	w.refused(a, technical)
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	a, err := w.client.send(http.MethodGet, issuePath+running, "", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, a.Status, a.Text)
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	require.Equal(t, http.StatusServiceUnavailable, w.readiness().Status)
	w.hook.release() // the action ends while nobody can write that down

	require.NoError(t, server.Start(context.WithoutCancel(t.Context())))
	w.ends(running, "closed_complete", "resolved_silently")
	w.ends(w.accepted(w.posts(report("quick", "abel.tuter", nil))), "closed_complete", "resolved_silently")
	require.Equal(t, http.StatusOK, w.readiness().Status)

	service.signal(syscall.SIGTERM)
	require.Zero(t, service.ends())
}

// Whoever starts a service before its tables are there is told, and has it ready as soon as they are.
func TestAServiceBeforeItsMigrationSaysSoAndRunsNothing(t *testing.T) {
	t.Parallel()
	w := bareWorld(t)
	w.database = stacktest.Database(t, "empty", func(string) error { return nil })
	w.temporal, w.namespace = stacktest.Namespace(t, searchAttributes())
	service := w.serve()
	service.says("the database cannot be used yet")
	ready := w.readiness()
	require.Equal(t, http.StatusServiceUnavailable, ready.Status, ready.Text)
	require.Contains(t, ready.Text, "run proactive migrate (its last migration is 0, ")
	require.Contains(t, ready.Text, `"temporal":"waiting for the database"`)
	created := w.posts(report("quick", "abel.tuter", nil))
	w.refused(created, technical)
	require.NotEmpty(t, created.Header.Get("Retry-After"))
	for _, path := range []string{issuePath + "x", "/api/now/table/incident"} {
		a, err := w.client.send(http.MethodGet, path, "", nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, a.Status, a.Text)
		require.NotEmpty(t, a.Header.Get("Retry-After"))
	}

	w.does("", "migrate")
	w.apply("testdata/registry.yaml", "testdata/journey.yaml")
	service.says("the engine is running")
	require.Equal(t, http.StatusOK, w.readiness().Status)
	w.ends(w.reports("quick"), "closed_complete", "resolved_silently")
}

// A service that is told to stop answers those who wait and loses nothing of what it was doing.
func TestAServiceThatIsToldToStopLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	service := w.serveAndRun()
	w.hook.hold()
	id := w.reports("100")
	w.hook.isCalled(1)
	seen := len(w.until(id, "in progress", func(i issue) bool { return i.State == "in_progress" }).Timeline)
	waiting := make(chan error, 1)
	go func() {
		a, err := w.client.send(http.MethodGet, fmt.Sprintf("%s%s?wait=60s&since=%d", issuePath, id, seen), "", nil)
		if err == nil && (a.Status != http.StatusOK || len(a.Result.Timeline) > 0) {
			err = fmt.Errorf("the one who waits is answered %d, not because of the stop: %s", a.Status, a.Text)
		}
		waiting <- err
	}()
	eventually(t, "the request that waits is under way", func() bool { return w.underway() >= 1 })

	told := time.Now()
	service.signal(syscall.SIGTERM)
	require.Zero(t, service.ends())
	require.Less(t, time.Since(told), seconds)
	require.NoError(t, <-waiting)
	w.hook.release()
	w.serve()
	w.ends(id, "closed_complete", "resolved_silently")
	w.completes(id)
}
