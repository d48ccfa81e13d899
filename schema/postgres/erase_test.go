package postgres

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// namedWorld is a talkWorld in which fred is named wherever anybody can name him.
type namedWorld struct{ *talkWorld }

// namesOfFred are what is searched for when he is erased.
var namesOfFred = []string{"fred.luddy", "fred@example.com", "Fred Lüddy", `Fred L\u00fcddy`, "Lüddy, Fred", "fred-laptop", "planted"}

func newNamedWorld(t *testing.T) *namedWorld {
	t.Helper()
	w := &namedWorld{newTalkWorld(t)}
	w.exec(`UPDATE sys_user SET last_name = 'Lüddy', department = 'planted', api_key_hash = '\x01' WHERE user_name = 'fred.luddy'`)
	w.exec(`INSERT INTO sys_user_has_role ("user", role) VALUES (md5('fred'), 'planted')`)
	w.full()
	for _, id := range []string{"named-after-fred.luddy", "open-fred.luddy"} {
		w.submit("300", withID(id), by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}), func(r *schema.Report) {
			r.InputParameters = []byte(`{"process_id": "10644", "owner": "planted"}`)
			r.InvestigativeDetails = []byte(`{"cpu usage": "planted 99%", "who": "Fred L\u00fcddy"}`)
		})
		w.begin(id, 1)
		if id == "named-after-fred.luddy" {
			w.conclude(id, schema.Outcome{Step: 1, Reason: schema.ActionFailed, Detail: "planted"})
		}
	}
	w.submit("100", withID("of-beth"), by(schema.Endpoint{UserName: "beth.anglin", CI: "Fred Lüddy's old one"}),
		withDetails(`{"seen with": "FRED.LUDDY and Fred  L\u00fcddy", "number": 10644, "whose": "Fred Lüddys", "other": "Fred"}`))
	_, err := w.db.Cancel(w.t.Context(), "of-beth", "fred.luddy")
	require.NoError(w.t, err)
	w.delivers()
	w.exec(`UPDATE sn_pren_conversation SET comment = 'planted' WHERE comment = ''`)
	w.exec(`UPDATE sn_pren_experience_issue_step SET output = '{"a": "planted"}', detail = 'planted' WHERE issue IN
	        (SELECT sys_id FROM sn_pren_experience_issue WHERE "user" = md5('fred'))`)
	w.exec(`UPDATE interaction SET work_notes = 'planted'`)
	w.exec(`INSERT INTO user_criteria (sys_id, name, users, sys_created_by) VALUES (md5('c'), 'c', '{beth.anglin,fred.luddy}', 'fred.luddy')`)
	w.exec(`UPDATE sn_pren_notification_channel SET config = '{"to": ["fred@example.com"]}' WHERE name = 'mail'`)
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.organisation_contact', 'Ask Lüddy, Fred')`)
	w.exec(`INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, close_notes, impact, urgency, priority, correlation_id,
	                              correlation_display, origin_table, investigative_details, sys_updated_by)
	        VALUES (md5('foreign'), md5('fred'), 'Slow, planted', 'planted', '', 'planted', 3, 3, 5, '', '', '', '[]', 'fred.luddy')`)
	w.exec(`UPDATE incident SET work_notes = 'planted, said fred@example.com', sys_mod_count = 1 WHERE sys_id = md5('foreign')`)
	return w
}

func (w *namedWorld) fred() schema.Person {
	w.t.Helper()
	p, err := w.db.Person(w.t.Context(), "Fred.Luddy")
	require.NoError(w.t, err)
	return p
}

// erase lets the workflows hear what they must, as often as it takes.
func (w *namedWorld) erase(p schema.Person) {
	w.t.Helper()
	for range 2 {
		left, err := w.db.Erase(w.t.Context(), p, "beth.anglin", nil)
		require.NoError(w.t, err)
		if len(left) == 0 {
			return
		}
		w.delivers()
	}
	w.t.Fatal("he is still named")
}

func (w *namedWorld) forgotten() {
	w.t.Helper()
	for _, name := range namesOfFred {
		require.Empty(w.t, w.mentions(name), name)
	}
	require.Equal(w.t, "beth.anglin", value[string](w.issueWorld, `SELECT sys_created_by FROM sn_pren_erasure WHERE "user" = md5('fred') AND finished_on IS NOT NULL`))
	require.Equal(w.t, "erased-"+md5("fred"), value[string](w.issueWorld, `SELECT user_name FROM sys_user WHERE sys_id = md5('fred') AND NOT active AND api_key_hash IS NULL`))
}

func TestAnErasedPersonIsNamedNowhere(t *testing.T) {
	w := newNamedWorld(t)
	for _, name := range namesOfFred {
		require.NotEmpty(t, w.mentions(name), "the search finds what is there: %s", name)
	}
	e, err := w.db.ToErase(t.Context(), w.fred(), nil)
	require.NoError(t, err)
	require.Equal(t, []int{4, 1, 3, 1, 1}, []int{e.Issues, e.Unfinished, e.Incidents, e.Interactions, e.Computers})
	require.Contains(t, e.Elsewhere, schema.Naming{Table: "user_criteria", Column: "users", Rows: 1})

	w.erase(w.fred())
	w.forgotten()
	require.Equal(t, `{"seen with": "erased and erased", "number": 10644, "whose": "eraseds", "other": "Fred"}`, value[string](w.issueWorld, `
		SELECT investigative_details FROM sn_pren_experience_issue_step s JOIN sn_pren_experience_issue i ON i.sys_id = s.issue WHERE experience_id = 'of-beth'`))
	require.Equal(t, schema.ClosedCancelled, w.issue("of-beth").State)
	require.Equal(t, 2, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_experience_issue WHERE "user" = md5('fred') AND closed_on IS NOT NULL`))
	require.Equal(t, 1, value[int](w.issueWorld, `SELECT count(*) FROM incident n JOIN sn_pren_removed_issue r ON n.correlation_id = encode(r.experience_id_hash, 'hex')`))
	w.refused(schema.NotAwaited, "100", withID("named-after-fred.luddy"), by(schema.Endpoint{UserName: "beth.anglin"}))
	w.refused(schema.NoUser, "100")
	w.refused(schema.NoUser, "100", by(schema.Endpoint{UserID: md5("fred")}))
}

func TestWhoeverIsCalledAlikeKeepsTheirName(t *testing.T) {
	w := newNamedWorld(t)
	w.exec(`INSERT INTO sys_user (sys_id, user_name, first_name, last_name, email, sys_created_by) VALUES
		(md5('fred2'), 'fred.luddy2', 'Fred', 'Luddy', 'al.fred@example.com', 'fred.luddy'), (md5('maria'), 'anna.b', 'Anna', 'B', 'anna.b@example.com', 'x')`)
	w.exec(`INSERT INTO user_criteria (sys_id, name, users, sys_created_by) VALUES (md5('d'), 'd', '{fred.luddy2,fred.luddy,anna.b}', 'fred.luddy2')`)
	w.erase(w.fred())
	require.Equal(t, "{fred.luddy2,erased,anna.b} fred.luddy2", value[string](w.issueWorld, `SELECT users::text || ' ' || sys_created_by FROM user_criteria WHERE name = 'd'`))
	require.Equal(t, "fred.luddy2 Fred Luddy al.fred@example.com erased", value[string](w.issueWorld, `
		SELECT concat_ws(' ', user_name, first_name, last_name, email, sys_created_by) FROM sys_user WHERE sys_id = md5('fred2')`))

	w.erase(schema.Person{SysID: md5("abel"), UserName: "anna"})
	require.Equal(t, "anna.b Anna", value[string](w.issueWorld, `SELECT user_name || ' ' || first_name FROM sys_user WHERE sys_id = md5('maria')`))
	require.Equal(t, "{fred.luddy2,erased,anna.b}", value[string](w.issueWorld, `SELECT users::text FROM user_criteria WHERE name = 'd'`))
}

func TestANameOfOneWordIsFoundAfterTheEndOfALine(t *testing.T) {
	w := newNamedWorld(t)
	w.submit("500", withID("told"), by(schema.Endpoint{UserName: "beth.anglin"}), withDetails(`{"log": "by\nanna \u0041anna hannah"}`))
	w.erase(schema.Person{SysID: md5("abel"), UserName: "anna"})
	require.Equal(t, `{"log": "by\nerased \u0041erased hannah"}`, value[string](w.issueWorld, `
		SELECT investigative_details FROM sn_pren_experience_issue_step s JOIN sn_pren_experience_issue i ON i.sys_id = s.issue WHERE experience_id = 'told'`))
}

// Wherever an erasure is interrupted, the next one ends it.
func TestAnInterruptedErasureIsEndedByTheNext(t *testing.T) {
	for interrupted := range len((&DB{}).erasing(nil)) + 1 {
		t.Run(fmt.Sprint(interrupted), func(t *testing.T) {
			w := newNamedWorld(t)
			p := w.fred()
			for range 2 {
				for _, do := range w.db.erasing(nil)[:interrupted] {
					require.NoError(t, do(t.Context(), p, "beth.anglin"))
				}
			}
			w.erase(w.fred())
			w.forgotten()
		})
	}
}

// What is written about them afterwards is erased by their sys_id.
func TestAnErasedPersonCanBeErasedAgain(t *testing.T) {
	w := newNamedWorld(t)
	w.erase(w.fred())
	w.exec(`UPDATE incident SET description = 'planted late'`)
	p, err := w.db.Person(t.Context(), md5("fred"))
	require.NoError(t, err)
	require.True(t, p.Erased)
	w.erase(p)
	w.forgotten()
	_, err = w.db.Person(t.Context(), "fred.luddy")
	require.ErrorIs(t, err, schema.ErrNoRecord)
}

// What cannot be removed yet is said, and the names are kept until it can.
func TestAnIDThatNamesAPersonStaysUntilItsIssueIsClosed(t *testing.T) {
	w := newNamedWorld(t)
	w.submit("500", withID("about-fred.luddy"), by(schema.Endpoint{UserName: "beth.anglin"}))
	w.delivers()
	left, err := w.db.Erase(t.Context(), w.fred(), "beth.anglin", nil)
	require.NoError(t, err)
	require.Equal(t, []schema.Naming{{Table: "sn_pren_experience_issue", Column: "experience_id", Rows: 2}}, left, "hers, and his that was cancelled just now")
	_, err = w.db.Cancel(t.Context(), "about-fred.luddy", "test")
	require.NoError(t, err)
	w.delivers()
	w.erase(w.fred())
	w.forgotten()
}

func TestATableIsErasedToItsLastPage(t *testing.T) {
	w := newNamedWorld(t)
	w.exec(`INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail)
	        SELECT sys_id, 1000 + n, 1, 'created', (SELECT string_agg(md5(n || ' ' || m), '') FROM generate_series(1, 55) m) || CASE WHEN n IN (1, 5000) THEN ' fred.luddy' ELSE '' END
	          FROM sn_pren_experience_issue, generate_series(1, 5000) n WHERE experience_id = 'of-beth'`)
	pages := value[int](w.issueWorld, `SELECT pg_relation_size('sn_pren_experience_issue_event') / 8192`)
	require.Greater(t, pages, pagesAtOnce)
	parts := map[string][]int{}
	e, err := w.db.ToErase(t.Context(), w.fred(), func(doing string, done, of int) {
		if strings.HasSuffix(doing, " sn_pren_experience_issue_event") {
			parts[doing] = append(parts[doing], done, of)
		}
	})
	require.NoError(t, err)
	require.Equal(t, map[string][]int{"looking through sn_pren_experience_issue_event": {0, pages, pagesAtOnce, pages}}, parts, "each part is looked through once")
	named := slices.IndexFunc(e.Elsewhere, func(n schema.Naming) bool { return n.Table == "sn_pren_experience_issue_event" && n.Column == "detail" })
	require.Equal(t, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_experience_issue_event WHERE detail ~* $1`, w.fred().Pattern()), e.Elsewhere[named].Rows)
	w.erase(w.fred())
	w.forgotten()
}

// Whoever applies a catalogue changes its rows in an order of their own.
func TestErasingAndApplyingNeverWaitForEachOther(t *testing.T) {
	w := newTrailWorld(t)
	w.person("carla.gone", "Carla", "Früher", "Später")
	first := w.create("sn_pren_notification_content", given{"name": "first", "prompt": "Ask carla.gone"})
	second := w.create("sn_pren_notification_content", given{"name": "second", "prompt": "Ask carla.gone"})
	p, erased := w.find("carla.gone"), make(chan error, 1)
	require.NoError(t, w.db.inTx(t.Context(), func(x tx) error {
		require.NoError(t, lockCatalogue(t.Context(), x, "beth.anglin"))
		write := func(sysID string) error {
			_, err := x.exec(t.Context(), `UPDATE sn_pren_notification_content SET consent_text = 'Yes.' WHERE sys_id = $1`, sysID)
			return err
		}
		require.NoError(t, write(second))
		go func() {
			_, err := w.db.Erase(t.Context(), p, "beth.anglin", nil)
			erased <- err
		}()
		w.whole.blocked()
		return write(first)
	}))
	require.NoError(t, <-erased)
	require.Equal(t, "Ask erased, Ask erased", w.value(`SELECT string_agg(prompt, ', ') FROM sn_pren_notification_content WHERE name IN ('first', 'second')`))
	w.unnamed("carla.gone")
}

// A report that was on its way when the erasure began is about somebody who is to be forgotten.
func TestAReportThatIsNotCommittedIsWaitedForAndErased(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END'`)
	w.exec(`CREATE TRIGGER slow AFTER INSERT ON sn_pren_experience_issue FOR EACH ROW EXECUTE FUNCTION slow()`)
	p, err := w.db.Person(t.Context(), "fred.luddy")
	require.NoError(t, err)
	slow := w.holds(`SELECT pg_advisory_xact_lock(1)`)
	reported, erased := make(chan error, 1), make(chan error, 1)
	go func() { // by one statement, which Submit gives up and repeats when it takes long
		s := submission{Report: report("100", withID("mine")), issue: schema.NewSysID(), step: schema.NewSysID()}
		s.InputParameters = []byte(`{"process_id": "planted"}`)
		taken, err := w.db.takeTogether(t.Context(), []submission{s})
		if err == nil && !taken[0].Taken {
			err = fmt.Errorf("not taken: %+v", taken)
		}
		reported <- err
	}()
	w.blocked()
	go func() {
		_, err := w.db.Erase(t.Context(), p, "beth.anglin", nil)
		erased <- err
	}()
	require.Eventually(t, func() bool {
		require.Empty(t, erased, "the erasure waits")
		return value[int](w, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 2
	}, 20*time.Second, time.Millisecond)
	require.NoError(t, slow.Rollback())
	require.NoError(t, <-reported)
	require.NoError(t, <-erased)
	require.Equal(t, "closed_cancelled", value[string](w, `SELECT state FROM sn_pren_experience_issue`))
	require.Empty(t, w.mentions("planted"))
}

// What the service desk calls a record in short may say as much as its story; what the registry does says what kind of issue it was.
func TestWhatTheServiceDeskHasCalledARecordIsErased(t *testing.T) {
	w := newNamedWorld(t)
	w.exec(`UPDATE sn_pren_issue_registry SET short_description = 'The disk is full' WHERE issue_code = '300'`)
	w.exec(`UPDATE incident    SET short_description = 'The disk is full' WHERE correlation_id = 'named-after-fred.luddy'`)
	w.exec(`UPDATE incident    SET short_description = 'planted'          WHERE correlation_id <> 'named-after-fred.luddy' AND caller_id = md5('fred')`)
	w.exec(`UPDATE interaction SET short_description = 'planted'          WHERE opened_for = md5('fred')`)
	w.exec(`UPDATE sn_pren_issue_registry SET short_description = 'Full' WHERE issue_code = '300'`)
	w.erase(w.fred())
	w.forgotten()
	require.Equal(t, "Erased.,The disk is full", value[string](w.issueWorld, `SELECT string_agg(DISTINCT short_description, ',' ORDER BY short_description) FROM incident WHERE caller_id = md5('fred')`))
}
