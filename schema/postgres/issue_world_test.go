package postgres

import (
	hash "crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/schema"
)

// issueWorld is a database with a small catalogue (see issueCatalogue) and no issue.
type issueWorld struct {
	t   *testing.T
	url string
	db  *DB
}

func newIssueWorld(t *testing.T) *issueWorld {
	t.Helper()
	url := stacktest.Database(t, "issues", withIssueCatalogue)
	w := &issueWorld{t: t, url: url}
	w.db = w.open(url)
	return w
}

func (w *issueWorld) open(url string) *DB {
	w.t.Helper()
	db, err := openForTest(url)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { db.Close() })
	return db
}

// openForTest is Open with longer limits: on a busy machine a test, or Postgres, may stand still for longer than anybody may hold up those
// who are served. Who tests the limits opens a database as it is served.
func openForTest(url string) (*DB, error) {
	return open(url, 2*time.Minute, map[string]string{"statement_timeout": "1min", "lock_timeout": "1min", "idle_in_transaction_session_timeout": "1min"})
}

func withIssueCatalogue(url string) error {
	if err := migrated(url); err != nil {
		return err
	}
	db, err := openForTest(url)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.db.Exec(issueCatalogue)
	return err
}

// issueCatalogue has readable sys_ids: md5 of what they stand for.
const issueCatalogue = `
	INSERT INTO sn_pren_provider (sys_id, provider_code, active)
	VALUES (md5('sn'), 'sn', true), (md5('other'), 'other', true), (md5('retired'), 'retired', false);

	INSERT INTO sys_user (sys_id, user_name, email, active, locked_out, web_service_access_only)
	VALUES (md5('fred'),   'fred.luddy',   'fred@example.com',   true,  false, false),
	       (md5('beth'),   'beth.anglin',  'shared@example.com', true,  false, false),
	       (md5('abel'),   'abel.tuter',   'shared@example.com', true,  false, false),
	       (md5('leaver'), 'leaver',       'leaver@example.com', false, false, false),
	       (md5('locked'), 'locked',       'locked@example.com', true,  true,  false),
	       (md5('robot'),  'robot',        'robot@example.com',  true,  false, true),
	       (md5('blank'),  'no.address',   '',                   true,  false, false);

	INSERT INTO cmdb_ci_computer (sys_id, name, assigned_to)
	VALUES (md5('fred-laptop'), 'fred-laptop', md5('fred')), (md5('spare'), 'spare', NULL),
	       (md5('leaver-laptop'), 'leaver-laptop', md5('leaver')), (md5('robot-laptop'), 'robot-laptop', md5('robot'));
	INSERT INTO sn_agent_token (token_hash, ci) VALUES ('\x00', md5('fred-laptop'));

	INSERT INTO sn_reacf_remedial_action (sys_id, name, kind, target, active, attempts, idempotent)
	VALUES (md5('a flow'), 'call', 'flow_action', 'call', true, 1, false), (md5('a ci'), 'end', 'ci_action', 'end_process', true, 3, true),
	       (md5('a off'), 'off', 'flow_action', 'off', false, 1, false), (md5('a blank'), 'blank', 'flow_action', '  ', true, 1, false);

	INSERT INTO sn_pren_resolution (sys_id, name, type, remedial_action, on_success, active)
	VALUES (md5('r incident'), 'incident', 'create_incident', NULL, 'close', true),
	       (md5('r flow'), 'flow', 'remedial_action', md5('a flow'), 'close', true),
	       (md5('r wait'), 'wait', 'remedial_action', md5('a flow'), 'action_wait', true),
	       (md5('r ci'), 'ci', 'remedial_action', md5('a ci'), 'close', true),
	       (md5('r inactive'), 'inactive', 'create_incident', NULL, 'close', false),
	       (md5('r no action'), 'no action', 'remedial_action', NULL, 'close', true),
	       (md5('r action off'), 'action off', 'remedial_action', md5('a off'), 'close', true),
	       (md5('r action blank'), 'action blank', 'remedial_action', md5('a blank'), 'close', true),
	       (md5('r no steps'), 'no steps', 'self_help', NULL, 'close', true),
	       (md5('r no url'), 'no url', 'url', NULL, 'close', true);

	INSERT INTO sn_pren_issue_registry_template
	       (sys_id, provider, issue_code, short_description, resolution, next_codes, action_wait_seconds, fallback, impact, urgency, assignment_group)
	SELECT md5('t ' || p || code), md5(p), code, 'Trouble ' || code, CASE WHEN r <> '' THEN md5('r ' || r) END, next, 60, fallback, 2, 3, 'Service Desk'
	  FROM (VALUES ('sn', '100', 'flow', '{}'::text[], 'incident'), ('sn', '200', 'wait', '{}', 'incident'),
	               ('sn', '201', 'wait', '{100}', 'incident'), ('sn', '300', 'ci', '{}', 'incident'),
	               ('sn', '400', 'incident', '{}', 'incident'), ('sn', '500', 'flow', '{}', 'none'),
	               ('sn', 'no resolution', '', '{}', 'incident'), ('sn', 'inactive', 'inactive', '{}', 'incident'),
	               ('sn', 'no action', 'no action', '{}', 'incident'), ('sn', 'action off', 'action off', '{}', 'incident'),
	               ('sn', 'action blank', 'action blank', '{}', 'incident'), ('sn', 'no steps', 'no steps', '{}', 'incident'),
	               ('sn', 'no url', 'no url', '{}', 'incident'), ('sn', 'undeployed', 'flow', '{}', 'incident'),
	               ('sn', 'withdrawn', 'flow', '{}', 'incident'), ('other', '100', 'flow', '{}', 'incident'),
	               ('retired', '100', 'flow', '{}', 'incident')) AS issue (p, code, r, next, fallback);

	INSERT INTO sn_pren_issue_registry
	       (sys_id, provider, issue_code, short_description, resolution, next_codes, action_wait_seconds, fallback, impact, urgency, assignment_group, template, active)
	SELECT md5('g' || sys_id), provider, issue_code, short_description, resolution, next_codes, action_wait_seconds, fallback, impact, urgency,
	       assignment_group, sys_id, issue_code <> 'withdrawn'
	  FROM sn_pren_issue_registry_template
	 WHERE issue_code <> 'undeployed';`

// report is one of fred's, under provider sn.
func report(code string, change ...func(*schema.Report)) schema.Report {
	r := schema.Report{Endpoint: schema.Endpoint{UserName: "fred.luddy"}, IssueCode: code, Provider: "sn", ReportedBy: "test"}
	for _, c := range change {
		c(&r)
	}
	return r
}

func withID(id string) func(*schema.Report) { return func(r *schema.Report) { r.ExperienceID = id } }

func by(e schema.Endpoint) func(*schema.Report) { return func(r *schema.Report) { r.Endpoint = e } }

func under(provider string) func(*schema.Report) {
	return func(r *schema.Report) { r.Provider = provider }
}

func withDetails(details string) func(*schema.Report) {
	return func(r *schema.Report) { r.InvestigativeDetails = json.RawMessage(details) }
}

// submit takes a report that must be taken.
func (w *issueWorld) submit(code string, change ...func(*schema.Report)) (id string) {
	w.t.Helper()
	id, err := w.db.Submit(w.t.Context(), report(code, change...))
	require.NoError(w.t, err)
	return id
}

// refused submits a report that must be refused.
func (w *issueWorld) refused(why schema.Refusal, code string, change ...func(*schema.Report)) string {
	w.t.Helper()
	_, err := w.db.Submit(w.t.Context(), report(code, change...))
	var refused *schema.Refused
	require.ErrorAs(w.t, err, &refused)
	require.Equal(w.t, why, refused.Why, refused.Detail)
	return refused.Detail
}

// runIt plans the step's action without looking at parameters, or concludes at once where there is none.
func runIt(f schema.StepFacts) (schema.Decision, error) {
	if f.ActionName == "" {
		return schema.Decision{Plan: schema.Plan{Step: f.Step, Conclude: schema.IncidentRequested}}, nil
	}
	return schema.Decision{
		Plan: schema.Plan{Step: f.Step, Action: &schema.PlannedAction{Name: f.ActionName, Kind: f.Kind, Target: f.Target,
			Timeout: f.Timeout, Attempts: f.Attempts, Idempotent: f.Idempotent, Deadline: time.Hour}},
		Parameters: json.RawMessage(`{}`), OfferFor: f.OfferFor,
		Notes: []schema.Note{{Event: schema.EventBegun, Detail: "It is run."}},
	}, nil
}

func (w *issueWorld) begin(id string, step int) schema.Plan {
	w.t.Helper()
	plan, err := w.db.Begin(w.t.Context(), id, step, runIt)
	require.NoError(w.t, err)
	return plan
}

func (w *issueWorld) conclude(id string, outcome schema.Outcome) schema.Verdict {
	w.t.Helper()
	verdict, err := w.db.Conclude(w.t.Context(), id, outcome)
	require.NoError(w.t, err)
	return verdict
}

func success(step int) schema.Outcome {
	return schema.Outcome{Step: step, Result: &schema.ActionResult{Status: schema.ActionSucceeded}}
}

// waiting gives an issue in action_wait after step 1.
func (w *issueWorld) waiting(change ...func(*schema.Report)) (id string) {
	w.t.Helper()
	id = w.submit("200", change...)
	w.begin(id, 1)
	require.Equal(w.t, schema.ActionWait, w.conclude(id, success(1)).State)
	return id
}

// in gives an issue of fred's in each state that an unfinished one can have.
func (w *issueWorld) in(state schema.State) (id string) {
	w.t.Helper()
	if state == schema.ActionWait {
		return w.waiting()
	}
	id = w.submit("300", by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}))
	if state == schema.InProgress {
		w.begin(id, 1)
	}
	return id
}

func (w *issueWorld) issue(id string) schema.Issue {
	w.t.Helper()
	issue, err := w.db.Issue(w.t.Context(), id, 0)
	require.NoError(w.t, err)
	return issue
}

// value is a single value of the database.
func value[T any](w *issueWorld, query string, args ...any) (v T) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.GetContext(w.t.Context(), &v, query, args...))
	return v
}

func (w *issueWorld) exec(query string, args ...any) {
	w.t.Helper()
	_, err := w.db.db.ExecContext(w.t.Context(), query, args...)
	require.NoError(w.t, err)
}

// sound checks what must hold for every issue at any time.
func (w *issueWorld) sound() {
	w.t.Helper()
	for what, query := range map[string]string{
		"events are numbered without gaps": `
			SELECT count(*) FROM sn_pren_experience_issue i
			 WHERE i.events <> (SELECT count(*) FROM sn_pren_experience_issue_event WHERE issue = i.sys_id)
			    OR i.events <> (SELECT max(number) FROM sn_pren_experience_issue_event WHERE issue = i.sys_id)`,
		"messages are numbered without gaps": `
			SELECT count(*) FROM sn_pren_experience_issue i
			 WHERE i.messages <> (SELECT count(*) FROM sn_pren_experience_issue_inbox WHERE issue = i.sys_id)
			    OR i.messages <> (SELECT max(seq) FROM sn_pren_experience_issue_inbox WHERE issue = i.sys_id)`,
		"a job is unfinished only while its step is in progress": `
			SELECT count(*) FROM ci_job j JOIN sn_pren_experience_issue i ON i.sys_id = j.issue
			 WHERE j.state IN ('offered', 'leased', 'begun') AND (i.state <> 'in_progress' OR i.step <> j.step)`,
		"an issue has as many steps as it says": `
			SELECT count(*) FROM sn_pren_experience_issue i
			 WHERE i.step <> (SELECT count(*) FROM sn_pren_experience_issue_step WHERE issue = i.sys_id)`,
		"a closed issue's last step has a verdict that says the same": `
			SELECT count(*) FROM sn_pren_experience_issue i JOIN sn_pren_experience_issue_step s ON s.issue = i.sys_id AND s.step = i.step
			 WHERE i.state LIKE 'closed%' AND (s.verdict IS NULL OR s.verdict->>'state' <> i.state OR s.verdict->>'end_reason' <> i.end_reason)`,
		"an incident belongs to the issue that names it": `
			SELECT count(*) FROM incident n LEFT JOIN sn_pren_experience_issue i ON i.sys_id = n.origin_id
			 WHERE i.incident IS DISTINCT FROM n.sys_id OR i.experience_id <> n.correlation_id`,
	} {
		require.Zero(w.t, value[int](w, query), what)
	}
}

// timesAtOnce runs do n times from the same moment and gives the errors.
func timesAtOnce(n int, do func(i int) error) []error {
	all := make([]func() error, n)
	for i := range all {
		all[i] = func() error { return do(i) }
	}
	return atOnce(all...)
}

// tally counts errors: "" is success, a refusal counts by its name, everything else by its text.
func tally(errs []error) map[string]int {
	n := map[string]int{}
	for _, err := range errs {
		var refused *schema.Refused
		switch {
		case err == nil:
			n[""]++
		case errors.As(err, &refused):
			n[string(refused.Why)]++
		default:
			n[err.Error()]++
		}
	}
	return n
}

// md5 makes the sys_ids that issueCatalogue makes.
func md5(of string) string {
	sum := hash.Sum([]byte(of))
	return hex.EncodeToString(sum[:])
}
