package postgres

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/registry/decide"
	"proactive/schema"
)

const crowded = 500

func TestOfFiveHundredIssuesAtOnceTheContactBudgetAdmitsItsNumber(t *testing.T) {
	const budget = 7
	w := newGateWorld(t)
	w.set(schema.ContactBudget, fmt.Sprint(budget))
	w.set(schema.ContactBudgetHours, "2")
	codes, ids := make([]string, crowded), make([]string, crowded)
	for i := range codes {
		codes[i] = fmt.Sprintf("crowd-%d", i)
	}
	w.codes("engage", codes[:crowded/2]...)
	w.codes("notify_only", codes[crowded/2:]...)
	for i, code := range codes {
		ids[i] = w.submit(code)
	}
	handles := w.several(2)
	errs := timesAtOnce(crowded, func(i int) error {
		plan, err := handles[i%2].Begin(t.Context(), ids[i], 1, decide.Step)
		if err == nil && !plan.Conversation {
			err = fmt.Errorf("nobody is told: %+v", plan)
		}
		return err
	})
	require.Equal(t, map[string]int{"": crowded}, tally(errs))
	require.Equal(t, budget, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_conversation WHERE state IN ('asked', 'telling')`))
	require.Equal(t, crowded-budget, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_conversation WHERE state = 'waiting' AND until = contact_at`))
	require.Equal(t, budget, value[int](w.issueWorld, `
		SELECT max(others) FROM (
		  SELECT count(*) OVER (ORDER BY contact_at RANGE BETWEEN CURRENT ROW AND interval '2 hours' - interval '1 microsecond' FOLLOWING) AS others
		    FROM sn_pren_conversation) AS windows`), "no window holds more, and none stays empty")
	require.Less(t, value[float64](w.issueWorld, `SELECT extract(epoch FROM max(contact_at) - now()) / 3600 FROM sn_pren_conversation`),
		2.0*crowded/budget, "nobody waits longer than they must")
	w.sound()
}

// competes lets five hundred report the same of one person, take it up and end it, again and again until admitted have been.
func (w gateWorld) competes(admitted int) (helped, skipped, refused int64) {
	w.t.Helper()
	handles := w.several(2)
	var runs, skips, refusals, done atomic.Int64
	errs := timesAtOnce(crowded, func(i int) error {
		db := handles[i%2]
		for {
			id, err := db.Submit(w.t.Context(), report("500"))
			switch {
			case errors.Is(err, schema.BeingResolved) && done.Load() >= int64(admitted):
				refusals.Add(1)
				return nil
			case errors.Is(err, schema.BeingResolved):
				continue
			case err != nil:
				return err
			}
			plan, err := db.Begin(w.t.Context(), id, 1, decide.Step)
			if err != nil {
				return err
			}
			outcome := schema.Outcome{Step: 1, Reason: plan.Conclude}
			if plan.Conclude == "" {
				runs.Add(1)
				outcome = success(1)
			} else {
				skips.Add(1)
			}
			_, err = db.Conclude(w.t.Context(), id, outcome)
			done.Add(1)
			return err
		}
	})
	require.Equal(w.t, map[string]int{"": crowded}, tally(errs))
	w.sound()
	return runs.Load(), skips.Load(), refusals.Load()
}

func TestOfFiveHundredReportsAtOnceAUserLimitAdmitsItsNumber(t *testing.T) {
	w := newGateWorld(t)
	w.limit("500", 3, time.Hour)
	helped, skipped, refused := w.competes(3)
	require.EqualValues(t, 3, helped)
	require.EqualValues(t, crowded-3, skipped+refused)
	require.EqualValues(t, 3, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_experience_issue WHERE state = 'closed_complete'`))
	require.EqualValues(t, skipped, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_experience_issue WHERE end_reason = 'throttled_user_limit'`))
	w.skipped(schema.ThrottledUserLimit, "500")
}

func TestOfFiveHundredReportsAtOnceAFreezeAdmitsOne(t *testing.T) {
	w := newGateWorld(t)
	w.set(schema.ResolutionFreezePeriod, "1")
	helped, skipped, refused := w.competes(1)
	require.EqualValues(t, 1, helped)
	require.EqualValues(t, crowded-1, skipped+refused)
	require.EqualValues(t, skipped, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_experience_issue WHERE end_reason = 'throttled_freeze'`))
	w.skipped(schema.ThrottledFreeze, "500")
}

func TestReportsAreTakenWhileAPersonsPastIsCounted(t *testing.T) {
	w := newGateWorld(t)
	counting, err := w.db.db.Beginx()
	require.NoError(t, err)
	defer counting.Rollback() //nolint:errcheck // it only locks
	_, err = counting.Exec(lockPerson, md5("fred"))
	require.NoError(t, err)
	id := w.submit("600")
	_, err = w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	w.begins(w.submit("500"), 1) // and where nothing is counted, nobody waits
}
