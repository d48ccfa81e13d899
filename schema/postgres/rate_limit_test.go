package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// rateWorld has one account and one rule about it.
type rateWorld struct {
	*catalogueWorld
	rule, user string
}

var nineOClock = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func newRateWorld(t *testing.T) *rateWorld {
	t.Helper()
	w := &rateWorld{catalogueWorld: newCatalogueWorld(t)}
	w.applied(`
service_accounts: [{user_name: tool}, {user_name: other}]
rate_limit_rules: [{name: of tool, type: user, user: TOOL, rate_limit: 10}, {name: off, type: all_users, rate_limit: 1, active: false}]`)
	w.rule = w.value(`SELECT sys_id FROM sys_rate_limit_rules WHERE name = 'of tool'`)
	w.user = w.value(`SELECT sys_id FROM sys_user WHERE user_name = 'tool'`)
	return w
}

func (w *rateWorld) adds(hour time.Time, added ...schema.RateCount) []schema.RateCount {
	w.t.Helper()
	all, err := w.db.AddRequests(w.t.Context(), hour, added)
	require.NoError(w.t, err)
	for i := range all {
		require.True(w.t, hour.Equal(all[i].Hour))
		all[i].Hour = time.Time{}
	}
	return all
}

func TestTheActiveRateRulesAreRead(t *testing.T) {
	w := newRateWorld(t)
	rules, err := w.db.RateRules(t.Context())
	require.NoError(t, err)
	require.Equal(t, schema.RateRules{{SysID: w.rule, Name: "of tool", Type: schema.RateUser, User: "tool", Limit: 10, Active: true}}, rules)
}

func TestCountsOfAnHourAddUpOverAllProcesses(t *testing.T) {
	w := newRateWorld(t)
	other := w.value(`SELECT sys_id FROM sys_user WHERE user_name = 'other'`)
	require.Empty(t, w.adds(nineOClock))
	require.Equal(t, []schema.RateCount{{Rule: w.rule, User: w.user, Count: 3}}, w.adds(nineOClock, schema.RateCount{Rule: w.rule, User: w.user, Count: 3}))
	require.ElementsMatch(t, []schema.RateCount{{Rule: w.rule, User: w.user, Count: 3}, {Rule: w.rule, User: other, Count: 1}},
		w.adds(nineOClock, schema.RateCount{Rule: w.rule, User: other, Count: 1}), "those of others are told, too")
	require.ElementsMatch(t, []schema.RateCount{{Rule: w.rule, User: w.user, Count: 5}, {Rule: w.rule, User: other, Count: 1}},
		w.adds(nineOClock, schema.RateCount{Rule: w.rule, User: w.user, Count: 2}))
	require.Empty(t, w.adds(nineOClock.Add(time.Hour)), "the next hour begins with nothing")
}

// What was counted for a rule or an account that has gone must not keep the rest from being counted.
func TestACountForWhatIsGoneIsForgotten(t *testing.T) {
	w := newRateWorld(t)
	gone := schema.NewSysID()
	require.Equal(t, []schema.RateCount{{Rule: w.rule, User: w.user, Count: 1}}, w.adds(nineOClock,
		schema.RateCount{Rule: gone, User: w.user, Count: 1}, schema.RateCount{Rule: w.rule, User: gone, Count: 1},
		schema.RateCount{Rule: w.rule, User: w.user, Count: 1}))
}

func TestProcessesThatCountAtOnceLoseNothing(t *testing.T) {
	w := newRateWorld(t)
	errs := timesAtOnce(20, func(int) error {
		_, err := w.db.AddRequests(t.Context(), nineOClock, []schema.RateCount{{Rule: w.rule, User: w.user, Count: 2}})
		return err
	})
	require.Equal(t, map[string]int{"": 20}, tally(errs))
	require.Equal(t, []schema.RateCount{{Rule: w.rule, User: w.user, Count: 40}}, w.adds(nineOClock))
}

func TestOldCountsAreForgotten(t *testing.T) {
	w := newRateWorld(t)
	one := schema.RateCount{Rule: w.rule, User: w.user, Count: 1}
	w.adds(nineOClock, one)
	w.adds(nineOClock.Add(time.Hour), one)
	require.NoError(t, w.db.ForgetRequests(t.Context(), nineOClock.Add(time.Hour)))
	require.Empty(t, w.adds(nineOClock))
	require.Len(t, w.adds(nineOClock.Add(time.Hour)), 1)
}
