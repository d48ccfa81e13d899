package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
	"proactive/schema/table"
)

// fakeTables gives the same rows whatever is asked, and remembers what was.
type fakeTables struct {
	rows  []map[string]table.Value // by path
	total int
	away  error
	asked table.Selection
}

func (f *fakeTables) Rows(_ context.Context, of table.Selection, each func([]table.Value) error) (int, error) {
	f.asked = of
	if f.away != nil {
		return 0, f.away
	}
	if len(of.Query.Always) > 0 && of.Limit == 1 && of.Query.Always[0].Values[0] != f.rows[0]["sys_id"].Value {
		return 0, nil
	}
	for _, row := range f.rows[:min(of.Limit, len(f.rows))] {
		var values []table.Value
		for _, p := range of.Fields {
			values = append(values, row[p.String()])
		}
		if err := each(values); err != nil {
			return 0, err
		}
	}
	if !of.Count {
		return -1, nil
	}
	return max(f.total, len(f.rows)), nil
}

func (f *fakeTables) CountRows(_ context.Context, of table.Selection) (int, error) {
	f.asked = of
	return 1234, f.away
}

var someIncidents = []map[string]table.Value{
	{
		"sys_id": {Value: "0123456789abcdef0123456789abcdef"}, "number": {Value: "INC0010001"},
		"caller_id": {Value: "62826bf03710200044e0bfc8bcbe5df1", Display: "Abel Tuter"}, "caller_id.email": {Value: "abel.tuter@example.com"},
		"short_description": {Value: `<High> "CPU" & more`}, "state": {Value: "1"}, "impact": {Value: "3"},
	},
	{"sys_id": {Value: "fedcba9876543210fedcba9876543210"}, "number": {Value: "INC0010002"}, "cmdb_ci": {Value: "../as reported"}, "state": {Value: "42"}},
}

func tables(t *testing.T, f *fakeTables) http.Handler {
	return api.New(api.Config{}, newStore(t), api.With{Tables: f}).Handler()
}

const incidents = "/api/now/table/incident"

// The forms of values that the Table API documents, in JSON and in XML.
func TestRowsHaveTheShapesOfTheTableAPI(t *testing.T) {
	handler := tables(t, &fakeTables{rows: someIncidents, total: 50})
	fields := "sysparm_limit=2&sysparm_fields=number,caller_id,caller_id.email,cmdb_ci,short_description,state"
	for name, more := range map[string]string{
		"stored": "", "display": "&sysparm_display_value=true", "all": "&sysparm_display_value=all",
		"stored_no_link": "&sysparm_exclude_reference_link=true", "display_no_link": "&sysparm_display_value=true&sysparm_exclude_reference_link=true",
		"all_no_link": "&sysparm_display_value=all&sysparm_exclude_reference_link=true",
	} {
		got := sendWith(t.Context(), get(incidents+"?"+fields+more).as("desk"), handler)
		require.Equal(t, http.StatusOK, got.Code)
		require.Equal(t, "application/json;charset=UTF-8", got.Header().Get("Content-Type"))
		require.True(t, json.Valid(got.Body.Bytes()))
		golden(t, "rows_"+name+".json.golden", got.Body.Bytes())
		got = sendWith(t.Context(), get(incidents+"?"+fields+more).as("desk").with("Accept", "application/xml"), handler)
		golden(t, "rows_"+name+".xml.golden", got.Body.Bytes())
	}
	one := sendWith(t.Context(), get(incidents+"/0123456789abcdef0123456789abcdef?sysparm_fields=number,caller_id").as("desk"), handler)
	require.JSONEq(t, `{"result":{"number":"INC0010001","caller_id":{"link":"http://example.com/api/now/table/sys_user/62826bf03710200044e0bfc8bcbe5df1",
		"value":"62826bf03710200044e0bfc8bcbe5df1"}}}`, one.Body.String())
	none := sendWith(t.Context(), get(incidents).as("desk"), tables(t, &fakeTables{}))
	require.Equal(t, `{"result":[]}`, none.Body.String())
}

func TestWhatIsAskedReachesTheTables(t *testing.T) {
	f := &fakeTables{rows: someIncidents}
	handler := tables(t, f)
	require.Equal(t, http.StatusOK, get(incidents).as("desk").send(t, tablesWithoutBody(handler)).Code)
	require.Equal(t, table.MaxRows, f.asked.Limit)
	require.True(t, f.asked.Count)
	require.False(t, f.asked.Displays)
	require.Len(t, f.asked.Fields, len(table.Find("incident").Fields))
	require.Empty(t, f.asked.Providers)

	got := get("/api/now/v2/table/incident/?sysparm_query=impact%3D1%5EORDERBYnumber&number=INC1&state=&sysparm_limit=7&sysparm_offset=3&sysparm_no_count=true&sysparm_display_value=all&sysparm_view=x").
		as("sn-desk").send(t, tablesWithoutBody(handler))
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, 7, f.asked.Limit)
	require.Equal(t, 3, f.asked.Offset)
	require.False(t, f.asked.Count)
	require.True(t, f.asked.Displays)
	require.Len(t, f.asked.Query.Alternatives, 1)
	require.Len(t, f.asked.Query.Order, 1)
	require.Len(t, f.asked.Query.Always, 2)
	require.Equal(t, []string{"sn"}, f.asked.Providers, "a bound account sees the rows of its providers")

	stats := get("/api/now/stats/incident?sysparm_count=true&sysparm_query=impact=1").as("sn-desk").send(t, handler)
	require.JSONEq(t, `{"result":{"stats":{"count":"1234"}}}`, stats.Body.String())
	require.Equal(t, []string{"sn"}, f.asked.Providers)
	require.Len(t, f.asked.Query.Alternatives, 1)
	got = get(incidents+"/"+someIncidents[0]["sys_id"].Value).as("sn-desk").send(t, handler)
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, []string{"sn"}, f.asked.Providers)
}

// tablesWithoutBody hides a list from a reader of objects.
func tablesWithoutBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Accept", "application/xml")
		next.ServeHTTP(w, r)
	})
}

func TestWhoMayReadWhat(t *testing.T) {
	handler := tablesWithoutBody(tables(t, &fakeTables{rows: someIncidents}))
	for _, c := range []struct {
		table, account string
		status         int
	}{
		{"incident", "desk", 200}, {"incident", "root", 200}, {"incident", "reader", 403}, {"incident", "admin", 403}, {"incident", "tool", 403},
		{"sys_user", "root", 200}, {"sys_user", "desk", 403}, {"sys_user", "admin", 403}, {"sys_audit", "admin", 403},
		{"sn_pren_experience_issue", "reader", 200}, {"sn_pren_experience_issue", "tool", 403}, {"sn_pren_experience_issue", "desk", 403},
		{"sn_pren_issue_registry", "admin", 200}, {"sn_pren_issue_registry", "reader", 403},
		{"ci_job", "root", 400}, {"sn_pren_experience_issue_inbox", "root", 400}, {"sn_agent_token", "root", 400}, {"nothing", "root", 400},
		{"incident", "", 401}, {"nothing", "", 401},
	} {
		for _, path := range []string{"/api/now/table/" + c.table, "/api/now/table/" + c.table + "/" + someIncidents[0]["sys_id"].Value, "/api/now/stats/" + c.table} {
			r := get(path).nobody()
			if c.account != "" {
				r = r.as(c.account)
			}
			require.Equal(t, c.status, r.send(t, handler).Code, "%s %s", c.account, path)
		}
	}
}

func TestMistakesAreSaid(t *testing.T) {
	handler := tables(t, &fakeTables{rows: someIncidents})
	for query, want := range map[string]string{
		"sysparm_limit=0":                       "Send sysparm_limit as a number from 1 to 10000.",
		"sysparm_limit=10001":                   "Send sysparm_limit as a number from 1 to 10000.",
		"sysparm_offset=-1":                     "Send sysparm_offset as a number from 0 to 1000000000.",
		"sysparm_limit=1&sysparm_limit=2":       "sysparm_limit is given more than once",
		"sysparm_query=&sysparm_query=number=1": "sysparm_query is given more than once",
		"sysparm_query=numberBETWEEN1":          "BETWEEN takes two values with one @ between them",
		"sysparm_query=number%00=1":             "not valid UTF-8, or holds a NUL character",
		"sysparm_query=number=%FF":              "not valid UTF-8, or holds a NUL character",
		"number=%FF":                            "not valid UTF-8, or holds a NUL character",
		"%FF=1":                                 "incident has no field",
		"sysparm_query=caller_id.name.x=1":      "walks more than one reference",
		"sysparm_display_value=yes":             "Send sysparm_display_value as true, false or all.",
		"sysparm_no_count=1":                    "Send sysparm_no_count as true or false.",
		"sysparm_qurey=number=1":                `There is no parameter "sysparm_qurey" here: use sysparm_fields,`,
		"sysparm_fields=number,colour":          `incident has no field "colour": use one of sys_id, number,`,
		"sysparm_fields=caller_id.active":       "caller_id.active can be read only with a role that reads sys_user.",
		"sysparm_fields=caller_id.api_key_hash": `has no field "api_key_hash"`,
		"sysparm_query=colourLIKEred":           `incident has no field "colour"`,
		"colour=red":                            `incident has no field "colour"`,
		"impact=high":                           `impact: "high" is no whole number.`,
		"number=%":                              "The address cannot be read",
		strings.Repeat("impact=1&", 101):        "There are more than 100 filters.",
		"sysparm_query=caller_id.roles=itil":    "can be read only with a role that reads sys_user",
	} {
		got := get(incidents+"?"+query).as("desk").send(t, handler)
		require.Equal(t, http.StatusBadRequest, got.Code, query)
		require.Equal(t, "Invalid query", got.Problem.Message, query)
		require.Contains(t, got.Problem.Detail, want, query)
	}
	got := get("/api/now/table/nothing").as("desk").send(t, handler)
	require.Equal(t, "Invalid table nothing", got.Problem.Message)
	got = get(incidents+"/0123").as("desk").send(t, handler)
	require.Equal(t, http.StatusNotFound, got.Code)
	require.Equal(t, "No Record found", got.Problem.Message)
	got = get(incidents+"/0123?number=INC1").as("desk").send(t, handler)
	require.Equal(t, `A row is named by its sys_id alone: "number" filters lists.`, got.Problem.Detail)
}

func TestAListThatTakesTooLongSaysWhatItMayBeAskedForInstead(t *testing.T) {
	handler := tables(t, &fakeTables{away: schema.ErrTooSlow})
	const keys = "To read a large table out, send sysparm_query=sys_id>LAST^ORDERBYsys_id instead of sysparm_offset, with the sys_id of the last row that you have for LAST."
	for path, detail := range map[string]string{
		incidents:                                             "Narrow sysparm_query down. Send sysparm_no_count=true.",
		incidents + "?sysparm_no_count=true":                  "Narrow sysparm_query down.",
		incidents + "?sysparm_offset=9":                       "Narrow sysparm_query down. Send sysparm_no_count=true. " + keys,
		incidents + "?sysparm_offset=9&sysparm_no_count=true": "Narrow sysparm_query down. " + keys,
		incidents + "?sysparm_no_count=true&sysparm_query=ORDERBYDESCdescription":     "Narrow sysparm_query down. Sort by sys_id, by a point in time, or by nothing.",
		"/api/now/stats/incident?sysparm_count=true&sysparm_query=descriptionLIKEcpu": "Narrow sysparm_query down.",
	} {
		got := get(path).as("desk").send(t, handler)
		require.Equal(t, http.StatusBadRequest, got.Code)
		require.Equal(t, "Transaction cancelled: maximum execution time exceeded", got.Problem.Message)
		require.Equal(t, detail, got.Problem.Detail, path)
	}
}

func TestPagesLeadToEachOther(t *testing.T) {
	const at = `<http://example.com/api/now/table/incident?number=INC1&sysparm_limit=2&sysparm_offset=%d>;rel="%s"`
	links := func(of ...any) string {
		var all []string
		for i := 0; i < len(of); i += 2 {
			all = append(all, fmt.Sprintf(at, of[i], of[i+1]))
		}
		return strings.Join(all, ",")
	}
	for _, c := range []struct {
		query string
		total int
		count string
		link  string
	}{
		{"", 2, "2", links(0, "first", 0, "last")},
		{"", 3, "3", links(0, "first", 2, "next", 2, "last")},
		{"&sysparm_offset=2", 7, "7", links(0, "first", 0, "prev", 4, "next", 6, "last")},
		{"&sysparm_offset=3", 5, "5", links(0, "first", 1, "prev", 4, "last")},
		{"&sysparm_offset=100", 7, "7", links(0, "first", 6, "prev", 6, "last")},
		{"&sysparm_no_count=true", 7, "", strings.ReplaceAll(links(0, "first", 2, "next"), "&sysparm_offset", "&sysparm_no_count=true&sysparm_offset")},
		{"&sysparm_suppress_pagination_header=true", 7, "7", ""},
	} {
		got := sendWith(t.Context(), get(incidents+"?number=INC1&sysparm_limit=2"+c.query).as("desk"), tables(t, &fakeTables{rows: someIncidents, total: c.total}))
		require.Equal(t, http.StatusOK, got.Code)
		require.Equal(t, c.count, got.Header().Get("X-Total-Count"), c.query)
		require.Equal(t, c.link, got.Header().Get("Link"), c.query)
	}
}

func TestAnAnswerIsNoLargerThanItMayBe(t *testing.T) {
	large := map[string]table.Value{"sys_id": {Value: "0"}, "description": {Value: strings.Repeat("x", 1<<20)}}
	f := &fakeTables{}
	for range 40 {
		f.rows = append(f.rows, large)
	}
	got := get(incidents).as("desk").send(t, tables(t, f))
	require.Equal(t, http.StatusBadRequest, got.Code)
	require.Equal(t, "The answer would have more than 32 MiB: ask for fewer rows with sysparm_limit, or for fewer fields with sysparm_fields.", got.Problem.Detail)
	require.Equal(t, http.StatusOK, get(incidents+"?sysparm_fields=number").as("desk").send(t, tablesWithoutBody(tables(t, f))).Code)
}

// One account reads at most half of the tables that are read at once, so that others find room, and connections to Postgres.
func TestAnAccountLeavesRoomForOthersToReadTables(t *testing.T) {
	wait := make(chan struct{})
	f := &countingTables{fakeTables: fakeTables{rows: someIncidents}, entered: make(chan struct{}, 100), wait: wait}
	handler := tablesWithoutBody(api.New(api.Config{QueueTimeout: 20 * time.Millisecond}, newStore(t), api.With{Tables: f}).Handler())
	done := make(chan int, 100)
	ask := func(account string) {
		go func() { done <- sendWith(t.Context(), get(incidents).as(account), handler).Code }()
	}
	for range 4 {
		ask("desk")
		<-f.entered
	}
	require.Equal(t, http.StatusTooManyRequests, sendWith(t.Context(), get(incidents).as("desk"), handler).Code)
	require.Equal(t, http.StatusTooManyRequests, sendWith(t.Context(), get("/api/now/stats/incident?sysparm_count=true").as("desk"), handler).Code)
	ask("root")
	<-f.entered
	close(wait)
	for range 5 {
		require.Equal(t, http.StatusOK, <-done)
	}
	require.Equal(t, http.StatusOK, sendWith(t.Context(), get(incidents).as("desk"), handler).Code)
}

// countingTables tells of everybody who reads, and lets them wait.
type countingTables struct {
	fakeTables
	entered chan struct{}
	wait    <-chan struct{}
}

func (f *countingTables) Rows(_ context.Context, _ table.Selection, _ func([]table.Value) error) (int, error) {
	f.entered <- struct{}{}
	<-f.wait
	return 0, nil
}
