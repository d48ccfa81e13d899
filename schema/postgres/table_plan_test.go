package postgres

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"proactive/schema/table"
)

// What connectors ask for all day long is found by an index, in the largest tables, with plans made for the values.
func TestWhatIsAskedAllDayLongIsFoundByAnIndex(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(fmt.Sprintf(crowd, 3_000, 6_000) + `; INSERT INTO sys_user_has_role SELECT sys_id, 'itil' FROM sys_user; ANALYZE`)
	event, _ := w.read(asked(t, "sn_pren_experience_issue_event", "issue.experience_id=closed-7", "sys_id"))
	require.Len(t, event, 1)
	for name, queries := range map[string][]string{
		"sys_user":                       {"user_name=Crowd.7", "sys_id=" + md5("crowd 7"), "user_nameINcrowd.7,crowd.8", "email=Crowd.7@example.com", "emailINCrowd.7@example.com,x", "name=Crowd.7"},
		"cmdb_ci_computer":               {"name=laptop-7", "sys_id=" + md5("laptop 7")},
		"incident":                       {"number=inc0010007", "sys_id=" + md5("closed 7"), "correlation_id=closed-7", "correlation_id=closed-7^correlation_display=sn"},
		"sys_user_has_role":              {"sys_id=" + value[string](w, `SELECT md5(md5('crowd 7') || ':itil')`), "user.user_name=crowd.7"},
		"sn_pren_experience_issue":       {"experience_id=closed-7", "sys_idIN" + md5("closed 7") + "," + md5("closed 8"), "user.user_name=crowd.7"},
		"sn_pren_experience_issue_step":  {"issue=" + md5("closed 7"), "issue.experience_id=closed-7"},
		"sn_pren_experience_issue_event": {"issue=" + md5("closed 7"), "issue.experience_id=closed-7^ORDERBYnumber", "sys_id=" + event[0], "sys_idIN" + event[0] + ",x"},
	} {
		for _, query := range queries {
			s := asked(t, name, query, "sys_id")
			rows, _ := w.read(s)
			require.NotEmpty(t, rows, "%s?%s", name, query)
			for _, statement := range []func(table.Selection) (string, []any){rowsStatement, countStatement} {
				require.NotContains(t, w.planned(statement(s)), "Seq Scan on "+name, query)
			}
		}
	}
}

// planned is how a list is read.
func (w *issueWorld) planned(text string, args []any) string {
	w.t.Helper()
	var lines []string
	require.NoError(w.t, w.db.lookUp(w.t.Context(), func(tx *sqlx.Tx) error { return tx.Select(&lines, "EXPLAIN "+text, args...) }))
	return strings.Join(lines, "\n")
}

// inTime spreads what crowd made over half a year, in an order that is not that of the rows.
const inTime = `
	SET LOCAL session_replication_role = replica;
	UPDATE sn_pren_experience_issue SET sys_created_on = now() - ('x' || left(sys_id, 6))::bit(24)::integer * interval '1 second';
	UPDATE sn_pren_experience_issue SET sys_updated_on = sys_created_on;
	UPDATE sn_pren_experience_issue_event e SET sys_created_on = i.sys_created_on FROM sn_pren_experience_issue i WHERE i.sys_id = e.issue;
	UPDATE incident n SET sys_created_on = i.sys_created_on, sys_updated_on = i.sys_updated_on FROM sn_pren_experience_issue i WHERE i.sys_id = n.sys_id;
	ANALYZE`

// A page of a large table is read in the order of an index from where it begins, and rows of one moment alone are sorted.
func TestAPageOfALargeTableIsReadFromAnIndex(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(fmt.Sprintf(crowd, 3_000, 6_000) + `; ` + inTime)
	ago := func(days int) string { return time.Now().AddDate(0, 0, -days).UTC().Format(table.DateTimeLayout) }
	recently, lately := ago(2), ago(90)
	id := md5("closed 7")
	for _, c := range []struct{ table, query, index, condition string }{
		{"sn_pren_experience_issue", "", "sn_pren_experience_issue_pkey", ""},
		{"sn_pren_experience_issue", "ORDERBYDESCsys_created_on", "sn_pren_experience_issue_by_creation", ""},
		{"sn_pren_experience_issue", "ORDERBYsys_created_on", "sn_pren_experience_issue_by_creation", ""},
		{"sn_pren_experience_issue", "state=closed_complete^ORDERBYDESCsys_created_on", "sn_pren_experience_issue_by_creation", ""},
		{"sn_pren_experience_issue", "sys_updated_on>=" + recently + "^ORDERBYsys_updated_on", "sn_pren_experience_issue_by_update", "(sys_updated_on >= "},
		{"sn_pren_experience_issue", "sys_id>" + id + "^ORDERBYsys_id", "sn_pren_experience_issue_pkey", "(sys_id > "},
		{"sn_pren_experience_issue", "sys_id<" + id + "^ORDERBYDESCsys_id", "sn_pren_experience_issue_pkey", "(sys_id < "},
		{"sn_pren_experience_issue", "experience_id>closed-7^ORDERBYexperience_id", "one issue per experience_id", "(experience_id > "},
		{"sn_pren_experience_issue_step", "sys_id>" + id + "^ORDERBYsys_id", "sn_pren_experience_issue_step_pkey", "(sys_id > "},
		{"sn_pren_experience_issue_event", "", "sn_pren_experience_issue_event_pkey", ""},
		{"sn_pren_experience_issue_event", "ORDERBYDESCsys_created_on", "sn_pren_experience_issue_event_by_creation", ""},
		{"sn_pren_experience_issue_event", "sys_created_on>=" + recently + "^ORDERBYsys_created_on", "sn_pren_experience_issue_event_by_creation", "(sys_created_on >= "},
		{"sn_pren_experience_issue_event", "sys_id>" + id + "^ORDERBYsys_id", "sn_pren_experience_issue_event_pkey", "(issue >= "},
		{"sn_pren_experience_issue_event", "sys_id<" + id + "^ORDERBYDESCsys_id", "sn_pren_experience_issue_event_pkey", "(issue <= "},
		{"incident", "sys_updated_on=" + lately + "^sys_id>" + id + "^NQsys_updated_on>" + lately + "^ORDERBYsys_updated_on,sys_id", "incident_by_second_of_update", "(date_trunc('second'::text, (sys_updated_on AT TIME ZONE 'UTC'::text)) >= "},
		{"incident", "ORDERBYDESCnumber", "one incident per number", ""},
		{"incident", "number>inc0010001^ORDERBYnumber", "one incident per number", "(number > "},
		{"incident", "ORDERBYDESCsys_created_on", "incident_by_creation", ""},
		{"incident", "stateNOT IN6,7,8^ORDERBYDESCsys_updated_on", "incident_by_update", ""},
		{"incident", "sys_updated_onBETWEEN" + recently + "@2999-01-01^ORDERBYsys_updated_on", "incident_by_update", "(sys_updated_on >= "},
	} {
		for _, providers := range [][]string{nil, {"sn"}} {
			s := asked(t, c.table, c.query, "sys_id")
			s.Fields, s.Limit, s.Providers = s.Table.Readable(), 10, providers
			plan := w.planned(rowsStatement(s))
			name := fmt.Sprintf("%s?%s of %v\n%s", c.table, c.query, providers, plan)
			require.Regexp(t, `Index (Only )?Scan (Backward )?using "?`+c.index+`"? on `+c.table, plan, name)
			require.NotContains(t, plan, "Seq Scan on "+c.table, name)
			require.NotRegexp(t, `(?m)(^|->) *Sort  \(cost`, plan, name)
			if c.condition != "" {
				require.Regexp(t, `Index Cond: .*`+regexp.QuoteMeta(c.condition), plan, name)
			}
		}
	}
}

// Whoever reads a table out asks for what comes after the last row of the page before, and has each row once, in any database's order.
func TestATableIsReadOutByItsKey(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`DROP TRIGGER "one issue per experience_id, for ever" ON sn_pren_experience_issue;
		ALTER TABLE sn_pren_experience_issue ALTER experience_id TYPE text COLLATE "en-x-icu"`) // there a comes before B
	for _, id := range []string{"a", "B", "c.1", "c-1", "C_1", "Z", "z", "10", "9"} {
		w.closed(withID(id))
	}
	w.exec(`INSERT INTO sys_user_has_role ("user", role) SELECT md5('fred'), 'role ' || n FROM generate_series(1, 9) n`)
	w.exec(`INSERT INTO sys_properties (name, value) SELECT 'sn_pren.' || n, '1' FROM generate_series(1, 9) n`)
	for _, c := range []struct{ table, key string }{
		{"sn_pren_experience_issue", "sys_id"}, {"sn_pren_experience_issue", "experience_id"}, {"sn_pren_experience_issue_event", "sys_id"},
		{"sys_user_has_role", "sys_id"}, {"sys_properties", "sys_id"}, {"sys_properties", "name"},
	} {
		for _, way := range []struct{ operator, order string }{{">", "ORDERBY"}, {"<", "ORDERBYDESC"}} {
			all, total := w.read(asked(t, c.table, way.order+c.key, c.key))
			require.Greater(t, total, 2, c.table)
			var read []string
			for query := way.order + c.key; ; query = c.key + way.operator + read[len(read)-1] + "^" + way.order + c.key {
				s := asked(t, c.table, query, c.key)
				s.Limit = 2
				page, _ := w.read(s)
				if read = append(read, page...); len(page) < s.Limit {
					break
				}
			}
			require.Equal(t, all, read, "%s by %s", c.table, c.key)
		}
	}
}

// Splunk's add-on reads on from the last row's second and sys_id, and has each row once, however many share that second.
func TestATableIsReadOnFromTheSecondOfItsLastRow(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(fmt.Sprintf(crowd, 10, 60) + `;
		SET LOCAL session_replication_role = replica;
		UPDATE incident SET sys_updated_on = timestamptz '2026-11-01 09:00:00Z' + (number_of - 1) % 3 * interval '1 second' + random() * interval '0.9 seconds'
		  FROM (SELECT sys_id AS of, row_number() OVER (ORDER BY md5(sys_id)) AS number_of FROM incident) n WHERE of = sys_id`)
	all, _ := w.read(asked(t, "incident", "", "sys_id"))
	var read []string
	for at, id := "2026-11-01 00:00:00", ""; ; {
		s := asked(t, "incident", "sys_updated_on="+at+"^sys_id>"+id+"^NQsys_updated_on>"+at+"^ORDERBYsys_updated_on,sys_id", "sys_id")
		s.Limit = 7
		page, _ := w.read(s)
		read = append(read, page...)
		if len(page) < s.Limit {
			break
		}
		id = page[len(page)-1]
		last, _ := w.read(asked(t, "incident", "sys_id="+id, "sys_updated_on"))
		at = last[0]
	}
	require.ElementsMatch(t, all, read)
}
