package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// versions tells the versions of a row of the catalogue, oldest first, as number state and by whom.
func (w *issueWorld) versions(sysID string) string {
	w.t.Helper()
	return value[string](w, `SELECT coalesce(string_agg(concat_ws(' ', number, state, sys_created_by), ', ' ORDER BY number), '') FROM sn_pren_version WHERE record = $1`, sysID)
}

func TestEveryChangeOfTheCatalogueMakesAVersion(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`INSERT INTO sn_pren_notification_content (sys_id, name) VALUES (md5('content'), 'content')`)
	for table, row := range map[string]struct{ sysID, change, name string }{
		"sn_pren_issue_registry_template": {md5("t sn100"), "short_description = 'x'", "sn/100"},
		"sn_pren_issue_registry":          {registryOf("100"), "short_description = 'x'", "sn/100"},
		"sn_pren_resolution":              {md5("r flow"), "parameters = '{\"b\":1.50,  \"a\":1}'", "flow"},
		"sn_pren_notification_content":    {md5("content"), "prompt = 'x'", "content"},
		"sn_reacf_remedial_action":        {md5("a flow"), "attempts = 7", "call"},
	} {
		t.Run(table, func(t *testing.T) {
			w := &issueWorld{t: t, db: w.db}
			require.Equal(t, "1 current system", w.versions(row.sysID))
			w.exec(`UPDATE `+table+` SET `+row.change+`, sys_updated_by = 'beth.anglin', sys_mod_count = sys_mod_count + 1 WHERE sys_id = $1`, row.sysID)
			require.Equal(t, "1 previous system, 2 current beth.anglin", w.versions(row.sysID))
			w.exec(`UPDATE `+table+` SET `+row.change+`, sys_updated_by = 'x', sys_mod_count = 9, sys_updated_on = now() WHERE sys_id = $1`, row.sysID)
			require.Equal(t, "1 previous system, 2 current beth.anglin", w.versions(row.sysID), "the marks of a change are none")
			require.Equal(t, table+" "+row.name, value[string](w, `SELECT "table" || ' ' || name FROM sn_pren_version WHERE record = $1 AND state = 'current'`, row.sysID))
		})
	}
	require.Equal(t, `{"b":1.50,  "a":1}`, value[string](w, `SELECT payload ->> 'parameters' FROM sn_pren_version WHERE record = md5('r flow') AND number = 2`),
		"documents stay as they were written")
}

func TestAChangeThatNobodySignedIsTheDatabaseUsers(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`UPDATE sn_pren_resolution SET url = 'x' WHERE sys_id = md5('r flow')`)
	require.Equal(t, "1 previous system, 2 current "+value[string](w, `SELECT session_user::text`), w.versions(md5("r flow")))
}

func TestTheVersionsOfARowThatIsDeletedStayAndGoOnWhenItIsBack(t *testing.T) {
	w := newIssueWorld(t)
	again := `INSERT INTO sn_pren_resolution (sys_id, name, type) VALUES (md5('new'), 'new', 'create_incident')`
	w.exec(again)
	w.exec(`DELETE FROM sn_pren_resolution WHERE sys_id = md5('new')`)
	require.Equal(t, "1 previous system", w.versions(md5("new")))
	w.exec(again)
	require.Equal(t, "1 previous system, 2 current system", w.versions(md5("new")))
}

func TestManyChangesAtOnceAreNumberedWithoutGaps(t *testing.T) {
	w := newIssueWorld(t)
	errs := timesAtOnce(20, func(i int) error {
		_, err := w.db.db.Exec(`UPDATE sn_pren_resolution SET url = $1 WHERE sys_id = md5('r flow')`, strings.Repeat("x", i+1))
		return err
	})
	require.Equal(t, map[string]int{"": 20}, tally(errs))
	require.Equal(t, "21 21 1", value[string](w, `
		SELECT concat_ws(' ', count(*), max(number), count(*) FILTER (WHERE state = 'current')) FROM sn_pren_version WHERE record = md5('r flow')`))
	require.Equal(t, value[string](w, `SELECT url FROM sn_pren_resolution WHERE sys_id = md5('r flow')`),
		value[string](w, `SELECT payload ->> 'url' FROM sn_pren_version WHERE record = md5('r flow') AND state = 'current'`))
}

// registryOf is the sys_id of a registry row of provider sn.
func registryOf(code string) string { return md5("g" + md5("t sn"+code)) }

func TestAStepNamesTheVersionsThatItBeganWith(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`UPDATE sn_pren_resolution SET url = 'x' WHERE sys_id = md5('r flow')`)
	id := w.submit("100")
	var facts schema.StepFacts
	_, err := w.db.Begin(t.Context(), id, 1, func(f schema.StepFacts) (schema.Decision, error) { facts = f; return runIt(f) })
	require.NoError(t, err)
	require.Equal(t, "It goes by version 1 of issue sn/100, version 2 of resolution flow, version 1 of remedial action call.", facts.Versions.Sentence())
	require.Equal(t, "sn_pren_issue_registry 1, sn_pren_resolution 2, sn_reacf_remedial_action 1", value[string](w, `
		SELECT string_agg(v."table" || ' ' || v.number, ', ' ORDER BY v."table")
		  FROM sn_pren_experience_issue_step s JOIN sn_pren_version v ON v.sys_id IN (s.registry_version, s.resolution_version, s.action_version)`))
}

// After the step has begun everything is changed; what it does goes on as it began.
func TestAStepGoesByTheVersionsThatItBeganWith(t *testing.T) {
	w := newIssueWorld(t)
	change := func() {
		w.exec(`UPDATE sn_pren_issue_registry SET fallback = 'none', short_description = 'x', impact = 1, urgency = 1, assignment_group = 'x',
		               action_wait_seconds = 7200, next_codes = '{x}'`)
		w.exec(`UPDATE sn_pren_resolution SET on_success = CASE on_success WHEN 'close' THEN 'action_wait' ELSE 'close' END`)
	}
	waits, closes, fails := w.submit("200"), w.submit("500"), w.submit("100")
	for _, id := range []string{waits, closes, fails} {
		w.begin(id, 1)
	}
	change()
	verdict := w.conclude(waits, success(1))
	require.Equal(t, schema.ActionWait, verdict.State)
	require.Less(t, time.Until(verdict.WaitUntil), 2*time.Minute)
	require.Equal(t, schema.ClosedComplete, w.conclude(closes, success(1)).State)
	require.Equal(t, schema.ClosedIncomplete, w.conclude(fails, schema.Outcome{Step: 1, Reason: schema.ActionFailed}).State)
	require.Equal(t, "Trouble 100 2 3 Service Desk", value[string](w, `SELECT concat_ws(' ', short_description, impact, urgency, assignment_group) FROM incident`))

	require.Equal(t, waits, w.submit("100", withID(waits)), "next_codes was empty when the step began")
	w.begin(waits, 2)
	require.Equal(t, schema.ActionWait, w.conclude(waits, success(2)).State, "the next step begins with what there is by then")
	w.refused(schema.NotAwaited, "300", withID(waits))
	w.sound()
}

func TestACodeThatMayFollowByNowDoesNotWhereItCouldNotWhenTheStepBegan(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("201")
	w.begin(id, 1)
	w.exec(`UPDATE sn_pren_issue_registry SET next_codes = '{}' WHERE issue_code = '201'`)
	w.conclude(id, success(1))
	w.refused(schema.NotAwaited, "300", withID(id))
	w.submit("100", withID(id))
}

func TestAStepThatAnEngineWithoutVersionsBeganGoesByTheRowsAsTheyAre(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("100")
	w.begin(id, 1)
	w.exec(`UPDATE sn_pren_experience_issue_step SET registry_version = NULL, resolution_version = NULL, action_version = NULL`)
	w.exec(`UPDATE sn_pren_issue_registry SET fallback = 'none'`)
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.ActionFailed})
	require.Zero(t, value[int](w, `SELECT count(*) FROM incident`))
}

// What is changed between the look at the rows and the decision about them does not govern the step.
func TestAStepGoesByWhatWasLookedAtWhenItWasDecided(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`UPDATE sn_pren_issue_registry SET engagement = 'engage' WHERE issue_code = '100'`)
	id := w.submit("100")
	_, err := w.db.Begin(t.Context(), id, 1, func(f schema.StepFacts) (schema.Decision, error) {
		_, err := w.db.db.Exec(`
			UPDATE sn_pren_issue_registry SET short_description = 'x', notification_content = NULL;
			UPDATE sn_pren_resolution SET instructions = '{x}', translations = '{}', url = 'x'`)
		require.NoError(t, err)
		return schema.Decision{Plan: schema.Plan{Step: 1, Conversation: true}, Conversation: &schema.Conversation{Mode: schema.Engage,
			Resolution: schema.ResolveByAction, State: schema.ConversationAsked, Turn: 1, Until: f.Now.Add(time.Hour)}, ContactAt: f.Now}, nil
	})
	require.NoError(t, err)
	require.Equal(t, "Trouble 100 May we help? {Look.} Sehen Sie nach.", value[string](w.issueWorld, `
		SELECT concat_ws(' ', short_description, prompt, instructions::text, instruction_translations -> 'de' -> 'instructions' ->> 0) FROM sn_pren_conversation`))
}

// A version from before steps had translations does not get those of a later one.
func TestStepsWithoutTranslationsStayWithout(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`UPDATE sn_pren_version SET payload = (payload::jsonb - 'translations')::json WHERE "table" = 'sn_pren_resolution'`)
	w.exec(`UPDATE sn_pren_issue_registry SET engagement = 'engage' WHERE issue_code = '100'`)
	id := w.submit("100")
	_, err := w.db.Begin(t.Context(), id, 1, func(f schema.StepFacts) (schema.Decision, error) {
		_, err := w.db.db.Exec(`UPDATE sn_pren_resolution SET instructions = '{Look well.}', translations = '{"de": {"instructions": ["Sehen Sie gut nach."]}}'`)
		require.NoError(t, err)
		return schema.Decision{Plan: schema.Plan{Step: 1, Conversation: true}, Conversation: &schema.Conversation{Mode: schema.Engage,
			Resolution: schema.ResolveBySelfHelp, State: schema.ConversationAsked, Turn: 1, Until: f.Now.Add(time.Hour)}, ContactAt: f.Now}, nil
	})
	require.NoError(t, err)
	require.Equal(t, "{Look.} nothing", value[string](w.issueWorld, `SELECT concat_ws(' ', instructions::text, coalesce(instruction_translations::text, 'nothing')) FROM sn_pren_conversation`))
}

func TestAPersonIsRemindedOnTheChannelsThatTheStepBeganWith(t *testing.T) {
	w := newTalkWorld(t)
	id, _ := w.asked()
	w.exec(`UPDATE sn_pren_issue_registry SET channels = '{pager}'`)
	w.exec(`UPDATE sn_pren_conversation SET remind_at = now()`)
	w.turn(id, over(w.turn(id)))
	require.Positive(t, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_notification WHERE occasion = 'reminder'`))
}
