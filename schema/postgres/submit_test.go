package postgres

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAReportMakesAnOpenIssueWithStepEventAndMessage(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("100", by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}))
	issue := w.issue(id)
	assert.Equal(t, id, issue.SysID, "without an experience_id the sys_id stands in")
	assert.Equal(t, schema.Open, issue.State)
	assert.Equal(t, []any{1, "100", "sn", md5("fred"), md5("fred-laptop")}, []any{issue.Step, issue.IssueCode, issue.Provider, issue.User, issue.CI})
	require.Len(t, issue.Timeline, 1)
	assert.Equal(t, schema.EventCreated, issue.Timeline[0].Event)
	assert.Equal(t, "created", value[string](w, `SELECT kind FROM sn_pren_experience_issue_inbox WHERE issue = $1 AND seq = 1 AND step = 1`, issue.SysID))
	w.sound()
}

func TestEachRefusalHasItsCause(t *testing.T) {
	w := newIssueWorld(t)
	for code, why := range map[string]schema.Refusal{
		"unheard of": schema.UnknownIssue, "undeployed": schema.UnknownIssue, "withdrawn": schema.UnknownIssue,
		"no resolution": schema.NoResolution, "inactive": schema.NoResolution, "no action": schema.NoResolution,
		"action off": schema.NoResolution, "action blank": schema.NoResolution, "no steps": schema.NoResolution, "no url": schema.NoResolution,
	} {
		w.refused(why, code)
	}
	w.refused(schema.UnknownIssue, "100", under("retired"))
	w.refused(schema.UnknownIssue, "100", under("nobody"))
	w.refused(schema.UnknownIssue, "100", under("SN"))
	w.refused(schema.UnknownIssue, "200", under("other"))
	w.refused(schema.NoUser, "100", by(schema.Endpoint{UserName: "nobody"}))
	assert.Zero(t, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue`))
	w.submit("100")
	w.refused(schema.BeingResolved, "100")
	w.submit("200", withID("mine"))
	w.refused(schema.NotAwaited, "300", withID("mine"))
	w.sound()
}

func TestTheFirstOfTheRefusalsCounts(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100", withID("mine"))
	nobody := by(schema.Endpoint{UserName: "nobody"})
	w.refused(schema.UnknownIssue, "unheard of", nobody, withID("mine"))
	w.refused(schema.NoResolution, "no resolution", nobody, withID("mine"))
	w.refused(schema.NoUser, "100", nobody, withID("mine"))
	w.refused(schema.BeingResolved, "100", withID("mine"))
	w.refused(schema.NotAwaited, "200", withID("mine"))
}

func TestOneOpenIssueIsPerPersonProviderAndCode(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100")
	w.submit("200")
	w.submit("100", under("other"))
	w.submit("100", by(schema.Endpoint{UserName: "beth.anglin"}))
	w.refused(schema.BeingResolved, "100", by(schema.Endpoint{Email: "FRED@example.com"}))
}

func TestAnIssueThatWaitsOrIsClosedLetsThePersonReportAgain(t *testing.T) {
	w := newIssueWorld(t)
	first := w.waiting()
	second := w.submit("200")
	require.NotEqual(t, first, second)
	_, err := w.db.Cancel(t.Context(), second, "test")
	require.NoError(t, err)
	w.submit("200")
	w.sound()
}

func TestAnExperienceIDIsTakenForEver(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100", withID("mine"))
	_, err := w.db.Cancel(t.Context(), "mine", "test")
	require.NoError(t, err)
	detail := w.refused(schema.NotAwaited, "100", withID("mine"))
	assert.Contains(t, detail, "closed_cancelled")
	w.submit("100", withID("Mine"))
}

func TestWhatACallerSendsIsKeptToTheLetter(t *testing.T) {
	w := newIssueWorld(t)
	verbatim := "{ \"b\":1.50,\t\"a\" : 1e400, \"a\":\"\\u00e9\\/\\n\", \"cpu usage\":  \"78%\",\r\n\"big\":12345678901234567890123, \"-0\": -0.0, \"deep\":[[{}]] }"
	id := w.submit("400", withDetails(verbatim), func(r *schema.Report) { r.InputParameters = json.RawMessage(verbatim) })
	assert.Equal(t, verbatim, value[string](w, `SELECT input_parameters::text FROM sn_pren_experience_issue_step WHERE issue = $1`, id))
	assert.Equal(t, verbatim, value[string](w, `SELECT investigative_details::text FROM sn_pren_experience_issue_step WHERE issue = $1`, id))
	w.begin(id, 1)
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.IncidentRequested})
	assert.Contains(t, value[string](w, `SELECT investigative_details::text FROM incident`), verbatim, "in the incident too")
}

func TestWhateverIsWrittenIntoAFieldStaysData(t *testing.T) {
	w := newIssueWorld(t)
	for _, evil := range []string{
		`'; DROP TABLE sn_pren_experience_issue; --`, `$(touch /tmp/x) ` + "`id`" + ` | rm -rf / ; && \ \\ $1 $HOME`,
		`<script>alert("x")</script>&amp;`, "one\ntwo\r\nthree\u2028four\tfive", `%s %d {{.}} ${jndi:ldap://x} ' " \' \"`, "üñí 漢字 \U0001F600 \u202e",
	} {
		in := schema.Endpoint{UserID: evil, UserName: evil, Email: evil, CI: evil}
		w.refused(schema.NoUser, "100", by(in))
		w.refused(schema.UnknownIssue, evil)
		w.refused(schema.UnknownIssue, "100", under(evil))
		details, err := json.Marshal(map[string]string{evil: evil})
		require.NoError(t, err)
		id := w.submit("400", by(schema.Endpoint{UserName: "fred.luddy", CI: evil}), withDetails(string(details)),
			func(r *schema.Report) { r.ReportedBy, r.InputParameters = evil, details })
		w.begin(id, 1)
		w.conclude(id, schema.Outcome{Step: 1, Reason: schema.ActionFailed, Detail: evil})
		assert.Equal(t, evil, w.issue(id).CI)
		assert.Equal(t, evil, value[string](w, `SELECT cmdb_ci FROM incident WHERE origin_id = $1`, id))
		assert.Contains(t, value[string](w, `SELECT description FROM incident WHERE origin_id = $1`, id), evil)
		assert.JSONEq(t, string(details), value[string](w, `SELECT input_parameters::text FROM sn_pren_experience_issue_step WHERE issue = $1`, id))
		assert.Equal(t, evil, value[string](w, `SELECT sys_created_by FROM sn_pren_experience_issue WHERE sys_id = $1`, id))
		_, err = w.db.Issue(t.Context(), evil, 0)
		require.ErrorIs(t, err, schema.ErrNoRecord)
	}
	w.sound()
}
