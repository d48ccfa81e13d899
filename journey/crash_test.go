package journey

import (
	"context"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/devstack/pgproxy"
)

// What each local activity says to Postgres when it has decided.
const (
	begins = "SET state = 'in_progress', sys_updated_on" // by itself
	waits  = "SET state = $7, end_reason = $8"           // by itself, as nothing is taken back and no fallback is due
	fails  = "INSERT INTO incident"                      // in a transaction, of Conclude or of ExpireWait
)

// moment is when the worker dies.
type moment struct {
	name      string
	hold      func(p *pgproxy.Proxy, statement string) *pgproxy.Held
	committed bool
}

// moments of a transaction: it was about to write; it has written and not committed; it has committed and does not know it.
var moments = []moment{
	{"before", before, false},
	{"in", (*pgproxy.Proxy).BeforeCommitOf, false},
	{"after", (*pgproxy.Proxy).AfterCommitOf, true},
}

// momentsOfOne are those of a statement by itself.
var momentsOfOne = []moment{
	{"before", before, false},
	{"after", func(p *pgproxy.Proxy, statement string) *pgproxy.Held { return p.Hold(statement, pgproxy.AfterExecute) }, true},
}

func before(p *pgproxy.Proxy, statement string) *pgproxy.Held {
	return p.Hold(statement, pgproxy.Before)
}

// crashWorld has its worker behind a proxy that can hold what it says to Postgres. What is overdue is kept from the janitor by its
// grace alone: it must not close what is about to go on.
type crashWorld struct {
	*world
	between *pgproxy.Proxy
}

func newCrashWorld(t *testing.T) *crashWorld {
	t.Helper()
	w := newWorld(t)
	w.impatient("600")
	w.api()
	return &crashWorld{w, pgproxy.Start(t, w.database)}
}

func (w *crashWorld) worker() *process {
	w.t.Helper()
	return w.world.worker("DATABASE_URL=" + w.between.URL())
}

// dies reports an issue, kills the worker at the moment when it says the statement that leads from one state to the other, and
// starts another one, for which the issue is long overdue.
func (w *crashWorld) dies(m moment, statement, code, from, to string) (id string) {
	w.t.Helper()
	worker, held := w.worker(), m.hold(w.between, statement)
	id = w.reports(code)
	w.reaches(held)
	worker.kill()
	held.Drop()
	if m.committed {
		from = to
	}
	require.Equal(w.t, from, w.overdue(id), "%s the commit", m.name)
	w.worker()
	return id
}

func (w *crashWorld) reaches(held *pgproxy.Held) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	require.NoError(w.t, held.Wait(ctx))
}

// overdue makes the janitor look at an issue at once, and gives its state. It waits for whoever holds the row.
func (w *world) overdue(id string) (state string) {
	w.t.Helper()
	return w.value(`UPDATE sn_pren_experience_issue SET due_at = now() - interval '1 day' WHERE experience_id = $1 RETURNING state`, id)
}

// atEveryMoment runs a journey for each of them.
func atEveryMoment(t *testing.T, moments []moment, journey func(t *testing.T, w *crashWorld, m moment)) {
	t.Parallel()
	for _, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			journey(t, newCrashWorld(t), m)
		})
	}
}

func TestAWorkerThatIsKilledAtBeginDoesNoHarm(t *testing.T) {
	atEveryMoment(t, momentsOfOne, func(t *testing.T, w *crashWorld, m moment) {
		id := w.dies(m, begins, "100", "open", "in_progress")
		w.ends(id, "closed_complete", "resolved_silently")
		w.completes(id)
		require.Len(t, w.hook.called(), 1)
		require.Equal(t, "0", w.incidents(id))
	})
}

func TestAWorkerThatIsKilledAtConcludeMakesOneIncident(t *testing.T) {
	atEveryMoment(t, moments, func(t *testing.T, w *crashWorld, m moment) {
		w.hook.answers(http.StatusTeapot)
		id := w.dies(m, fails, "100", "in_progress", "closed_incomplete")
		w.ends(id, "closed_incomplete", "action_failed")
		w.completes(id)
		w.incident(id)
		require.Len(t, w.hook.called(), 1)
	})
}

func TestAWorkerThatIsKilledWhenTheWaitBeginsStillWaits(t *testing.T) {
	atEveryMoment(t, momentsOfOne, func(t *testing.T, w *crashWorld, m moment) {
		id := w.dies(m, waits, "wait", "in_progress", "action_wait")
		w.becomes(id, "action_wait")
		w.accepted(w.reportsAgain(id, "quick"))
		w.ends(id, "closed_complete", "resolved_silently")
		w.completes(id)
		require.Len(t, w.hook.called(), 2)
	})
}

func TestAWorkerThatIsKilledWhenTheWaitEndsMakesOneIncident(t *testing.T) {
	atEveryMoment(t, moments, func(t *testing.T, w *crashWorld, m moment) {
		id := w.dies(m, fails, "wait-briefly", "action_wait", "closed_incomplete")
		w.ends(id, "closed_incomplete", "action_wait_expired")
		w.completes(id)
		w.incident(id)
	})
}

// An action that may be repeated is; one that may not is never sent twice, and nobody claims to know how it ended.
func TestAWorkerThatIsKilledInTheMiddleOfAnAction(t *testing.T) {
	t.Parallel()
	for code, end := range map[string]struct {
		state, reason, incidents string
		calls                    int
	}{"quick": {"closed_complete", "resolved_silently", "0", 2}, "once": {"closed_incomplete", "outcome_unknown", "1", 1}} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newCrashWorld(t)
			worker := w.worker()
			w.hook.hold()
			id := w.reports(code)
			w.hook.isCalled(1)
			worker.kill()
			w.hook.release()
			w.overdue(id)
			w.worker()
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
	w := newCrashWorld(t)
	w.impatient("10")
	worker := w.worker()
	w.hook.answers(http.StatusTeapot)
	held := w.between.Hold(fails, pgproxy.AfterExecute)
	id := w.reports("100")
	w.reaches(held)
	worker.signal(syscall.SIGSTOP)
	eventually(t, "every thread of the worker stands still", worker.standsStill)
	thaw := time.After(frozen)
	held.Release()

	eventually(t, "the frozen transaction lets the issue's row go", func() bool {
		return w.value(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`) == "0"
	})
	w.overdue(id)
	require.Equal(t, "in_progress", w.shows(id).State)
	<-thaw
	worker.signal(syscall.SIGCONT)
	w.ends(id, "closed_incomplete", "action_failed")
	w.incident(id)
	w.completes(id)
}
