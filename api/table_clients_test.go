package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
	"proactive/schema/table"
)

// What follows are the query strings of ServiceNow's own client for Python (PySNC: TableAPI._set_params and GlideRecord._parameters) and of
// pysnow (ParamsBuilder.as_dict, which it sends with every call; its older Request.count puts sysparm_count among those of later calls).
const (
	pysncList  = "sysparm_query=state%3D1%5EORDERBYsys_id&sysparm_display_value=all&sysparm_exclude_reference_link=true&sysparm_limit=100&sysparm_offset=0&sysparm_suppress_pagination_header=true"
	pysncGet   = "sysparm_query=ORDERBYsys_id&sysparm_display_value=all&sysparm_exclude_reference_link=true&sysparm_limit=100&sysparm_suppress_pagination_header=true"
	pysncWrite = "sysparm_display_value=all&sysparm_exclude_reference_link=true&sysparm_suppress_pagination_header=true"

	pysnowEach  = "sysparm_query=state%3D1&sysparm_limit=10000&sysparm_offset=0&sysparm_display_value=False&sysparm_suppress_pagination_header=False&sysparm_exclude_reference_link=False&sysparm_view=&sysparm_fields="
	pysnowMore  = "sysparm_query=state%3D1&sysparm_limit=50&sysparm_offset=100&sysparm_display_value=True&sysparm_suppress_pagination_header=True&sysparm_exclude_reference_link=True&sysparm_view=ess&sysparm_fields=sys_id%2Cnumber&sysparm_input_display_value=True"
	pysnowCount = "sysparm_query=state%3D1&sysparm_count=True&sysparm_display_value=True&sysparm_exclude_reference_link=True"

	// What the REST API Explorer offers for every call.
	explorer = "sysparm_view=&sysparm_query_no_domain=false&sysparm_query_category=&sysparm_suppress_auto_sys_field=true&sysparm_no_count=false"
)

func TestTheClientsOfOthersReadListsAndCounts(t *testing.T) {
	f := &fakeTables{rows: someIncidents, total: 50}
	handler := tablesWithoutBody(tables(t, f))
	for query, want := range map[string]struct {
		limit, offset int
		displays      bool
		link          bool
	}{
		pysncList:  {limit: 100, displays: true},
		pysnowEach: {limit: table.MaxRows},
		pysnowMore: {limit: 50, offset: 100, displays: true},
		explorer:   {limit: table.MaxRows},
		"sysparm_display_value=ALL&sysparm_exclude_reference_link=TRUE&sysparm_limit=1": {limit: 1, displays: true, link: true},
	} {
		got := get(incidents+"?"+query).as("desk").send(t, handler)
		require.Equal(t, http.StatusOK, got.Code, "%s: %s", query, got.Body)
		require.Equal(t, want.limit, f.asked.Limit, query)
		require.Equal(t, want.offset, f.asked.Offset, query)
		require.Equal(t, want.displays, f.asked.Displays, query)
		if want.link {
			require.NotEmpty(t, got.Header().Get("Link"), query)
		}
		require.Equal(t, strings.Contains(query, "sysparm_query="), len(f.asked.Query.Alternatives) == 1, query)
	}
	got := get("/api/now/stats/incident?"+pysnowCount).as("desk").send(t, handler)
	require.Equal(t, http.StatusOK, got.Code)
	require.Contains(t, got.Body.String(), "1234")
	require.Len(t, f.asked.Query.Alternatives, 1)
	require.Equal(t, http.StatusOK, get(incidents+"?"+pysnowCount).as("desk").send(t, handler).Code, "old versions of pysnow list what they have counted")
}

func TestAFlagIsReadInAnyCase(t *testing.T) {
	handler := tables(t, &fakeTables{rows: someIncidents, total: 50})
	for _, yes := range []string{"true", "True", "TRUE"} {
		got := sendWith(t.Context(), get(incidents+"?sysparm_limit=2&sysparm_no_count="+yes+"&sysparm_exclude_reference_link="+yes+"&sysparm_suppress_pagination_header="+yes).as("desk"), handler)
		require.Equal(t, http.StatusOK, got.Code, yes)
		require.Empty(t, got.Header().Get("X-Total-Count"), yes)
		require.Empty(t, got.Header().Get("Link"), yes)
		require.NotContains(t, got.Body.String(), `"link"`, yes)
	}
	for _, no := range []string{"", "false", "False", "FALSE"} {
		got := sendWith(t.Context(), get(incidents+"?sysparm_limit=2&sysparm_no_count="+no+"&sysparm_exclude_reference_link="+no+"&sysparm_suppress_pagination_header="+no).as("desk"), handler)
		require.Equal(t, "50", got.Header().Get("X-Total-Count"), no)
		require.NotEmpty(t, got.Header().Get("Link"), no)
		require.Contains(t, got.Body.String(), `"link"`, no)
	}
}

// What chooses rows of a list is ignored beside a sys_id: the row is the one of the path, whatever the query says.
func TestTheClientsOfOthersReadAndChangeOneRow(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleAdmin)
	body := `{"short_description": "Slow", "caller_id": "abel"}`
	for _, query := range []string{pysncGet, pysncWrite, pysnowEach, pysnowMore, pysnowCount, explorer, "sysparm_query=nonsense&sysparm_limit=none"} {
		for method, status := range map[string]int{http.MethodGet: 200, http.MethodPost: 201, http.MethodPut: 200, http.MethodPatch: 200, http.MethodDelete: 204} {
			path := incidentRows + "/" + anID
			if method == http.MethodPost {
				path = incidentRows
			}
			rows.changes = nil
			got := request(method, path+"?"+query, body).send(t, handler)
			require.Equal(t, status, got.Code, "%s %s: %s", method, query, got.Body)
			if method != http.MethodGet && method != http.MethodPost {
				require.Equal(t, anID, rows.changes[0].SysID)
			}
		}
	}
	request(http.MethodPost, incidentRows+"?sysparm_input_display_value=True", `{"short_description": "Slow", "caller_id": "abel", "state": "On Hold"}`).send(t, handler)
	require.Equal(t, "3", rows.changes[len(rows.changes)-1].Values["state"])
}

// To ignore what is misspelt, or what would choose other rows, would be to answer about something else.
func TestWhatWouldMeanOtherRowsIsNotIgnored(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleAdmin)
	for _, query := range []string{"sysparm_qurey=state%3D1", "sysparm_action=deleteMultiple", "sysparm_sys_id=1", "sysparm_record_count=1", "sysparm_group_by=state", "state=1"} {
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			got := request(method, incidentRows+"/"+anID+"?"+query, `{"state": "2"}`).send(t, handler)
			require.Equal(t, http.StatusBadRequest, got.Code, "%s %s", method, query)
		}
	}
	require.Empty(t, rows.changes)
	counted := api.New(api.Config{}, newStore(t), api.With{Tables: &fakeTables{}}).Handler()
	for _, query := range []string{"sysparm_limit=1", "sysparm_offset=1", "sysparm_group_by=state", "sysparm_having=count%5Estate%5E%3E%5E1"} {
		require.Equal(t, http.StatusBadRequest, get("/api/now/stats/incident?sysparm_count=true&"+query).as("desk").send(t, counted).Code, query)
	}
}
