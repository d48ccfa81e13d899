package activities

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"proactive/registry"
	"proactive/schema"
)

// serviceNow speaks to the Table API of an instance.
type serviceNow struct {
	client *http.Client
	config schema.ServiceNowConfig
	auth   http.Header
	places *visit
}

// serviceNow reads the settings, finds the secrets, and takes a place for the instance.
func (s sender) serviceNow(settings []byte) (*serviceNow, *undelivered) {
	n := &serviceNow{client: &http.Client{Transport: s.transport, CheckRedirect: stay}}
	if json.Unmarshal(settings, &n.config) != nil {
		return nil, refused(codeBadChannel, "the service desk's settings cannot be read.")
	}
	if err := registry.CheckInstance(n.config.Instance); err != nil {
		return nil, refused(codeBadChannel, "the service desk's instance "+err.Error()+".")
	}
	at, err := url.Parse(n.config.Instance)
	if err != nil {
		return nil, refused(codeBadChannel, "the service desk's instance is no web address.")
	}
	var failed *undelivered
	if n.auth, failed = s.signIn(n.config, at); failed != nil {
		return nil, failed
	}
	n.places = s.hosts.visit()
	if b := n.places.enter(at); b != nil {
		return nil, busy(b)
	}
	return n, nil
}

// signIn is the header that says at an instance who asks.
func (s sender) signIn(config schema.ServiceNowConfig, at *url.URL) (http.Header, *undelivered) {
	for _, way := range []struct {
		secret       json.RawMessage
		name, before string
	}{{config.Password, "Authorization", config.Username + ":"}, {config.Token, "Authorization", "Bearer "}, {config.APIKey, "X-Sn-Apikey", ""}} {
		if len(way.secret) == 0 {
			continue
		}
		placed, failed := s.place(way.secret, nil, s.secrets.toURL(at))
		if failed != nil {
			return nil, failed
		}
		secret, _ := placed.(string)
		secret = strings.TrimSpace(secret)
		if secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, refused(codeBadChannel, "the service desk's secret is empty or holds a control character.")
		}
		value := way.before + secret
		if strings.HasSuffix(way.before, ":") {
			value = "Basic " + base64.StdEncoding.EncodeToString([]byte(value))
		}
		return http.Header{way.name: {value}}, nil
	}
	return nil, refused(codeBadChannel, "the service desk's settings name no way to sign in.")
}

// handOver writes an incident, unless it is there: what an earlier attempt did that nobody heard the end of is found by the
// correlation_id, before anything is written and after an answer that did not come. No more requests than IncidentWithin has time for.
func (n *serviceNow) handOver(ctx context.Context, incident schema.DeskIncident, began time.Time) schema.DispatchAttempt {
	a, found := n.lookUp(ctx, incident)
	if !a.Delivered || found != nil {
		a.Delivered = found != nil
		return a
	}
	fields, failed := n.fields(ctx, incident)
	if failed != nil {
		return *failed
	}
	if slept := time.Now().Round(0).Sub(began.Round(0)); slept > IncidentWithin { // by the clock on the wall: ctx's stands still while a machine sleeps
		return schema.DispatchAttempt{Detail: "The machine of this worker stood still, and another may have written the incident meanwhile."}
	}
	a = n.write(ctx, fields)
	if !a.Unclear {
		return a
	}
	if again, found := n.lookUp(ctx, incident); found != nil {
		return again
	}
	return a
}

// lookUp finds the incident that we wrote: by the correlation_id, and by the correlation_display, as another integration may have chosen
// the same id. Delivered says that the question was answered.
func (n *serviceNow) lookUp(ctx context.Context, incident schema.DeskIncident) (a schema.DispatchAttempt, found *foreignWire) {
	if !isValue(incident.CorrelationID) {
		return schema.DispatchAttempt{GiveUp: true, Detail: "Its experience_id is not asked for there: an instance would run it as a script."}, nil
	}
	var records []foreignWire
	a = n.query(ctx, "incident", "correlation_id="+incident.CorrelationID+"^ORDERBYsys_created_on",
		"sys_id,number,correlation_id,correlation_display", &records)
	if !a.Delivered {
		return a, nil
	}
	display := n.display(incident)
	for _, r := range records {
		switch {
		case r.CorrelationID == incident.CorrelationID && r.CorrelationDisplay == display && r.SysID != "":
			a.Delivered, a.Foreign = true, r.record()
			return a, &r
		case !strings.EqualFold(r.CorrelationID, incident.CorrelationID): // an instance leaves out of a query what it may not or cannot compare
			a.Delivered, a.Detail = false, "The service desk's system does not find incidents by correlation_id: may the account read that field?"
		case r.CorrelationID == incident.CorrelationID && r.CorrelationDisplay == "":
			a.Delivered, a.Detail = false, "The service desk's system has an incident with our correlation_id, and does not say whose it is: may the account read correlation_display?"
		}
	}
	if a.Delivered && len(records) >= mostRecords {
		a.Delivered, a.Detail = false, "The service desk's system has many incidents of others with our correlation_id; ours may be among those that it did not show."
	}
	return a, nil
}

// display is the correlation_display that our incident has there.
func (n *serviceNow) display(incident schema.DeskIncident) string {
	if other, set := n.config.Fields["correlation_display"]; set {
		return other
	}
	return incident.CorrelationDisplay
}

// isValue tells whether an instance takes a text in a query for a value: not for more of the query, and not for a script.
func isValue(text string) bool {
	return !strings.ContainsAny(text, "^\n\r") && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "javascript:")
}

// mostRecords is how many records of a table are asked for.
const mostRecords = 10

// query reads up to mostRecords records of a table.
func (n *serviceNow) query(ctx context.Context, table, query, fields string, records any) schema.DispatchAttempt {
	parameters := url.Values{"sysparm_query": {query}, "sysparm_fields": {fields}, "sysparm_limit": {strconv.Itoa(mostRecords)}, "sysparm_exclude_reference_link": {"true"}}
	got := n.ask(ctx, http.MethodGet, table, parameters, nil)
	a := answer(got)
	a.Unclear = false // nothing was to change
	switch {
	case got.code == "" && got.status == http.StatusOK && !got.cutOff && resultIn(got.body, records):
		a.Delivered = true
	case got.status == http.StatusNotFound && bytes.Contains(got.body, []byte("No Record found")): // as some versions say that there are none
		a.Delivered = true
	case got.status == http.StatusOK:
		a.Detail = got.host + " answered with something else than the Table API does."
	}
	return a
}

// write makes the incident. Of an answer that cannot be read nobody knows whether it was made.
func (n *serviceNow) write(ctx context.Context, fields map[string]string) schema.DispatchAttempt {
	body, err := json.Marshal(fields)
	if err != nil {
		return schema.DispatchAttempt{Detail: "The incident cannot be written as JSON."}
	}
	got := n.ask(ctx, http.MethodPost, "incident", url.Values{"sysparm_fields": {"sys_id,number"}, "sysparm_exclude_reference_link": {"true"}}, body)
	a := answer(got)
	var made foreignWire
	switch {
	case got.status/100 == 2 && resultIn(got.body, &made) && made.SysID != "":
		a.Delivered, a.Foreign = true, made.record()
	case got.status/100 == 2:
		a.Unclear, a.Detail = true, got.host+" answered with something else than the Table API does."
	case got.status >= http.StatusInternalServerError || got.status == http.StatusRequestTimeout:
		a.Unclear = true
	default:
		a.Said = objection(got.body)
	}
	return a
}

// mostSaid bounds what is kept of another system's words, in characters.
const mostSaid = 300

// objection is what the Table API says in an error, in one line.
func objection(body []byte) string {
	var said struct {
		Error struct{ Message, Detail string } `json:"error"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	words := []rune(strings.Join(strings.Fields(said.Error.Message+" "+said.Error.Detail), " "))
	if len(words) == 0 {
		return ""
	}
	if len(words) > mostSaid {
		words = append(words[:mostSaid], '…')
	}
	return "It says: " + string(words)
}

// fields are the incident's own with those of the settings. Who it is about is looked for where the settings say how.
func (n *serviceNow) fields(ctx context.Context, incident schema.DeskIncident) (map[string]string, *schema.DispatchAttempt) {
	fields := incidentFields(incident)
	if by, value := n.callerBy(incident); value != "" {
		caller, failed := n.caller(ctx, by, value)
		if failed != nil {
			return nil, failed
		}
		if caller == "" {
			fields["work_notes"] += fmt.Sprintf("\n\nNo single user there has the %s of the person whom this is about: %s", by, value)
		} else {
			fields["caller_id"] = caller
		}
	}
	for name, value := range n.config.Fields {
		fields[name] = value
	}
	for name, value := range fields {
		if value == "" {
			delete(fields, name)
		}
	}
	return fields, nil
}

func (n *serviceNow) callerBy(incident schema.DeskIncident) (field, value string) {
	switch n.config.Caller {
	case schema.CallerByUserName:
		return "user_name", incident.UserName
	case schema.CallerByEmail:
		return "email", incident.Email
	}
	return "", ""
}

// caller is the sys_id of the one user who is called so there; "" when there is none, or more than one.
func (n *serviceNow) caller(ctx context.Context, by, value string) (string, *schema.DispatchAttempt) {
	if !isValue(value) {
		return "", nil
	}
	var users []struct {
		SysID    string `json:"sys_id"`
		UserName string `json:"user_name"`
		Email    string `json:"email"`
	}
	if a := n.query(ctx, "sys_user", by+"="+value+"^active=true", "sys_id,user_name,email", &users); !a.Delivered {
		return "", &a
	}
	if len(users) != 1 || !strings.EqualFold(map[string]string{"user_name": users[0].UserName, "email": users[0].Email}[by], value) {
		return "", nil
	}
	return users[0].SysID, nil
}

// ask sends one request to the Table API.
func (n *serviceNow) ask(ctx context.Context, method, table string, parameters url.Values, body []byte) attempt {
	address := n.config.Instance + "/api/now/table/" + table + "?" + parameters.Encode()
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return notSent(codeBadChannel, err)
	}
	request.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {userAgent}}
	for name, value := range n.auth {
		request.Header[name] = value
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return exchangeWithin(ctx, instanceTimeout, n.client, request)
}

// resultIn reads {"result": …} into a value, and tells whether that could be read.
func resultIn(body []byte, into any) bool {
	var said struct {
		Result json.RawMessage `json:"result"`
	}
	return json.Unmarshal(body, &said) == nil && len(said.Result) > 0 && json.Unmarshal(said.Result, into) == nil
}
