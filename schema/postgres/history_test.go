package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/registry/backtest"
	"proactive/schema"
)

// backtests decides all of the past once more, against the catalogue as it stands or as it is tried.
func (w gateWorld) backtests(trial *Trial) backtest.Report {
	w.t.Helper()
	run := backtest.New(time.Now().AddDate(0, 0, -30))
	require.NoError(w.t, w.db.Past(w.t.Context(), trial, time.Now().AddDate(0, 0, -60), func(steps []schema.PastStep) error {
		require.LessOrEqual(w.t, len(steps), pastAtOnce)
		for _, step := range steps {
			if err := run.Take(step); err != nil {
				return err
			}
		}
		return nil
	}))
	return run.Report()
}

func (w gateWorld) trial() *Trial {
	w.t.Helper()
	trial, err := w.db.NewTrial(w.t.Context())
	require.NoError(w.t, err)
	return trial
}

// past lets the reports and the timeline have happened earlier, too.
func (m *mix) past(d time.Duration) {
	m.t.Helper()
	m.gateWorld.past(d)
	m.exec(`UPDATE sn_pren_experience_issue SET sys_created_on = sys_created_on - make_interval(secs => $1)`, d.Seconds())
	m.exec(`UPDATE sn_pren_experience_issue_step SET sys_created_on = sys_created_on - make_interval(secs => $1)`, d.Seconds())
	m.exec(`UPDATE sn_pren_experience_issue_event SET sys_created_on = sys_created_on - make_interval(secs => $1)`, d.Seconds())
}

// Whatever the rules are, the same rules make the same of the past as they did then: freezes and limits are counted as of that time.
func TestTheSameRegistryMakesTheSameOfThePast(t *testing.T) {
	seed := seedOf(t)
	skipped := map[string]int{}
	for n := range uint64(4) {
		m := &mix{gateWorld: newGateWorld(t), Rand: rand.New(rand.NewPCG(seed, n)), seen: map[string]int{}}
		m.rules()
		m.exec(`UPDATE sn_agent_token SET revoked_on = NULL`)
		m.set(schema.ResolutionFreezePeriod, []string{"0", "1"}[n%2])
		m.exec(`UPDATE sn_pren_issue_registry SET user_limit = $1, user_limit_window_seconds = 3600, include = '{}', exclude = '{}'`, 1+n)
		for range 150 {
			switch m.IntN(10) {
			case 0:
				m.letGo()
			case 1, 2:
				m.past(time.Duration(m.IntN(40)) * time.Minute)
			}
			m.happens(m.report())
		}
		report := m.backtests(m.trial())
		require.Zero(t, report.Different, "seed %d, %d: %+v", seed, n, report.Examples)
		require.Greater(t, report.Steps, 30)
		for end, times := range m.seen {
			skipped[end] += times
		}
	}
	t.Logf("%v", skipped)
	for _, end := range []string{"throttled_freeze", "throttled_user_limit", "chained"} {
		require.NotZero(t, skipped[end], "seed %d never came to %s", seed, end)
	}
}

func TestAnotherRegistryMakesSomethingElseOfThePast(t *testing.T) {
	for kind, c := range map[string]struct {
		change     string
		was, would string
		n          int
	}{
		"refusal":    {`UPDATE sn_pren_issue_registry SET active = false WHERE issue_code = '300'`, "taken", "unknown_issue", 2},
		"skipped":    {`UPDATE sn_pren_issue_registry SET user_limit = 1, user_limit_window_seconds = 86400 WHERE issue_code = '300'`, "goes ahead", "throttled_user_limit", 1},
		"resolution": {`UPDATE sn_pren_issue_registry SET resolution = md5('r incident') WHERE issue_code = '300'`, "ci", "incident", 2},
		"engagement": {`UPDATE sn_pren_issue_registry SET consent = false WHERE issue_code = '300'`, "engage with consent", "engage", 2},
		"action":     {`UPDATE sn_reacf_remedial_action SET attempts = 2 WHERE name = 'end'`, "end: ci_action end_process, 3 x 5m0s", "end: ci_action end_process, 2 x 5m0s", 2},
		"parameters": {`UPDATE sn_pren_resolution SET parameters = '{"colour": "blue"}' WHERE name = 'ci'`, "", "colour is new", 2},
		"verdict":    {`UPDATE sn_reacf_remedial_action SET input_schema = '{"type":"object","required":["pid"]}' WHERE name = 'end'`, "goes ahead", "invalid_parameters", 2},
		"fallback":   {`UPDATE sn_pren_issue_registry SET urgency = 1 WHERE issue_code = '300'`, "incident for Service Desk, impact 2, urgency 3", "incident for Service Desk, impact 2, urgency 1", 1},
	} {
		t.Run(kind, func(t *testing.T) {
			w := newGateWorld(t)
			w.helped("300")
			id, plan := w.reports("300")
			w.ends(id, plan, schema.NoResponse)
			w.reports("100", by(schema.Endpoint{UserName: "beth.anglin"}))
			require.Zero(t, w.backtests(w.trial()).Different)
			w.exec(c.change)
			report := w.backtests(w.trial())
			require.Equal(t, 3, report.Steps)
			require.Equal(t, c.n, report.Counts["sn/300"][backtest.Kind(kind)], "%+v", report.Examples)
			found := false
			for _, e := range report.Examples {
				found = found || e.Kind == backtest.Kind(kind) && e.Was == c.was && e.Would == c.would
			}
			require.True(t, found, "%+v", report.Examples)
		})
	}
}

// What the new rules would not have begun counts for no later limit, and what they would have let begin does.
func TestLimitsAreCountedByTheNewOutcomes(t *testing.T) {
	w := newGateWorld(t)
	w.limit("600", 1, time.Hour)
	w.helped("600")
	w.past(10 * time.Minute)
	w.skipped(schema.ThrottledUserLimit, "600")
	w.past(10 * time.Minute)
	w.skipped(schema.ThrottledUserLimit, "600")
	w.past(10 * time.Minute)
	w.exec(`UPDATE sn_pren_experience_issue_step SET sys_created_on = begun_on`)
	w.limit("600", 2, time.Hour)
	report := w.backtests(w.trial())
	require.Equal(t, 1, report.Different, "the second would have begun, and so the third would still be one too many: %+v", report.Examples)
	require.Equal(t, backtest.Difference{Kind: backtest.Skipped, Was: "throttled_user_limit", Would: "goes ahead"}, report.Examples[0].Difference)
}

// What is tried leaves nothing: neither in the catalogue nor in its counters.
func TestATrialLeavesNothing(t *testing.T) {
	w := newGateWorld(t)
	before := value[string](w.issueWorld, `SELECT coalesce(json_agg(p), '[]')::text FROM sys_properties p`)
	trial := w.trial()
	as := trial.rows
	changes, err := trial.ApplyCatalogue(t.Context(), "test", schema.Catalogue{}, func(schema.Catalogue) (schema.Catalogue, error) {
		return schema.Catalogue{Properties: []schema.PropertyValue{{Name: schema.OrganisationName, Value: "Tried"}}}, nil
	})
	require.NoError(t, err)
	require.Len(t, changes, 1)
	require.NotEqual(t, as, trial.rows)
	require.Contains(t, trial.rows, "Tried")
	require.Equal(t, before, value[string](w.issueWorld, `SELECT coalesce(json_agg(p), '[]')::text FROM sys_properties p`))
	refusal := errors.New("no")
	_, err = trial.ApplyCatalogue(t.Context(), "test", schema.Catalogue{}, func(schema.Catalogue) (schema.Catalogue, error) { return schema.Catalogue{}, refusal })
	require.ErrorIs(t, err, refusal)
}

// Who looks back plans for what is read, ends some time, and cannot write; and those who are served go on with theirs.
func TestALookBackHasSettingsOfItsOwn(t *testing.T) {
	w := newGateWorld(t)
	reader, err := OpenToLookBack(w.url)
	require.NoError(t, err)
	defer reader.Close()
	const settings = `
		SELECT concat_ws(' ', current_setting('enable_seqscan'), current_setting('plan_cache_mode'), current_setting('transaction_read_only'),
		                 current_setting('statement_timeout'), current_setting('max_parallel_workers_per_gather'))`
	read := func(d *DB) (text string) {
		require.NoError(t, d.get(t.Context(), &text, settings))
		return text
	}
	require.Equal(t, "on auto on 15min 0", read(reader))
	served, err := Open(w.url)
	require.NoError(t, err)
	defer served.Close()
	require.Regexp(t, `^off force_generic_plan off 10s `, read(served))
	_, err = reader.exec(t.Context(), `UPDATE sys_user SET active = false`)
	require.ErrorContains(t, err, "read-only transaction")
}

// While somebody looks back, reports are taken and end, and the catalogue changes: it stands in nobody's way, and sees nothing of it.
func TestALookBackIsInNobodysWay(t *testing.T) {
	w := newGateWorld(t)
	w.helped("600")
	reader, err := OpenToLookBack(w.url)
	require.NoError(t, err)
	defer reader.Close()
	seen := 0
	require.NoError(t, reader.Past(t.Context(), w.trial(), time.Now().AddDate(0, 0, -1), func(steps []schema.PastStep) error {
		seen += len(steps)
		if seen == 1 {
			w.helped("600")
			w.exec(`DO $$ BEGIN LOCK TABLE sn_pren_issue_registry IN SHARE ROW EXCLUSIVE MODE; UPDATE sn_pren_issue_registry SET impact = 1; END $$`)
		}
		return nil
	}))
	require.Equal(t, 1, seen)
}

// However much there is, only a piece of it is held; and a look back ends when it is told to.
func TestThePastIsReadInPieces(t *testing.T) {
	w := newGateWorld(t)
	w.exec(fmt.Sprintf(crowd, 50, 3*pastAtOnce))
	pieces := 0
	require.NoError(t, w.db.Past(t.Context(), w.trial(), time.Time{}, func(steps []schema.PastStep) error {
		pieces++
		require.LessOrEqual(t, len(steps), pastAtOnce)
		return nil
	}))
	require.Equal(t, 3, pieces)
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, w.db.Past(ctx, w.trial(), time.Time{}, func([]schema.PastStep) error { cancel(); return nil }), context.Canceled)
	further, err := w.db.LooksBack(t.Context(), w.trial())
	require.NoError(t, err)
	require.Equal(t, 24*time.Hour, further)
}
