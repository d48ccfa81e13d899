package postgres

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/table"
)

// grows are the tables of large and those beside them that nobody ever empties.
var grows = append([]string{"sn_agent_token", "sys_user_has_role", "sn_pren_delivery_attempt", "sys_audit", "sn_pren_version", "sn_pren_erasure"}, large...)

// Before a row goes, Postgres looks for rows that refer to it: in each table of these, by an index.
func TestEveryReferenceOfATableThatGrowsHasAnIndex(t *testing.T) {
	w := newIssueWorld(t)
	var without []string
	require.NoError(t, w.db.db.Select(&without, `
		SELECT c.conrelid::regclass || '.' || a.attname
		  FROM pg_constraint c
		  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		 WHERE c.contype = 'f' AND c.conrelid::regclass::text = ANY ($1)
		   AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1] AND i.indisvalid
		                      AND coalesce(pg_get_expr(i.indpred, i.indrelid), '(' || a.attname || ' IS NOT NULL)') = '(' || a.attname || ' IS NOT NULL)')
		 ORDER BY 1`, textArray(grows)))
	require.Empty(t, without)
}

func TestARowGoesWithoutALookThroughATableThatGrows(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(fmt.Sprintf(crowd, 3_000, 6_000) + `; ANALYZE`)
	w.db.db.SetMaxOpenConns(1)
	life := issueLife{issueWorld: w, db: w.db}
	w.exec(`INSERT INTO sn_pren_provider (sys_id, provider_code) VALUES (md5('gone'), 'gone')`)
	w.exec(`INSERT INTO sn_pren_resolution (sys_id, name, type) VALUES (md5('gone'), 'gone', 'create_incident')`)
	w.exec(`INSERT INTO sn_reacf_remedial_action (sys_id, name, kind, target) VALUES (md5('gone'), 'gone', 'flow_action', 'x')`)
	w.exec(`INSERT INTO sn_pren_notification_content (sys_id, name) VALUES (md5('gone'), 'gone')`)
	w.exec(`INSERT INTO sn_pren_notification_channel (sys_id, name, type) VALUES (md5('gone'), 'gone', 'desktop')`)
	w.exec(`INSERT INTO sn_pren_issue_registry_template (sys_id, provider, issue_code) VALUES (md5('gone'), md5('sn'), 'gone')`)
	w.exec(`INSERT INTO sn_pren_issue_registry (sys_id, provider, issue_code, template) VALUES (md5('gone'), md5('sn'), 'gone', md5('gone'))`)
	w.exec(`INSERT INTO sys_user (sys_id, user_name) VALUES (md5('gone'), 'gone')`)
	w.exec(`INSERT INTO sys_user_has_role ("user", role) VALUES (md5('fred'), 'gone')`)
	w.exec(`INSERT INTO cmdb_ci_computer (sys_id, name) VALUES (md5('gone'), 'gone')`)
	w.exec(`INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, impact, urgency, priority, correlation_id, correlation_display, origin_table, investigative_details)
		VALUES (md5('gone'), md5('fred'), '', '', '', 1, 1, 1, '', '', '', '[]')`)
	w.exec(`INSERT INTO interaction (sys_id, opened_for, short_description, description, work_notes, correlation_id, origin_table, origin_id)
		VALUES (md5('gone'), md5('fred'), '', '', '', '', '', md5('gone'))`)
	ids := map[string]string{"sys_user_has_role": value[string](w, `SELECT md5(md5('fred') || ':gone')`)}
	for _, of := range []string{"sn_pren_issue_registry", "sn_pren_issue_registry_template", "sn_pren_provider", "sn_pren_resolution", "sn_reacf_remedial_action",
		"sn_pren_notification_content", "sn_pren_notification_channel", "sys_user_has_role", "sys_user", "cmdb_ci_computer", "incident", "interaction"} {
		id := ids[of]
		if id == "" {
			id = md5("gone")
		}
		deleting := table.Change{Table: table.Find(of), SysID: id, By: "beth.anglin", Rules: registry.RulesOf(table.Find(of))}
		before := life.looked()
		require.NoError(t, w.db.DeleteRecord(t.Context(), deleting), of)
		require.Equal(t, before, life.looked(), "tables that grow and were looked through for a row of %s", of)
		require.ErrorIs(t, w.db.DeleteRecord(t.Context(), deleting), schema.ErrNoRecord, of)
	}
	id := w.submit("100", withID("reported"))
	for of, condition := range map[string]string{
		"sn_pren_issue_registry": `sys_id = (SELECT registry FROM sn_pren_experience_issue WHERE sys_id = $1)`,
		"sn_pren_provider":       `sys_id = (SELECT provider FROM sn_pren_experience_issue WHERE sys_id = $1)`,
		"sn_pren_resolution":     `sys_id = (SELECT resolution FROM sn_pren_experience_issue_step WHERE issue = $1)`,
		"sys_user":               `sys_id = (SELECT "user" FROM sn_pren_experience_issue WHERE sys_id = $1)`,
	} {
		referred := value[string](w, `SELECT sys_id FROM `+of+` WHERE `+condition, w.issue(id).SysID)
		err := w.db.DeleteRecord(t.Context(), table.Change{Table: table.Find(of), SysID: referred, By: "beth.anglin", Rules: registry.RulesOf(table.Find(of))})
		require.IsType(t, table.Conflict(""), err, of)
		require.ErrorContains(t, err, "set active to false", of)
	}
}

// People and computers are found by what they are called, among however many.
func TestARowIsMadeWithoutALookThroughATableThatGrows(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(fmt.Sprintf(crowd, 3_000, 10) + `; ANALYZE`)
	w.db.db.SetMaxOpenConns(1)
	life := issueLife{issueWorld: w, db: w.db}
	for _, caller := range []string{md5("crowd 7"), "Crowd.7", "crowd.7@EXAMPLE.com", "nobody"} {
		before := life.looked()
		_, err := w.db.CreateRecord(t.Context(), table.Change{Table: table.Find("incident"), SysID: schema.NewSysID(), By: "beth.anglin",
			Values: table.Values{"caller_id": caller, "short_description": "Help", "cmdb_ci": "laptop-7"}})
		require.Equal(t, caller == "nobody", err != nil, "%s: %v", caller, err)
		require.Equal(t, before, life.looked(), "tables that grow and were looked through for %s", caller)
	}
	w.exec(`UPDATE sys_user SET first_name = 'Fred', last_name = 'Luddy' WHERE user_name = 'fred.luddy'`)
	before := life.looked()
	require.Equal(t, md5("fred"), value[string](w, `SELECT caller_id FROM incident WHERE sys_id = $1`, w.incident("fred luddy")))
	require.Equal(t, before, life.looked())
}

// looked is how often tables that grow were looked through, and how many rows were read for that.
func (l issueLife) looked() (all []string) {
	l.t.Helper()
	_, err := l.db.db.Exec(`SELECT pg_stat_force_next_flush()`)
	require.NoError(l.t, err)
	require.NoError(l.t, l.db.db.Select(&all, `
		SELECT relname || ' ' || seq_scan || ' ' || seq_tup_read FROM pg_stat_user_tables WHERE relname = ANY ($1) ORDER BY 1`, textArray(grows)))
	return all
}
