package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
	"proactive/schema/table"
)

// heldRows is the Table API's rows: it remembers what was to be changed, and shows the same row whenever one is asked for.
type heldRows struct {
	changes []table.Change
	refusal error
}

func (h *heldRows) Rows(_ context.Context, of table.Selection, each func([]table.Value) error) (int, error) {
	values := make([]table.Value, len(of.Fields))
	for i, p := range of.Fields {
		values[i].Value = map[string]string{"number": "INC0010001", "sys_mod_count": "7"}[p.Field.Name]
	}
	return -1, each(values)
}
func (h *heldRows) CountRows(context.Context, table.Selection) (int, error) { return 0, nil }

func (h *heldRows) CreateRecord(_ context.Context, c table.Change) (string, error) {
	return c.SysID, h.keep(c)
}
func (h *heldRows) UpdateRecord(_ context.Context, c table.Change) error { return h.keep(c) }
func (h *heldRows) DeleteRecord(_ context.Context, c table.Change) error { return h.keep(c) }

func (h *heldRows) keep(c table.Change) error {
	h.changes = append(h.changes, c)
	return h.refusal
}

const (
	incidentRows = "/api/now/table/incident"
	anID         = "0123456789abcdef0123456789abcdef"
)

// writing is a door to rows, and a request by an account with some roles.
func writing(t *testing.T, rows *heldRows, roles ...schema.Role) (http.Handler, func(method, path, body string) *request) {
	t.Helper()
	store := newStore(t)
	store.account = func(_ context.Context, name string) (schema.Account, error) {
		return schema.Account{UserName: name, Active: true, Roles: roles, PasswordHash: hashOf(t, name+"-secret")}, nil
	}
	handler := api.New(api.Config{PublicURL: "https://desk.example.com"}, store, api.With{Tables: rows, TableWriter: rows}).Handler()
	return handler, func(method, path, body string) *request {
		return post(body).by(method).to(path).as("desk")
	}
}

func TestABodyBecomesTheValuesOfARow(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleAdmin)
	for _, row := range []struct {
		path, body string
		values     table.Values
	}{
		{incidentRows, `{"short_description": "Slow", "impact": 2, "caller_id": "abel.tuter"}`, table.Values{"short_description": "Slow", "impact": "2", "caller_id": "abel.tuter"}},
		{incidentRows, `{"short_description": "Slow", "caller_id": {"link": "https://x", "value": "` + anID + `"}, "number": "INC1", "sys_created_on": "2026-01-01 00:00:00", "description": null}`,
			table.Values{"short_description": "Slow", "caller_id": anID, "description": ""}},
		{incidentRows + "?sysparm_input_display_value=true", `{"short_description": "Slow", "caller_id": {"display_value": "Abel", "value": "1"}, "state": "in progress"}`,
			table.Values{"short_description": "Slow", "caller_id": "Abel", "state": "2"}},
		{incidentRows, `<request><entry><short_description>a &lt; b</short_description><caller_id>abel</caller_id></entry></request>`,
			table.Values{"short_description": "a < b", "caller_id": "abel"}},
		{incidentRows, `<incident><short_description>Slow</short_description><caller_id>abel</caller_id></incident>`, table.Values{"short_description": "Slow", "caller_id": "abel"}},
		{"/api/now/v2/table/sn_pren_resolution", `{"name": "r", "type": "self_help", "instructions": ["Empty, then", "wait"], "parameters": {"value": 1.50}, "active": false}`,
			table.Values{"name": "r", "type": "self_help", "instructions": `["Empty, then", "wait"]`, "parameters": `{"value": 1.50}`, "active": "false"}},
		{"/api/now/v1/table/user_criteria", `{"name": "c", "roles": ["a", "b"]}`, table.Values{"name": "c", "roles": "a,b"}},
	} {
		rows.changes = nil
		r := request(http.MethodPost, row.path, row.body)
		if row.body[0] == '<' {
			r.with("Content-Type", "application/xml")
		}
		a := r.send(t, handler)
		require.Equal(t, http.StatusCreated, a.Code, "%s: %s", row.body, a.Body)
		require.Equal(t, row.values, rows.changes[0].Values)
		require.Equal(t, "desk", rows.changes[0].By)
		require.Equal(t, "https://desk.example.com/api/now/table/"+rows.changes[0].Table.Name+"/"+rows.changes[0].SysID, a.Header().Get("Location"))
	}
}

func TestWhatARowCannotSayIsRefusedWithTheNameOfTheField(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleAdmin)
	for body, detail := range map[string]string{
		`{"short_description": "Slow"}`:                                                   "caller_id is missing",
		`{"short_description": " ", "caller_id": "abel"}`:                                 "short_description is missing",
		`{"short_description": "Slow", "caller_id": "abel", "colour": "red"}`:             `incident has no field "colour"`,
		`{"short_description": "Slow", "caller_id": "abel", "impact": "high"}`:            "impact must be one of 1 (1 - High), 2 (2 - Medium), 3 (3 - Low).",
		`{"short_description": ["Slow"], "caller_id": "abel"}`:                            "short_description must be a text",
		`{"short_description": "Slow", "caller_id": {"name": "abel"}}`:                    "caller_id must be a text, or an object with a value",
		`{"short_description": "Slow", "caller_id": "abel", "sys_id": "1"}`:               "sys_id must be 32 hexadecimal digits",
		`{"short_description": "a\u0000b", "caller_id": "abel"}`:                          "NUL",
		`["short_description"]`:                                                           "must be one object",
		`{"short_description": "Slow", "caller_id": "abel", "caller_id": "beth"}`:         `"caller_id" is given twice`,
		`{"short_description": "Slow", "caller_id": "abel", "impact": 1.0}`:               "impact must be one of",
		"{\"short_description\": \"a\xffb\", \"caller_id\": \"abel\"}":                    "not valid UTF-8",
		`{"short_description": "Slow", "caller_id": "abel", "investigative_details": {}}`: "",
	} {
		a := request(http.MethodPost, incidentRows, body).send(t, handler)
		if detail == "" {
			require.Equal(t, http.StatusCreated, a.Code, "what is read-only is left out")
			continue
		}
		require.Equal(t, http.StatusBadRequest, a.Code, body)
		require.Contains(t, a.Problem.Detail, detail)
	}
	require.Len(t, rows.changes, 1)
	require.Equal(t, http.StatusBadRequest, request(http.MethodPost, "/api/now/table/sn_pren_experience_issue_inbox", `{}`).send(t, handler).Code)
}

func TestANumberThatIsNoneOrTooLargeIsRefusedWithTheNameOfTheField(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleAdmin)
	for number, fits := range map[string]bool{`1`: true, `"2147483647"`: true, `-2147483648`: true, `null`: false, `2147483648`: false, `1e3`: false, `1.5`: false, `"0x10"`: false, `true`: false} {
		a := request(http.MethodPost, "/api/now/table/sn_reacf_remedial_action", `{"name": "a", "kind": "subflow", "target": "x", "attempts": `+number+`}`).send(t, handler)
		if fits {
			require.Equal(t, http.StatusCreated, a.Code, number)
			continue
		}
		require.Equal(t, http.StatusBadRequest, a.Code, number)
		require.Equal(t, "attempts must be a whole number from -2147483648 to 2147483647.", a.Problem.Detail)
	}
}

// A page of somebody else's makes a browser send forms, texts and what it says nothing of, with the password that the browser knows.
func TestAFormIsNoRecord(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleAdmin)
	for _, contentType := range []string{"", "application/x-www-form-urlencoded", "text/plain", "text/plain; charset=application/json", "multipart/form-data; boundary=x"} {
		for method, path := range map[string]string{http.MethodPost: incidentRows, http.MethodPut: incidentRows + "/" + anID, http.MethodPatch: incidentRows + "/" + anID} {
			a := request(method, path, `{"short_description": "Slow", "caller_id": "abel"}`).with("Content-Type", contentType).send(t, handler)
			require.Equal(t, http.StatusUnsupportedMediaType, a.Code, "%s %s", method, contentType)
		}
	}
	require.Empty(t, rows.changes)
}

func TestAnIdThatCannotBeOneIsNoRecord(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleAdmin)
	for _, id := range []string{"0", "%00", "%FF%FE", anID + "0", "INC0010001", strings.Repeat("z", 32)} {
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
			require.Equal(t, http.StatusNotFound, request(method, incidentRows+"/"+id, `{}`).send(t, handler).Code, "%s %s", method, id)
		}
	}
	require.Empty(t, rows.changes)
	require.Equal(t, http.StatusOK, request(http.MethodPatch, incidentRows+"/"+strings.ToUpper(anID), `{}`).send(t, handler).Code)
}

func TestARefusalOfTheStoreGetsItsStatus(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleAdmin)
	for _, row := range []struct {
		refusal error
		status  int
	}{
		{nil, http.StatusOK},
		{table.Mistake("No."), http.StatusBadRequest},
		{table.Conflict("It is not deleted."), http.StatusConflict},
		{table.NotYours, http.StatusForbidden},
		{table.Changed{ModCount: 8, Known: 7}, http.StatusPreconditionFailed},
		{schema.ErrNoRecord, http.StatusNotFound},
		{schema.ErrUnavailable, http.StatusServiceUnavailable},
		{schema.ErrBusy, http.StatusServiceUnavailable},
	} {
		rows.refusal = row.refusal
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
			a := request(method, incidentRows+"/"+anID, `{"state": "2"}`).send(t, handler)
			expected := row.status
			if row.refusal == nil && method == http.MethodDelete {
				expected = http.StatusNoContent
				require.Empty(t, a.Body.String())
			}
			require.Equal(t, expected, a.Code, "%s: %s", method, a.Body)
		}
	}
}

func TestIfMatchNamesTheVersionThatIsMeant(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleServiceDesk)
	a := request(http.MethodPatch, incidentRows+"/"+anID+"?sysparm_fields=number", `{"state": "2"}`).with("If-Match", `"7"`).send(t, handler)
	require.Equal(t, `"7"`, a.Header().Get("ETag"))
	require.JSONEq(t, `{"result": {"number": "INC0010001"}}`, a.Body.String())
	require.Equal(t, 7, *rows.changes[0].ModCount)
	require.Equal(t, `"7"`, get(incidentRows+"/"+anID).as("desk").send(t, handler).Header().Get("ETag"))
	request(http.MethodPatch, incidentRows+"/"+anID, `{"state": "2"}`).with("If-Match", "*").send(t, handler)
	require.Nil(t, rows.changes[1].ModCount)
	require.Equal(t, http.StatusBadRequest, request(http.MethodPatch, incidentRows+"/"+anID, `{}`).with("If-Match", "yesterday").send(t, handler).Code)
	administered, admin := writing(t, rows, schema.RoleAdmin)
	a = admin(http.MethodPatch, "/api/now/table/sys_properties/"+anID, `{"value": "1"}`).with("If-Match", `"7"`).send(t, administered)
	require.Contains(t, a.Problem.Detail, "Records of sys_properties have no sys_mod_count")
	rows.refusal = table.Changed{ModCount: 8, Known: 7}
	a = request(http.MethodPatch, incidentRows+"/"+anID, `{}`).with("If-Match", `"7"`).send(t, handler)
	require.Contains(t, a.Problem.Detail, "Somebody else was faster: the record's sys_mod_count is 8, and the request was made for 7.")
}

func TestWhoMayReadATableMayNotThereforeWriteIt(t *testing.T) {
	rows := &heldRows{}
	handler, request := writing(t, rows, schema.RoleRead, schema.RoleServiceDesk)
	for _, r := range []struct{ method, path string }{
		{http.MethodPost, "/api/now/table/sys_user"},
		{http.MethodPost, "/api/now/table/sn_pren_provider"},
		{http.MethodPatch, "/api/now/table/sn_pren_experience_issue/" + anID},
		{http.MethodDelete, "/api/now/table/sn_pren_experience_issue_step/" + anID},
		{http.MethodPut, "/api/now/table/sys_audit/" + anID},
		{http.MethodDelete, incidentRows + "/" + anID},
	} {
		require.Equal(t, http.StatusForbidden, request(r.method, r.path, `{}`).send(t, handler).Code, r.path)
	}
	handler, request = writing(t, rows, schema.RoleAdmin)
	for _, of := range []string{"sn_pren_experience_issue", "sn_pren_experience_issue_step", "sn_pren_experience_issue_event", "sys_audit",
		"sn_pren_outcome", "sn_pren_delivery", "sn_pren_delivery_attempt", "sn_pren_outcome_receiver", "sn_pren_service_desk"} {
		for method, verb := range map[string]string{http.MethodPost: "create", http.MethodPut: "write", http.MethodPatch: "write", http.MethodDelete: "delete"} {
			path := "/api/now/table/" + of
			if method != http.MethodPost {
				path += "/" + anID
			}
			a := request(method, path, `{}`).send(t, handler)
			require.Equal(t, http.StatusForbidden, a.Code, path)
			require.Equal(t, "No role may "+verb+" rows of "+of+" by the Table API.", a.Problem.Detail)
		}
	}
	require.Empty(t, rows.changes)
}

// What counts for all providers is changed by nobody who may speak for some alone, whatever the role.
func TestABoundAccountChangesNothingThatCountsForAll(t *testing.T) {
	rows := &heldRows{}
	store := newStore(t)
	store.account = func(_ context.Context, name string) (schema.Account, error) {
		return schema.Account{UserName: name, Active: true, PasswordHash: hashOf(t, name+"-secret"), Roles: schema.Roles{schema.RoleAdmin}, Providers: []string{"sn"}}, nil
	}
	handler := api.New(api.Config{}, store, api.With{Tables: &fakeTables{rows: someIncidents}, TableWriter: rows}).Handler()
	for _, of := range []string{"sys_user", "sys_user_has_role", "sn_pren_resolution", "sn_reacf_remedial_action", "sn_pren_notification_channel", "sys_properties"} {
		a := post(`{}`).to("/api/now/table/"+of).as("root").send(t, handler)
		require.Equal(t, http.StatusForbidden, a.Code, of)
		require.Equal(t, string(table.Everybodys), a.Problem.Detail, of)
	}
	require.Empty(t, rows.changes)
}
