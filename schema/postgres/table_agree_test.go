package postgres

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
	"proactive/schema/table"
)

// words are what texts are made of: in both cases, empty, and with all that means something to SQL, to LIKE, to the query or to nobody.
var words = []string{"", "", "cpu", "CPU", "High CPU usage", "high", "100%", "50_50", `a\b`, `O'Brien`, `"quoted"`, "$1", "@x", "a^b", "a,b", "?", "--", ";", "/*",
	"'; DROP TABLE incident; --", "日本", "ß", "true", "1", "NULL", " blank ", "tab\t", "line\nbreak", "{}", "%s", "ORDERBYx", "^ORx=1", "IN1", "x"}

// world is tables of random rows, in Postgres and in Go.
type agreeWorld struct {
	*rand.Rand
	t  *testing.T
	db *DB
}

func (w agreeWorld) word() string { return words[w.IntN(len(words))] }
func (w agreeWorld) id() string   { return fmt.Sprintf("%016x%016x", w.Uint64(), w.Uint64()) }
func (w agreeWorld) at() time.Time {
	return time.Date(2026, 11, 1+w.IntN(4), w.IntN(3), 0, w.IntN(3), w.IntN(2)*500_000_000, time.UTC)
}

func (w agreeWorld) insert(table string, columns string, values ...any) {
	w.t.Helper()
	var marks []string
	for i := range values {
		marks = append(marks, fmt.Sprintf("$%d", i+1))
	}
	_, err := w.db.db.Exec(`INSERT INTO `+table+` (`+columns+`) VALUES (`+strings.Join(marks, ", ")+`)`, values...)
	require.NoError(w.t, err)
}

func (w agreeWorld) users(n int) (rows []naiveRow) {
	for i := range n {
		first, last := strings.TrimSpace(w.word()), strings.TrimSpace(w.word())
		name := fmt.Sprintf("%s.%d", map[bool]string{true: "USER", false: "user"}[i%2 == 0], i)
		display := strings.Trim(first+" "+last, " ")
		if display == "" {
			display = name
		}
		r := naiveRow{"sys_id": w.id(), "user_name": name, "first_name": first, "last_name": last, "active": w.IntN(2) == 0, "name": display, "display": display}
		w.insert("sys_user", "sys_id, user_name, first_name, last_name, active", r["sys_id"], name, first, last, r["active"])
		rows = append(rows, r)
	}
	return rows
}

func (w agreeWorld) computers(n int, users []naiveRow) (rows []naiveRow) {
	for i := range n {
		name := fmt.Sprintf("%s %d", w.word(), i)
		r := naiveRow{"sys_id": w.id(), "name": name, "display": name, "os": w.word(), "sys_created_on": w.at(), "sys_mod_count": w.IntN(4)}
		var assigned any
		if w.IntN(3) > 0 {
			user := users[w.IntN(len(users))]
			r["assigned_to"], assigned = user, user["sys_id"]
		}
		w.insert("cmdb_ci_computer", "sys_id, name, os, assigned_to, sys_created_on, sys_mod_count", r["sys_id"], name, r["os"], assigned, r["sys_created_on"], r["sys_mod_count"])
		rows = append(rows, r)
	}
	return rows
}

func (w agreeWorld) incidents(n int, users, computers []naiveRow) (rows []naiveRow) {
	for i := range n {
		user, computer := users[w.IntN(len(users))], computers[w.IntN(len(computers))]
		r := naiveRow{"sys_id": w.id(), "number": fmt.Sprintf("INC%07d", i), "caller_id": user, "short_description": w.word(), "description": w.word(),
			"impact": 1 + w.IntN(3), "state": []string{"1", "2", "3", "6", "7", "8"}[w.IntN(6)], "correlation_id": exact([]string{"x1", "X1", "y"}[w.IntN(3)]), "sys_updated_on": w.at(), "opened_at": w.at()}
		r["active"] = !strings.Contains("678", r["state"].(string))
		if w.IntN(2) == 0 {
			r["origin_id"] = r["sys_id"]
		}
		ci := computer["sys_id"].(string)
		switch r["cmdb_ci"] = computer; w.IntN(4) {
		case 0:
			r["cmdb_ci"], ci = nil, ""
		case 1:
			ci = "reported-" + w.word()
			r["cmdb_ci"] = dangling(ci)
		}
		w.insert("incident", `sys_id, number, caller_id, cmdb_ci, short_description, description, work_notes, state, impact, urgency, priority, correlation_id,
			correlation_display, origin_table, origin_id, investigative_details, sys_updated_on, sys_created_on`,
			r["sys_id"], r["number"], user["sys_id"], ci, r["short_description"], r["description"], "", r["state"], r["impact"], 1, 1, string(r["correlation_id"].(exact)),
			"sn", "", r["origin_id"], "{}", r["sys_updated_on"], r["opened_at"])
		rows = append(rows, r)
	}
	return rows
}

func TestRandomQueriesAgreeWithANaiveEvaluation(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	w := agreeWorld{rand.New(rand.NewPCG(seed, 0)), t, tableWorld(t)}
	users := w.users(20)
	computers := w.computers(40, users)
	incidents := w.incidents(60, users, computers)
	for name, about := range map[string]generator{
		"sys_user": {w.Rand, users, map[string]table.Type{"sys_id": table.String, "user_name": table.String, "name": table.String, "first_name": table.String, "active": table.Boolean}},
		"cmdb_ci_computer": {w.Rand, computers, map[string]table.Type{"sys_id": table.String, "name": table.String, "os": table.String, "assigned_to": table.Reference,
			"assigned_to.user_name": table.String, "assigned_to.active": table.Boolean, "assigned_to.name": table.String, "sys_created_on": table.DateTime, "sys_mod_count": table.Integer}},
		"incident": {w.Rand, incidents, map[string]table.Type{"sys_id": table.String, "number": table.String, "origin_id": table.String, "caller_id": table.Reference, "caller_id.name": table.String,
			"cmdb_ci": table.Reference, "cmdb_ci.os": table.String, "cmdb_ci.sys_created_on": table.DateTime, "cmdb_ci.sys_mod_count": table.Integer,
			"short_description": table.String, "description": table.String, "impact": table.Integer, "state": table.String, "correlation_id": table.String, "sys_updated_on": table.DateTime,
			"active": table.Boolean, "opened_at": table.DateTime}},
	} {
		t.Run(name, func(t *testing.T) {
			some := 0
			for range 400 {
				found := agree(t, w, name, about)
				if found > 0 && found < len(about.rows) {
					some++
				}
			}
			require.Greater(t, some, 100, "queries that choose among the rows")
		})
	}
}

// agree asks both about one random query, and a page of its rows, and tells how many rows it has.
func agree(t *testing.T, w agreeWorld, name string, about generator) int {
	t.Helper()
	q := about.query()
	var wanted []naiveRow
	for _, row := range about.rows {
		if q.fits(row) {
			wanted = append(wanted, row)
		}
	}
	q.sorted(wanted)
	text := q.encoded()
	parsed, err := table.Parse(table.Find(name), schema.Roles{schema.RoleAdmin}, text)
	require.NoError(t, err, text)
	limit, offset := 1+w.IntN(len(about.rows)), w.IntN(5)
	id := table.Path{Field: table.Find(name).Field("sys_id")}
	var got, want []string
	total, err := w.db.Rows(t.Context(), table.Selection{Table: table.Find(name), Query: parsed, Fields: []table.Path{id}, Limit: limit, Offset: offset, Count: true},
		func(row []table.Value) error {
			got = append(got, row[0].Value)
			return nil
		})
	require.NoError(t, err, text)
	for _, row := range wanted[min(offset, len(wanted)):min(offset+limit, len(wanted))] {
		want = append(want, row["sys_id"].(string))
	}
	require.Equal(t, len(wanted), total, text)
	require.Equal(t, want, got, text)
	return total
}

// What somebody writes changes the arguments of a statement and never its text.
func TestValuesStayOutOfTheText(t *testing.T) {
	incident := table.Find("incident")
	for _, operator := range []string{"=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN", "LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH", "BETWEEN"} {
		for _, field := range []string{"number", "short_description", "correlation_id", "caller_id.user_name", "cmdb_ci.name", "description", "sys_id"} {
			textOf := func(value string) (string, []any) {
				value = strings.NewReplacer("^", "^^", "@", "", ",", "").Replace(value)
				if operator == "BETWEEN" {
					value += "@" + value
				}
				q, err := table.Parse(incident, schema.Roles{schema.RoleServiceDesk}, field+operator+value)
				require.NoError(t, err)
				return rowsStatement(table.Selection{Table: incident, Query: q, Fields: incident.Readable(), Limit: 1})
			}
			plain, _ := textOf("plain")
			for _, word := range words {
				if word == "" || word == "@x" {
					continue
				}
				text, args := textOf(word)
				require.Equal(t, plain, text, "%s%s%s", field, operator, word)
				require.NotEmpty(t, args)
			}
		}
	}
}

func TestHostileNamesReachNoStatement(t *testing.T) {
	for _, name := range []string{`number"`, "number;", "number--", `sys_id" OR "1"="1`, "t.number", "pg_sleep(9)", "number)", "NUMBER", "ctid", "xmin", "password_hash",
		"caller_id.password_hash", "caller_id.api_key_hash", "caller_id.user_password", "caller_id.ctid", "caller_id..name", ".", "", "number\x00", "caller_id.name.x"} {
		_, err := table.Find("incident").Path(name, schema.Roles{schema.RoleAdmin})
		require.ErrorAs(t, err, new(table.Mistake), name)
	}
	for _, name := range []string{"", "pg_user", "sys_user; --", "SYS_USER", "sn_agent_token", "ci_job", "sn_pren_experience_issue_inbox", "sn_pren_conversation",
		"sn_pren_notification", "goose_db_version", "public.sys_user"} {
		require.Nil(t, table.Find(name), name)
	}
}
