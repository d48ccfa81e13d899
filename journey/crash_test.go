package journey

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/devstack/pgproxy"
)

// What each local activity says to Postgres when it has decided.
const (
	begins    = "SET state = 'in_progress', sys_updated_on"
	concludes = "SET state = $4, end_reason = $5" // ExpireWait too
	waits     = "SET state = 'action_wait', sys_updated_on"
)

// moments are those at which the worker dies: it was about to write, it has written and not committed, it has committed and
// does not know it.
var moments = map[string]func(p *pgproxy.Proxy, statement string) *pgproxy.Held{
	"before": func(p *pgproxy.Proxy, statement string) *pgproxy.Held { return p.Hold(statement, pgproxy.Before) },
	"in":     (*pgproxy.Proxy).BeforeCommitOf,
	"after":  (*pgproxy.Proxy).AfterCommitOf,
}

// crashWorld has its worker behind a proxy that can hold what it says to Postgres. All issues are overdue at once; only the
// janitor's grace keeps it from closing what is about to go on.
func crashWorld(t *testing.T) (w *world, between *pgproxy.Proxy, behind string) {
	w = newWorld(t)
	w.impatient("60")
	w.api()
	between = pgproxy.Start(t, w.database)
	return w, between, "DATABASE_URL=" + between.URL()
}

// diesAt kills the worker when it is at the moment, and starts another one.
func (w *world) diesAt(worker *process, held *pgproxy.Held, behind string) {
	w.t.Helper()
	require.NoError(w.t, held.Wait(w.t.Context()))
	worker.kill()
	held.Release()
	w.worker(behind)
}

func TestAWorkerThatIsKilledAtBeginDoesNoHarm(t *testing.T) {
	for moment, hold := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w, between, behind := crashWorld(t)
			worker := w.worker(behind)
			held := hold(between, begins)
			id := w.reports("100")
			w.diesAt(worker, held, behind)
			w.ends(id, "closed_complete", "resolved_silently")
			require.Len(t, w.hook.called(), 1)
			require.Equal(t, "0", w.incidents(id))
		})
	}
}

func TestAWorkerThatIsKilledAtConcludeMakesOneIncident(t *testing.T) {
	for moment, hold := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w, between, behind := crashWorld(t)
			w.hook.answers(http.StatusTeapot)
			worker := w.worker(behind)
			held := hold(between, concludes)
			id := w.reports("100")
			w.diesAt(worker, held, behind)
			w.ends(id, "closed_incomplete", "action_failed")
			w.incident(id)
			w.completes(id)
			require.Len(t, w.hook.called(), 1)
		})
	}
}

func TestAWorkerThatIsKilledWhenTheWaitBeginsStillWaits(t *testing.T) {
	for moment, hold := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w, between, behind := crashWorld(t)
			worker := w.worker(behind)
			held := hold(between, waits)
			id := w.reports("wait")
			w.diesAt(worker, held, behind)
			w.becomes(id, "action_wait")
			w.accepted(w.reportsAgain(id, "quick"))
			w.ends(id, "closed_complete", "resolved_silently")
			w.completes(id)
			require.Len(t, w.hook.called(), 2)
		})
	}
}

func TestAWorkerThatIsKilledWhenTheWaitEndsMakesOneIncident(t *testing.T) {
	for moment, hold := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w, between, behind := crashWorld(t)
			worker := w.worker(behind)
			held := hold(between, concludes)
			id := w.reports("wait-briefly")
			w.diesAt(worker, held, behind)
			w.ends(id, "closed_incomplete", "action_wait_expired")
			w.incident(id)
			w.completes(id)
		})
	}
}

// An action that may be repeated is; one that may not is never sent twice, and nobody claims to know how it ended.
func TestAWorkerThatIsKilledInTheMiddleOfAnAction(t *testing.T) {
	for code, end := range map[string]struct {
		state, reason, incidents string
		calls                    int
	}{"quick": {"closed_complete", "resolved_silently", "0", 2}, "once": {"closed_incomplete", "outcome_unknown", "1", 1}} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w, _, behind := crashWorld(t)
			worker := w.worker(behind)
			w.hook.hold()
			id := w.reports(code)
			w.hook.isCalled(1)
			worker.kill()
			w.hook.release()
			w.worker(behind)
			w.ends(id, end.state, end.reason)
			w.completes(id)
			require.Len(t, w.hook.called(), end.calls)
			require.Equal(t, end.incidents, w.incidents(id))
		})
	}
}

// frozen is how long a worker is stopped: longer than Postgres lets a transaction lie idle.
const frozen = 15 * time.Second

// A worker that is frozen in the middle of a transaction holds nobody up for long, and goes on when it thaws.
func TestAWorkerThatIsFrozenInATransactionGoesOnWhenItThaws(t *testing.T) {
	t.Parallel()
	w, between, behind := crashWorld(t)
	w.applies("properties: {sn_pren.janitor_grace_seconds: 5}")
	worker := w.worker(behind)
	w.hook.answers(http.StatusTeapot)
	held := between.Hold(concludes, pgproxy.AfterExecute)
	id := w.reports("100")
	require.NoError(t, held.Wait(t.Context()))
	thaw := time.After(frozen)
	worker.signal(syscall.SIGSTOP)
	held.Release()

	eventually(t, "the frozen transaction lets the issue's row go", func() bool {
		return w.value(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`) == "0"
	})
	require.Equal(t, "in_progress", w.shows(id).State)
	<-thaw
	worker.signal(syscall.SIGCONT)
	w.ends(id, "closed_incomplete", "action_failed")
	w.incident(id)
	w.completes(id)
}
