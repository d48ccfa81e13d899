package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
	"proactive/schema/table"
)

// trailWorld is a catalogue in which people are written as an administrator writes them.
type trailWorld struct {
	*catalogueWorld
	whole *issueWorld
}

func newTrailWorld(t *testing.T) *trailWorld {
	t.Helper()
	w := newCatalogueWorld(t)
	w.applied(small)
	return &trailWorld{w, &issueWorld{t: t, db: w.db}}
}

// person makes one who was called otherwise before, and names them in the catalogue, which has forgotten it.
func (w *trailWorld) person(userName, first, earlierLast, last string) (sysID string) {
	w.t.Helper()
	sysID = w.create("sys_user", given{"user_name": userName, "first_name": first, "last_name": earlierLast, "email": userName + "@example.com"})
	w.update("sys_user", sysID, given{"last_name": last})
	text := w.create("sn_pren_notification_content", given{"name": "about " + sysID, "prompt": "Ask " + first + " " + earlierLast + ", or " + userName})
	w.update("sn_pren_notification_content", text, given{"prompt": "Ask us"})
	return sysID
}

func (w *trailWorld) find(name string) schema.Person {
	w.t.Helper()
	p, err := w.db.Person(w.t.Context(), name)
	require.NoError(w.t, err)
	return p
}

func (w *trailWorld) erased(p schema.Person) {
	w.t.Helper()
	left, err := w.db.Erase(w.t.Context(), p, "beth.anglin", nil)
	require.NoError(w.t, err)
	require.Empty(w.t, left)
}

func (w *trailWorld) unnamed(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		require.Empty(w.t, w.whole.mentions(text), text)
	}
}

// gone is somebody whose record, computer and incident were deleted.
func (w *trailWorld) gone() (sysID string) {
	w.t.Helper()
	sysID = w.person("carla.gone", "Carla", "Früher", "Später")
	computer := w.create("cmdb_ci_computer", given{"name": "carlas-laptop", "assigned_to": sysID})
	incident := w.create("incident", given{"caller_id": sysID, "short_description": "Slow", "description": "planted at first"})
	w.update("incident", incident, given{"description": "planted", "work_notes": "planted, said she"})
	w.create("sys_user_has_role", given{"user": sysID, "role": "planted"})
	for _, row := range [][2]string{{"incident", incident}, {"cmdb_ci_computer", computer}, {"sys_user", sysID}} {
		require.NoError(w.t, w.delete(row[0], row[1]))
	}
	return sysID
}

var namesOfCarla = []string{"carla.gone", "carla.gone@example.com", "Carla", "Früher", "Später", "carlas-laptop", "planted"}

func TestWhoWasDeletedIsErasedFromTheTrail(t *testing.T) {
	for name, find := range map[string]func(sysID string) string{
		"by user_name": func(string) string { return "Carla.Gone" },
		"by sys_id":    func(sysID string) string { return sysID },
	} {
		t.Run(name, func(t *testing.T) {
			w := newTrailWorld(t)
			sysID := w.gone()
			for _, text := range namesOfCarla {
				require.NotEmpty(t, w.whole.mentions(text), "the search finds what is there: %s", text)
			}
			p := w.find(find(sysID))
			require.Equal(t, schema.Person{SysID: sysID, UserName: "carla.gone", FirstName: "Carla", LastName: "Später", Email: "carla.gone@example.com",
				Earlier: []schema.Called{{UserName: "carla.gone", FirstName: "Carla", LastName: "Früher", Email: "carla.gone@example.com"}}}, p)
			about, err := w.db.ToErase(t.Context(), p, nil)
			require.NoError(t, err)
			require.Greater(t, about.Trail, 10)

			w.erased(p)
			w.unnamed(namesOfCarla...)
			require.Equal(t, "beth.anglin", w.value(`SELECT sys_created_by FROM sn_pren_erasure WHERE "user" = $1 AND finished_on IS NOT NULL`, sysID))
			require.Equal(t, "user_name: Erased. -> ", w.value(`
				SELECT fieldname || ': ' || oldvalue || ' -> ' || newvalue FROM sys_audit WHERE documentkey = $1 AND fieldname = 'user_name' AND newvalue = ''`, sysID))
			again := w.find(sysID)
			require.True(t, again.Erased)
			w.erased(again)
			_, err = w.db.Person(t.Context(), "carla.gone")
			require.ErrorIs(t, err, schema.ErrNoRecord)
			for _, nobody := range []string{"Erased.", "********", ""} {
				_, err = w.db.Person(t.Context(), nobody)
				require.ErrorIs(t, err, schema.ErrNoRecord)
			}
		})
	}
}

func TestAnErasureOfWhoWasDeletedMayBeInterrupted(t *testing.T) {
	w := newTrailWorld(t)
	w.gone()
	p := w.find("carla.gone")
	for _, do := range w.db.erasing(nil) {
		require.NoError(t, do(t.Context(), p, "beth.anglin"))
		require.Equal(t, p, w.find("carla.gone"), "whoever runs it again knows as much")
	}
	w.erased(p)
	w.unnamed(namesOfCarla...)
}

func TestWhoCameBackIsErasedWithTheRecordThatWasDeleted(t *testing.T) {
	w := newTrailWorld(t)
	before := w.gone()
	now := w.create("sys_user", given{"user_name": "carla.gone", "first_name": "Carla", "last_name": "Später"})
	p := w.find("carla.gone")
	require.Equal(t, []string{now, before}, p.IDs())
	w.erased(p)
	w.unnamed(namesOfCarla...)
}

// The incident and the computer are Abel's now, and what they say of him stays.
func TestWhatTheTrailSaysOfWhatWasTheirsOnceIsErased(t *testing.T) {
	w := newTrailWorld(t)
	carla := w.person("carla.gone", "Carla", "Früher", "Später")
	computer := w.create("cmdb_ci_computer", given{"name": "carla-laptop", "assigned_to": carla})
	other := w.create("cmdb_ci_computer", given{"name": "laptop-7", "assigned_to": carla})
	incident := w.create("incident", given{"caller_id": carla, "short_description": "Slow", "description": "planted"})
	w.update("incident", incident, given{"caller_id": "abel.tuter", "description": "His own"})
	for _, sysID := range []string{computer, other} {
		w.update("cmdb_ci_computer", sysID, given{"assigned_to": "abel.tuter"})
	}
	w.erased(w.find("carla.gone"))
	w.unnamed("carla.gone", "Carla", "Früher", "Später", "planted")
	require.Equal(t, "His own", w.value(`SELECT description FROM incident`))
	require.Equal(t, "abel.tuter", w.value(`SELECT string_agg(DISTINCT user_name, ',') FROM cmdb_ci_computer c JOIN sys_user u ON u.sys_id = assigned_to WHERE c.sys_id IN ($1, $2)`, computer, other))
	require.Equal(t, "laptop-7", w.value(`SELECT name FROM cmdb_ci_computer WHERE sys_id = $1`, other))
}

// Names change hands.
func TestWhatSomebodyElseIsCalledNowIsNoEarlierName(t *testing.T) {
	w := newTrailWorld(t)
	carla := w.person("carla.gone", "Carla", "Früher", "Später")
	w.update("sys_user", carla, given{"user_name": "carla.spaeter"})
	w.create("sys_user", given{"user_name": "carla.gone", "first_name": "Carla", "last_name": "Früher", "email": "another@example.com"})
	w.create("sn_pren_notification_content", given{"name": "n", "prompt": "Ask carla.gone or Carla Früher, not carla.spaeter"})
	w.erased(w.find("carla.spaeter"))
	require.Equal(t, "Ask carla.gone or Carla Früher, not erased", w.value(`SELECT prompt FROM sn_pren_notification_content WHERE name = 'n'`))
	w.unnamed("carla.spaeter", "Carla Später", "carla.gone@example.com")
}

// Whoever read a record before the erasure cannot write it back after it.
func TestWhatWasReadBeforeAnErasureIsNotWrittenBack(t *testing.T) {
	w := newTrailWorld(t)
	carla := w.person("carla.gone", "Carla", "Früher", "Später")
	rows := map[string]given{
		w.create("incident", given{"caller_id": carla, "short_description": "Slow", "description": "planted"}):               {"description": "planted"},
		w.create("cmdb_ci_computer", given{"name": "carla-laptop", "assigned_to": carla}):                                    {"name": "carla-laptop"},
		w.create("sn_pren_notification_content", given{"name": "n", "prompt": "Ask carla.gone"}):                             {"prompt": "Ask carla.gone"},
		w.create("incident", given{"caller_id": "abel.tuter", "short_description": "For carla.gone", "correlation_id": "1"}): {"short_description": "For carla.gone"},
		carla: {"first_name": "Carla"},
	}
	changes := map[string]table.Change{}
	for sysID, values := range rows {
		for _, of := range []string{"incident", "cmdb_ci_computer", "sn_pren_notification_content", "sys_user"} {
			if w.value(`SELECT count(*) FROM `+of+` WHERE sys_id = $1`, sysID) == "1" {
				c, err := w.change(table.Write, of, sysID, values)
				require.NoError(t, err)
				count := value[int](w.whole, `SELECT sys_mod_count FROM `+of+` WHERE sys_id = $1`, sysID)
				c.ModCount = &count
				changes[sysID] = c
			}
		}
	}
	require.Len(t, changes, 5)
	w.erased(w.find("carla.gone"))
	for _, c := range changes {
		var changed table.Changed
		require.ErrorAs(t, w.db.UpdateRecord(t.Context(), c), &changed, c.Table.Name)
		require.Equal(t, "beth.anglin", w.value(`SELECT sys_updated_by FROM `+c.Table.Name+` WHERE sys_id = $1`, c.SysID))
	}
	w.unnamed("carla.gone", "Carla")
}

// How JSON is written depends on who writes it.
func TestANameIsFoundInDocumentsHoweverTheyWriteIt(t *testing.T) {
	w := newTrailWorld(t)
	for name, c := range map[string]struct{ userName, document, becomes string }{
		"a quote":                     {`al"bert.q`, `{"a": "al\"bert.q", "b": "al\u0022BERT.q", "c": "al\\"}`, `{"a": "erased", "b": "erased", "c": "al\\"}`},
		"a backslash":                 {`corp\diana`, `{"a": "corp\\diana", "b": "corp\u005Cdiana", "c": "corp\\n"}`, `{"a": "erased", "b": "erased", "c": "corp\\n"}`},
		"one at the end":              {`erna.x\`, `{"a": "erna.x\\", "b": "erna.x\"", "c": ["erna.x"]}`, `{"a": "erased", "b": "erna.x\"", "c": ["erna.x"]}`},
		"an apostrophe":               {`o'brien.p`, `{"a": "o'brien.p", "b": "O\u0027Brien.P"}`, `{"a": "erased", "b": "erased"}`},
		"a slash":                     {`x/frida`, `{"a": "x\/frida", "b": "x/frida"}`, `{"a": "erased", "b": "erased"}`},
		"capitals beyond ASCII":       {`gün.ther`, `{"a": "G\u00dcN.THER", "b": "g\u00fcn.ther"}`, `{"a": "erased", "b": "erased"}`},
		"an escape that ends with it": {`nancy.h`, `{"a": "\nancy.h", "b": "corp\\nancy.h", "c": "\nnancy.h", "d": "\\\nancy.h"}`, `{"a": "\nancy.h", "b": "corp\\erased", "c": "\nerased", "d": "\\\nancy.h"}`},
		"a number that ends with it":  {`c.smith`, `{"a": "\u00fc.smith", "b": "\u00fcc.smith", "c": "c.smith"}`, `{"a": "\u00fc.smith", "b": "\u00fcerased", "c": "erased"}`},
		"structure":                   {`q","r`, `["q","r", "q\",\"r"]`, `["q","r", "erased"]`},
	} {
		t.Run(name, func(t *testing.T) {
			sysID := schema.NewSysID()
			w.whole.exec(`INSERT INTO sys_user (sys_id, user_name) VALUES ($1, $2)`, sysID, c.userName)
			w.whole.exec(`UPDATE sn_pren_resolution SET parameters = json_build_object('x', $1::json)`, c.document)
			w.whole.exec(`UPDATE sn_pren_notification_content SET prompt = 'Ask ' || $1 || '.'`, c.userName)
			w.erased(w.find(sysID))
			require.Equal(t, `{"x" : `+c.becomes+`}`, w.value(`SELECT parameters::text FROM sn_pren_resolution`))
			require.Equal(t, "Ask erased.", w.value(`SELECT prompt FROM sn_pren_notification_content`))
			require.Equal(t, "0", w.value(`SELECT count(*) FROM sn_pren_version WHERE position($1 IN payload ->> 'prompt') > 0`, c.userName))
		})
	}
}

// An erasure that cannot end says what to do.
func TestRowsThatOnlyTheNameTellsApartAreNamed(t *testing.T) {
	w := newTrailWorld(t)
	w.person("carla.gone", "Carla", "Früher", "Später")
	w.create("user_criteria", given{"name": "like carla.gone"})
	other := w.create("user_criteria", given{"name": "like Carla Später"})
	_, err := w.db.Erase(t.Context(), w.find("carla.gone"), "beth.anglin", nil)
	require.ErrorContains(t, err, "two rows of user_criteria would have the same name without the person's")
	require.ErrorContains(t, err, "give one of them another name first")
	w.update("user_criteria", other, given{"name": "another"})
	w.erased(w.find("carla.gone"))
	w.unnamed("carla.gone", "Später")
}

// A row that leaves a part of a table while the ones before it were looked through is one that is there.
func TestATableIsLookedThroughAsItIsAtOneMoment(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`INSERT INTO sys_audit (tablename, documentkey, fieldname, oldvalue, newvalue, "user")
		SELECT 'incident', md5(n::text), 'work_notes', '', (SELECT string_agg(md5(n::text || k), '') FROM generate_series(1, 50) k), 'system' FROM generate_series(1, 6000) n;
		INSERT INTO sys_audit (tablename, documentkey, fieldname, oldvalue, newvalue, "user") VALUES ('incident', md5('last'), 'work_notes', '', 'Ask fred.luddy.', 'system')`)
	require.Greater(t, value[int](w.issueWorld, `SELECT (ctid::text::point)[0]::integer FROM sys_audit WHERE documentkey = md5('last')`), pagesAtOnce)
	p, err := w.db.Person(t.Context(), "fred.luddy")
	require.NoError(t, err)
	gone := false
	found, err := w.db.naming(t.Context(), p, func(doing string, done, _ int) {
		if doing == "looking through sys_audit" && done == pagesAtOnce {
			w.exec(`SET LOCAL session_replication_role = replica; DELETE FROM sys_audit WHERE documentkey = md5('last')`) // no rule of the trail's
			gone = true
		}
	})
	require.NoError(t, err)
	require.True(t, gone)
	require.Contains(t, found, schema.Naming{Table: "sys_audit", Column: "newvalue", Rows: 1})
}
