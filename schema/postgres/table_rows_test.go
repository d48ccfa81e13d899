package postgres

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"proactive/schema"
	"proactive/schema/table"
)

var allRoles = schema.Roles{schema.RoleAdmin}

// asked is what somebody asks of a table.
func asked(t *testing.T, name, query, fields string) table.Selection {
	t.Helper()
	s := table.Selection{Table: table.Find(name), Limit: table.MaxRows, Count: true, Displays: true}
	var err error
	s.Query, err = table.Parse(s.Table, allRoles, query)
	require.NoError(t, err)
	for _, field := range strings.Split(fields, ",") {
		path, err := s.Table.Path(field, allRoles)
		require.NoError(t, err)
		s.Fields = append(s.Fields, path)
	}
	return s
}

// read writes rows as value or value=display, with blanks between.
func (w *issueWorld) read(s table.Selection) (rows []string, total int) {
	w.t.Helper()
	total, err := w.db.Rows(w.t.Context(), s, func(values []table.Value) error {
		var texts []string
		for i, v := range values {
			text := v.Value
			if s.Fields[i].Field.Type == table.Reference {
				text += "=" + v.Display
			}
			texts = append(texts, text)
		}
		rows = append(rows, strings.Join(texts, " "))
		return nil
	})
	require.NoError(w.t, err)
	return rows, total
}

// The roles of people are the organisation's own words.
func TestARoleIsFoundAsItIsWritten(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`INSERT INTO sys_user_has_role ("user", role) VALUES (md5('fred'), 'VIP')`)
	for _, query := range []string{"role=VIP", "role=vip", "roleINx,VIP"} {
		rows, _ := w.read(asked(t, "sys_user_has_role", query, "role"))
		require.Equal(t, []string{"VIP"}, rows, query)
	}
}

func TestRowsShowWhatTheirReferencesLeadTo(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`UPDATE sys_user SET first_name = 'Fred', last_name = 'Luddy' WHERE user_name = 'fred.luddy'`)
	id := w.submit("100", withID("x1"))
	rows, total := w.read(asked(t, "sn_pren_experience_issue", "experience_id="+id, "experience_id,state,user,user.email,provider,incident,incident.number,registry.issue_code,registry.provider"))
	fred, sn := md5("fred"), md5("sn")
	require.Equal(t, []string{"x1 open " + fred + "=Fred Luddy fred@example.com " + sn + "=sn =  100 " + sn + "=sn"}, rows)
	require.Equal(t, 1, total)
}

// ServiceNow's scripts ask for active=true, and sort by opened_at.
func TestARowIsActiveUntilItsStateSaysThatItIsOver(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100", withID("x1"))
	w.exec(`INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, impact, urgency, priority, correlation_id, correlation_display, origin_table, investigative_details)
			VALUES (md5('i'), md5('fred'), '', '', '', 1, 1, 1, '', 'sn', '', '[]');
		INSERT INTO interaction (sys_id, opened_for, short_description, description, work_notes, correlation_id, origin_table, origin_id)
			VALUES (md5('c'), md5('fred'), '', '', '', '', '', '');
		UPDATE sn_pren_experience_issue SET incident = md5('i'), interaction = md5('c')`)
	for _, row := range []struct {
		table, set string
		active     bool
	}{
		{"incident", "state = '1'", true}, {"incident", "state = '2'", true}, {"incident", "state = '3'", true},
		{"incident", "state = '6'", false}, {"incident", "state = '7'", false}, {"incident", "state = '8'", false},
		{"interaction", "state = 'new'", true}, {"interaction", "state = 'work_in_progress'", true}, {"interaction", "state = 'on_hold'", true},
		{"interaction", "state = 'closed_complete'", false}, {"interaction", "state = 'closed_abandoned'", false},
		{"sn_pren_experience_issue", "state = 'open'", true}, {"sn_pren_experience_issue", "state = 'in_progress'", true},
		{"sn_pren_experience_issue", "state = 'action_wait', wait_until = now()", true},
		{"sn_pren_experience_issue", "state = 'closed_skipped', wait_until = NULL, end_reason = 'x', closed_on = now()", false},
	} {
		w.exec(`UPDATE ` + row.table + ` SET ` + row.set)
		said := fmt.Sprint(row.active)
		found, _ := w.read(asked(t, row.table, "active="+said, "active"))
		require.Equal(t, []string{said}, found, row)
		none, _ := w.read(asked(t, row.table, "active!="+said+"^ORactiveISEMPTY", "active"))
		require.Empty(t, none, row)
		if row.table != "sn_pren_experience_issue" {
			behind, _ := w.read(asked(t, "sn_pren_experience_issue", row.table+".active="+said+"^ORDERBY"+row.table+".opened_at", row.table+".active"))
			require.Equal(t, []string{said}, behind, row)
		}
	}
	for _, name := range []string{"incident", "interaction"} {
		w.exec(`UPDATE ` + name + ` SET sys_created_on = '2026-11-23 09:00:00Z'`)
		opened, _ := w.read(asked(t, name, "opened_at=2026-11-23 09:00:00^ORDERBYDESCopened_at", "opened_at,sys_created_on"))
		require.Equal(t, []string{"2026-11-23 09:00:00 2026-11-23 09:00:00"}, opened)
	}
}

// Events have no column sys_id: the one that they show leads back to them.
func TestARowIsFoundByAnIdThatItShows(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100", withID("x1"))
	w.submit("200", withID("x2"))
	w.exec(`INSERT INTO sys_user_has_role ("user", role) VALUES (md5('fred'), 'itil'), (md5('beth'), 'itil')`)
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.user_limits', '1')`)
	w.exec(`INSERT INTO sn_pren_account_provider ("user", provider) VALUES (md5('robot'), md5('sn')), (md5('robot'), md5('other'))`)
	for _, name := range []string{"sn_pren_experience_issue_event", "sys_user_has_role", "sn_pren_account_provider", "sys_properties"} {
		all, _ := w.read(asked(t, name, "", "sys_id"))
		require.NotEmpty(t, all, name)
		for _, id := range all {
			require.Regexp(t, "^[0-9a-f]{32}$", id)
			for _, query := range []string{"sys_id=" + id, "sys_id=" + strings.ToUpper(id), "sys_idIN" + id + ",x"} {
				found, _ := w.read(asked(t, name, query, "sys_id"))
				require.Equal(t, []string{id}, found, query)
			}
		}
	}
}

func TestAnAccountThatIsBoundToProvidersSeesTheirRowsAlone(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("400", withID("mine"))
	w.submit("100", withID("others"), under("other"))
	for _, issue := range []string{"mine", "others"} {
		w.exec(`INSERT INTO interaction (sys_id, opened_for, short_description, description, work_notes, correlation_id, origin_table, origin_id)
			SELECT md5(experience_id), "user", '', '', '', experience_id, 'sn_pren_experience_issue', sys_id FROM sn_pren_experience_issue WHERE experience_id = '` + issue + `'`)
		w.exec(`INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, impact, urgency, priority, correlation_id, correlation_display,
			origin_table, origin_id, investigative_details)
			SELECT md5(experience_id), "user", '', '', '', 1, 1, 1, experience_id, provider_code, '', i.sys_id, '{}'
			  FROM sn_pren_experience_issue i JOIN sn_pren_provider p ON p.sys_id = i.provider WHERE experience_id = '` + issue + `'`)
	}
	for name, field := range map[string]string{
		"sn_pren_provider": "provider_code", "sn_pren_issue_registry_template": "provider.provider_code", "sn_pren_issue_registry": "provider.provider_code",
		"sn_pren_experience_issue": "provider.provider_code", "sn_pren_experience_issue_step": "issue.experience_id", "sn_pren_experience_issue_event": "issue.experience_id",
		"incident": "correlation_display", "interaction": "correlation_id",
	} {
		s := asked(t, name, "", field)
		both, total := w.read(s)
		require.Equal(t, len(both), total, name)
		s.Providers = []string{"other", "no such"}
		bound, total := w.read(s)
		require.Equal(t, len(bound), total, name)
		require.NotEmpty(t, bound, name)
		require.Less(t, len(bound), len(both), name)
		for _, row := range bound {
			require.Contains(t, row, "other", name)
		}
		s.Query.Alternatives = []table.Every{{{{Path: s.Fields[0], Operator: table.IsNotEmpty}}}, {{{Path: s.Fields[0], Operator: table.IsEmpty}}}}
		again, _ := w.read(s)
		require.Equal(t, bound, again, "%s: an alternative leads to no other rows", name)
	}
	for _, of := range table.All() {
		require.Equal(t, of.Binding != table.Unbound, bound[of.Binding] != "", of.Name)
	}
}

func TestAnAccountThatIsBoundSeesVersionsOfItsOwnRowsAndOfWhatCountsForAll(t *testing.T) {
	w := newIssueWorld(t)
	s := asked(t, "sn_pren_version", "tableINsn_pren_issue_registry,sn_pren_issue_registry_template", "name")
	s.Providers = []string{"other"}
	own, _ := w.read(s)
	require.NotEmpty(t, own)
	for _, name := range own {
		require.Contains(t, name, "other/")
	}
	s = asked(t, "sn_pren_version", "table=sn_pren_resolution", "name")
	all, _ := w.read(s)
	s.Providers = []string{"other"}
	bound, _ := w.read(s)
	require.NotEmpty(t, all)
	require.Equal(t, all, bound)
}

// A reference may lead to a row of another provider: what stands there is not shown, found or sorted by.
func TestAReferenceToAnotherProvidersRowLeadsNowhereForABoundAccount(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100", withID("mine"), under("other"))
	w.exec(`INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, impact, urgency, priority, correlation_id, correlation_display, origin_table, investigative_details)
		VALUES (md5('theirs'), md5('fred'), 'Secret', '', '', 1, 1, 1, '', 'sn', '', '[]')`)
	w.exec(`UPDATE sn_pren_experience_issue SET incident = md5('theirs')`)
	w.exec(`INSERT INTO sn_pren_delivery (receiver, incident, issue, give_up_after_seconds) SELECT md5('desk'), md5('theirs'), sys_id, 0 FROM sn_pren_experience_issue`)
	theirs := "INC0010001"
	for _, row := range []struct{ table, fields, everybody, bound string }{
		{"sn_pren_experience_issue", "experience_id,incident,incident.short_description,incident.number",
			"mine " + md5("theirs") + "=" + theirs + " Secret " + theirs, "mine " + md5("theirs") + "=  "},
		{"sn_pren_delivery", "issue.incident", md5("theirs") + "=" + theirs, md5("theirs") + "="},
	} {
		s := asked(t, row.table, "", row.fields)
		rows, _ := w.read(s)
		require.Equal(t, []string{row.everybody}, rows)
		s.Providers = []string{"other"}
		rows, _ = w.read(s)
		require.Equal(t, []string{row.bound}, rows)
	}
	for _, query := range []string{"incidentLIKEINC", "incident.short_descriptionSTARTSWITHS", "incident.short_description=secret", "incident.priority<3", "incident.numberISNOTEMPTY"} {
		s := asked(t, "sn_pren_experience_issue", query+"^ORDERBYincident^ORDERBYincident.number", "experience_id")
		_, total := w.read(s)
		require.Equal(t, 1, total, query)
		s.Providers = []string{"other"}
		_, total = w.read(s)
		require.Zero(t, total, query)
		count, err := w.db.CountRows(t.Context(), s)
		require.NoError(t, err)
		require.Zero(t, count, query)
	}
}

// Nobody foresees what is asked, so nothing of it stays: no prepared statement, and no setting on the connection.
func TestWhatWasAskedLeavesNothingBehind(t *testing.T) {
	w := newIssueWorld(t)
	w.db.db.SetMaxOpenConns(1)
	before := w.settings()
	for i := range 20 {
		w.read(asked(t, "incident", fmt.Sprintf("number=%d^ORDERBYnumber", i), "number"))
	}
	kept := 0
	w.db.prepared.Range(func(any, any) bool { kept++; return true })
	require.Zero(t, kept)
	var onServer int
	require.NoError(t, w.db.db.Get(&onServer, `SELECT count(*) FROM pg_prepared_statements`))
	require.Zero(t, onServer)
	require.Equal(t, before, w.settings())
}

// settings are those of the connection.
func (w *issueWorld) settings() (all []string) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Select(&all, `SELECT name || ' = ' || setting FROM pg_settings ORDER BY name`))
	return all
}

func TestAListTakesOneProcessor(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(fmt.Sprintf(crowd, 3_000, 6_000) + `; ANALYZE`)
	text, args := countStatement(asked(t, "incident", "descriptionLIKEx", "sys_id"))
	const cheapest = `SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; `
	var plan []string
	require.NoError(t, w.db.lookUp(t.Context(), func(tx *sqlx.Tx) error {
		if _, err := tx.Exec(cheapest); err != nil {
			return err
		}
		return tx.Select(&plan, "EXPLAIN "+text, args...)
	}))
	require.NotContains(t, strings.Join(plan, "\n"), "Gather")
}

func TestTheTotalIsThatOfAllPages(t *testing.T) {
	w := newIssueWorld(t)
	for limit := 1; limit < 10; limit++ {
		for offset := range 10 {
			s := asked(t, "sys_user", "", "user_name")
			s.Limit, s.Offset = limit, offset
			rows, total := w.read(s)
			require.Equal(t, 7, total, "limit %d, offset %d", limit, offset)
			require.Len(t, rows, max(0, min(limit, 7-offset)))
			s.Count = false
			_, total = w.read(s)
			require.Equal(t, -1, total)
		}
	}
	count, err := w.db.CountRows(t.Context(), asked(t, "sys_user", "active=true", "user_name"))
	require.NoError(t, err)
	require.Equal(t, 6, count)
}

// An error of whom the rows are for ends the reading, and comes back as it is.
func TestWhoReadsMayStop(t *testing.T) {
	w := newIssueWorld(t)
	enough, seen := errors.New("enough"), 0
	_, err := w.db.Rows(t.Context(), asked(t, "sys_user", "", "user_name"), func([]table.Value) error { seen++; return enough })
	require.Equal(t, enough, err)
	require.Equal(t, 1, seen)
	require.Zero(t, w.db.Pool().InUse)
}

func TestAStatementThatTakesTooLongIsToldFromADatabaseThatIsAway(t *testing.T) {
	w := newIssueWorld(t)
	err := tooSlow("read", w.db.lookUp(t.Context(), func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(30)`)
		return err
	}))
	require.ErrorIs(t, err, schema.ErrTooSlow)
	err = tooSlow("write", w.db.lookUp(t.Context(), func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`DELETE FROM sys_properties`)
		return err
	}))
	require.ErrorContains(t, err, "read-only", "a query can change nothing")
}
