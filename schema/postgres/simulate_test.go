package postgres

import (
	"cmp"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/registry/decide"
	"proactive/schema"
)

func (w gateWorld) simulates(r schema.Report) schema.Simulation {
	w.t.Helper()
	s, err := w.db.Simulate(w.t.Context(), r, decide.Step)
	require.NoError(w.t, err)
	return s
}

// footprint is everything in the database that could have moved: rows, what was ever written to each table, sequences.
func (w gateWorld) footprint() string {
	w.t.Helper()
	_, err := w.db.db.Exec(`SELECT pg_stat_force_next_flush()`)
	require.NoError(w.t, err)
	return value[string](w.issueWorld, `
		SELECT json_build_object(
		  'rows', (SELECT json_object_agg(relname, n) FROM (
		     SELECT relname, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', relname), false, true, '')))[1]::text AS n
		       FROM pg_stat_user_tables ORDER BY relname) counted),
		  'written', (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables),
		  'sequences', (SELECT json_object_agg(sequencename, coalesce(last_value, 0) ORDER BY sequencename) FROM pg_sequences),
		  'counters', (SELECT json_agg(json_build_array(experience_id, messages, events, sys_updated_on, state) ORDER BY sys_id) FROM sn_pren_experience_issue))::text`)
}

// Asked about anything, also what would be refused, nothing moves: no row, no counter, no sequence, no transaction id.
func TestASimulationChangesNothing(t *testing.T) {
	w := newGateWorld(t)
	w.db.db.SetMaxOpenConns(1) // so that the statistics of all that was done are told
	waits := w.waiting()
	w.submit("300", by(schema.Endpoint{UserName: "abel.tuter"}))
	before, xid := w.footprint(), value[string](w.issueWorld, `SELECT pg_current_snapshot()::text`)
	for _, r := range []schema.Report{
		report("100"), report("300", by(schema.Endpoint{UserName: "abel.tuter"})), report("999"), report("600", by(schema.Endpoint{Email: "shared@example.com"})),
		report("300", withID(waits)), report("100", withID(waits), by(schema.Endpoint{UserName: "beth.anglin"})), report("700"),
	} {
		w.simulates(r)
	}
	require.Equal(t, before, w.footprint())
	require.Equal(t, xid, value[string](w.issueWorld, `SELECT pg_current_snapshot()::text`), "a transaction that writes would have taken an id")
	w.submit("400") // and all of this is seen where something moves
	require.NotEqual(t, before, w.footprint())
	require.NotEqual(t, xid, value[string](w.issueWorld, `SELECT pg_current_snapshot()::text`))
}

// Somebody who asks waits for nobody, and nobody waits for them: neither for the person's row nor for the catalogue's.
func TestASimulationWaitsForNobodyAndNobodyForIt(t *testing.T) {
	w := newGateWorld(t)
	s, err := w.db.Simulate(t.Context(), report("600"), func(f schema.StepFacts) (schema.Decision, error) {
		w.ends("mine", w.begins(w.submit("600", withID("mine")), 1), schema.ResolvedByUser)
		w.exec(`UPDATE sn_pren_issue_registry SET impact = 1`)
		return decide.Step(f)
	})
	require.NoError(t, err)
	require.Nil(t, s.Refused, "what is decided meanwhile is not seen")
	tx, err := w.db.db.Beginx()
	require.NoError(t, err)
	defer tx.Rollback() //nolint:errcheck // it only holds locks
	for _, held := range []string{`UPDATE sys_user SET active = false`, `UPDATE sn_pren_issue_registry SET active = false`, `UPDATE sn_pren_resolution SET active = false`} {
		_, err = tx.Exec(held)
		require.NoError(t, err)
	}
	require.Nil(t, w.simulates(report("600")).Refused)
}

// mix makes reports of all kinds, from a seed.
type mix struct {
	gateWorld
	*rand.Rand
	last []schema.Report // which were taken, with their ids
	seen map[string]int  // how often each end of a comparison came about
}

func oneOf[T any](m *mix, of ...T) T { return of[m.IntN(len(of))] }

func (m *mix) report() schema.Report {
	r := schema.Report{
		Provider: oneOf(m, "sn", "sn", "sn", "sn", "sn", "sn", "sn", "sn", "sn", "sn", "sn", "other", "retired"), ReportedBy: "tool",
		IssueCode: oneOf(m, "100", "200", "200", "201", "300", "400", "500", "600", "700", "100", "no action", "withdrawn"),
		Endpoint: schema.Endpoint{
			CI:       oneOf(m, "", "", "gone", md5("fred-laptop"), md5("spare"), md5("leaver-laptop")),
			UserName: oneOf(m, "", "fred.luddy", "fred.luddy", "fred.luddy", "FRED.luddy", "beth.anglin", "beth.anglin", "abel.tuter", "abel.tuter", "no.address", "no.address", oneOf(m, "leaver", "locked", "robot", "nobody")),
			Email:    oneOf(m, "", "", "", "", "", "", "", "fred@example.com", "shared@example.com"),
			UserID:   oneOf(m, "", "", "", "", "", "", "", "", md5("fred"), md5("beth"), "x"),
		},
		InputParameters: oneOf(m, nil, json.RawMessage(`{"pid":"12","other":1}`), json.RawMessage(`{"pid":"x"}`), json.RawMessage(`{"pid":7}`),
			json.RawMessage(`{"pid":{"$secret":"X"}}`), json.RawMessage(`{"colour":"red"}`)),
		InvestigativeDetails: oneOf(m, nil, json.RawMessage(`{"cpu usage": "78%", "a": 1}`)), ParametersAreText: oneOf(m, false, true),
	}
	switch {
	case m.IntN(3) == 0 && len(m.last) > 0: // chained, or too late, or of somebody else
		before := m.last[max(0, len(m.last)-1-m.IntN(6))]
		waits := slices.IndexFunc(m.last, func(r schema.Report) bool { return m.issue(r.ExperienceID).State == schema.ActionWait })
		if waits >= 0 && m.IntN(2) == 0 {
			before = m.last[waits]
		}
		r.ExperienceID = before.ExperienceID
		if m.IntN(4) > 0 {
			r.Provider, r.Endpoint = before.Provider, before.Endpoint
		}
		if r.Endpoint.UserName != "" && m.IntN(2) == 0 {
			r.Endpoint.CI = "" // the step's is that of the step before
		}
	case m.IntN(4) > 0:
		r.ExperienceID = "mix-" + strconv.Itoa(m.Int())
	}
	return r
}

// rules changes the catalogue a little, so that every gate is met.
func (m *mix) rules() {
	m.set(schema.ResolutionFreezePeriod, oneOf(m, "0", "0", "0", "1"))
	m.set(schema.ContactBudget, oneOf(m, "0", "1", "2"))
	m.set(schema.QuietHoursProperty, oneOf(m, "", "", "00:00-23:59"))
	m.exec(`UPDATE sn_pren_issue_registry SET user_limit = $1::integer, user_limit_window_seconds = CASE WHEN $1::integer > 0 THEN 3600 ELSE 0 END`, oneOf(m, 0, 1, 1, 2))
	m.exec(`UPDATE sn_pren_issue_registry SET include = $1, exclude = $2`, oneOf(m, "{}", "{}", "{}", "{}", "{sales}", "{sales,fred}"), oneOf(m, "{}", "{}", "{}", "{fred}", "{off}"))
	m.exec(`UPDATE sn_pren_issue_registry SET fallback = $1, impact = $2 WHERE issue_code IN ('100', '300', '600')`, oneOf(m, "incident", "none", "live_agent"), oneOf(m, 1, 2, 3))
	m.exec(`UPDATE sn_pren_issue_registry SET engagement = $1, consent = $1 = 'engage' WHERE issue_code = '400'`, oneOf(m, "silent", "engage"))
	m.exec(`UPDATE sn_pren_issue_registry SET next_codes = $1 WHERE issue_code IN ('200', '201')`, oneOf(m, "{}", "{}", "{300}"))
	m.exec(`UPDATE sn_pren_resolution SET parameters = $1::json WHERE name = 'flow'`, oneOf(m, `{}`, `{"colour": "blue"}`, `{"pid": "1", "key": {"$secret": "NAME"}}`))
	m.exec(`UPDATE sn_agent_token SET revoked_on = $1::timestamptz`, oneOf[any](m, nil, nil, time.Now()))
}

// happens lets a report be simulated and then taken, and compares.
func (m *mix) happens(r schema.Report) {
	s := m.simulates(r)
	id, err := m.db.Submit(m.t.Context(), r)
	var refused *schema.Refused
	if errors.As(err, &refused) {
		require.Equal(m.t, refused, s.Refused, "%+v", r)
		m.seen[string(refused.Why)]++
		return
	}
	require.NoError(m.t, err)
	require.Nil(m.t, s.Refused, "%+v", r)
	if !s.Chained {
		r.ExperienceID = id
		m.last = append(m.last, r)
	} else {
		m.seen["chained"]++
		if r.Endpoint.CI == "" && s.Facts.CI != "" {
			m.seen["chained on the same CI"]++
		}
	}
	m.begun(id, s)
}

func (m *mix) begun(id string, s schema.Simulation) {
	t := m.t
	step := m.issue(id).Step
	var facts schema.StepFacts
	plan, err := m.db.Begin(t.Context(), id, step, func(f schema.StepFacts) (schema.Decision, error) {
		facts = f
		return decide.Step(f)
	})
	require.NoError(t, err)
	m.agrees(id, s, facts)
	if s.Decision.Plan.Action != nil && s.Decision.Plan.Action.Input != nil {
		s.Decision.Plan.Action.Input.ExperienceID = id // it is ours to make where the report has none
	}
	require.Equal(t, plan, s.Decision.Plan)
	parameters := value[string](m.issueWorld, `
		SELECT coalesce(s.parameters::text, '') FROM sn_pren_experience_issue_step s JOIN sn_pren_experience_issue i ON i.sys_id = s.issue
		 WHERE i.experience_id = $1 AND s.step = $2`, id, step)
	require.Equal(t, parameters, string(s.Decision.Parameters))
	var notes []schema.Note
	for _, e := range m.issue(id).Timeline {
		if e.Step == step && (e.Event == schema.EventBegun || e.Event == schema.EventParametersIgnored || e.Event == schema.EventTellLater) {
			notes = append(notes, schema.Note{Event: e.Event, Detail: e.Detail})
		}
	}
	require.Equal(t, notes, s.Decision.Notes)
	if plan.Conversation {
		c := m.conversation(id, step)
		require.Equal(t, []any{c.State, c.Mode, c.Consent, c.Sensitive}, []any{s.Decision.Conversation.State, s.Decision.Conversation.Mode, s.Decision.Conversation.Consent, s.Decision.Conversation.Sensitive})
		require.WithinDuration(t, c.ContactAt, s.Decision.ContactAt, time.Minute)
		m.seen["conversation "+string(c.State)]++
	}
	m.seen[cmp.Or(string(plan.Conclude), "runs")]++
	m.ended(id, plan, s)
}

// ended lets the step end, and compares what takes over.
func (m *mix) ended(id string, plan schema.Plan, s schema.Simulation) {
	t, now := m.t, m.issue(id)
	outcome := schema.Outcome{Step: plan.Step, Reason: plan.Conclude}
	if plan.Conclude == "" {
		outcome = oneOf(m, success(plan.Step), success(plan.Step), schema.Outcome{Step: plan.Step, Reason: schema.ActionFailed}, schema.Outcome{Step: plan.Step, Reason: schema.Cancelled})
		if m.IntN(3) == 0 {
			if plan.Conversation {
				m.exec(`UPDATE sn_pren_conversation SET state = 'running' WHERE issue = $1`, now.SysID) // the person is in it, for the others
				m.exec(`UPDATE sn_pren_experience_issue_event SET event = 'accepted' WHERE issue = $1 AND number = $2`, now.SysID, now.Timeline[len(now.Timeline)-1].Number)
			}
			return
		}
	}
	verdict := m.conclude(id, outcome)
	fallback := decide.FallbackOf(s)
	if !fallback.Certain && !verdict.EndReason.TakesFallback() {
		return
	}
	require.Equal(t, fallback.Incident != nil, m.issue(id).Incident != "", "%+v, %+v", verdict, fallback)
	require.Equal(t, fallback.Kind == schema.FallbackLiveAgent, m.issue(id).Interaction != "", "%+v, %+v", verdict, fallback)
	m.seen["fallback "+string(fallback.Kind)]++
	if fallback.Incident == nil {
		return
	}
	var written decide.Incident
	require.NoError(t, m.db.db.QueryRow(`
		SELECT short_description, CASE WHEN $2 THEN description ELSE '' END, assignment_group, impact, urgency, priority FROM incident WHERE correlation_id = $1`, id, fallback.Certain).
		Scan(&written.ShortDescription, &written.Description, &written.AssignmentGroup, &written.Impact, &written.Urgency, &written.Priority))
	require.Equal(t, *fallback.Incident, written)
}

// letGo ends what was left open, so that people are free again.
func (m *mix) letGo() {
	var open []struct {
		ID   string `db:"experience_id"`
		Step int    `db:"step"`
	}
	require.NoError(m.t, m.db.db.Select(&open, `SELECT experience_id, step FROM sn_pren_experience_issue WHERE state = 'in_progress'`))
	for _, issue := range open {
		m.conclude(issue.ID, schema.Outcome{Step: issue.Step, Reason: schema.NoResponse})
	}
}

// unseen are the ends that no report has come to yet.
func (m *mix) unseen() (ends []string) {
	for _, end := range []string{"unknown_issue", "no_resolution", "no_user", "being_resolved", "not_awaited", "chained", "chained on the same CI", "runs", "fallback incident", "fallback live_agent", "fallback none", "shown in de-AT", "shown in fr", "unreached", "conversation asked", "conversation waiting",
		"excluded_by_criteria", "throttled_freeze", "throttled_user_limit", "active_conversation", "no_device", "invalid_parameters", "incident_requested"} {
		if m.seen[end] == 0 {
			ends = append(ends, end)
		}
	}
	return ends
}

// seedOf is another one each time, or PROACTIVE_TEST_SEED to see one again.
func seedOf(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("PROACTIVE_TEST_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("seed %d", seed)
	return seed
}

// What is simulated is what then happens: over reports of all kinds, under rules that change.
func TestASimulationAgreesWithWhatThenHappens(t *testing.T) {
	seed := seedOf(t)
	m := &mix{gateWorld: newGateWorld(t), Rand: rand.New(rand.NewPCG(seed, 5)), seen: map[string]int{}}
	m.exec(`UPDATE sn_reacf_remedial_action SET from_report = '{pid,colour}', input_schema = '{"type":"object","properties":{"pid":{"type":"string","pattern":"^[0-9]+$"}}}' WHERE name = 'call'`)
	m.exec(`UPDATE sys_user SET department = 'Sales' WHERE user_name IN ('fred.luddy', 'abel.tuter')`)
	m.exec(`INSERT INTO user_criteria (sys_id, name, departments, users, active) VALUES (md5('c1'), 'sales', '{sales}', '{}', true), (md5('c2'), 'fred', '{}', '{fred.luddy}', true), (md5('c3'), 'off', '{}', '{fred.luddy}', false)`)
	m.differently()
	for n := 0; n < 500 || len(m.unseen()) > 0; n++ {
		require.Less(t, n, 5000, "it never came to %v: %v", m.unseen(), m.seen)
		if m.IntN(4) == 0 {
			m.rules()
		}
		if m.IntN(15) == 0 {
			m.letGo()
		}
		if m.IntN(10) == 0 {
			m.past(time.Duration(m.IntN(90)) * time.Minute)
		}
		m.happens(m.report())
	}
	m.sound()
}

// An id that retention has removed is taken for ever, and that is foretold as it is said.
func TestTheIDOfARemovedIssueIsForetoldAsTaken(t *testing.T) {
	w := newGateWorld(t)
	w.exec(`INSERT INTO sn_pren_removed_issue (experience_id_hash) VALUES (sha256('gone'))`)
	r := report("100", withID("gone"))
	s := w.simulates(r)
	_, err := w.db.Submit(t.Context(), r)
	require.ErrorIs(t, err, schema.NotAwaited)
	require.Equal(t, s.Refused, refusedBy(err))
}
