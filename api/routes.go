package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"proactive/schema"
	"proactive/schema/table"
)

// call is one thing that can be asked for.
type call struct {
	method  string
	path    string
	enter   gin.HandlerFunc // who may; nil: everybody
	handle  gin.HandlerFunc
	creates bool // its faults are the documented technical error
	xml     bool // it can answer in XML
	page    bool // for people's browsers: all of its answers are HTML
	free    bool // needs no place: it is answered however busy the server is
	quiet   bool // asked for by machines all day long: logged at debug level
}

// calls are all routes, on one page.
func (d *Door) calls() []call {
	const issue = "/api/sn_pren/self_remediation/experience_issue"
	create, read, admin := d.role(schema.RoleCreate), d.role(schema.RoleRead), d.role(schema.RoleEngagementAdmin)
	calls := []call{
		{method: http.MethodPost, path: issue + "/create", enter: create, handle: result(d.create), creates: true, xml: true},
		{method: http.MethodPost, path: issue + "/simulate", enter: create, handle: result(d.simulate)},
		{method: http.MethodGet, path: issue + "/:experience_id", enter: read, handle: result(d.issue), xml: true},
		{method: http.MethodPost, path: issue + "/:experience_id/cancel", enter: admin, handle: result(d.cancel), xml: true},

		{method: http.MethodGet, path: "/healthz", handle: d.healthz, free: true, quiet: true},
		{method: http.MethodGet, path: "/readyz", handle: d.readyz, free: true, quiet: true},
		{method: http.MethodGet, path: "/metrics", handle: d.metricsPage, free: true, quiet: true},
		{method: http.MethodGet, path: "/openapi.yaml", handle: d.openapi, free: true, quiet: true},
	}
	if d.outcomes != nil {
		calls = append(calls,
			call{method: http.MethodGet, path: issue + "/outcomes", enter: d.role(schema.RoleRead, schema.RoleCreate), handle: result(d.feed), xml: true, quiet: true},
			call{method: http.MethodPost, path: issue + "/outcomes/redeliver", enter: admin, handle: result(d.redeliver), xml: true},
			call{method: http.MethodPost, path: issue + "/incidents/hand_over", enter: admin, handle: result(d.handOver), xml: true})
	}
	if d.tables != nil {
		calls = append(calls, d.tableCalls()...)
	}
	if d.devices != nil {
		calls = append(calls, d.deviceCalls()...)
	}
	if d.conversations != nil {
		calls = append(calls, d.conversationCalls()...)
	}
	if d.deployments != nil {
		calls = append(calls, d.registryCalls()...)
	}
	return calls
}

// tableCalls are ServiceNow's Table API. Who may is asked of each table.
func (d *Door) tableCalls() []call {
	const rows = "/api/now/table/:table"
	read := d.tableRole(table.Read)
	calls := []call{
		{method: http.MethodGet, path: rows, enter: read, handle: d.rows, xml: true},
		{method: http.MethodGet, path: rows + "/:sys_id", enter: read, handle: d.row, xml: true},
		{method: http.MethodGet, path: "/api/now/stats/:table", enter: read, handle: result(d.stats), xml: true},
	}
	if d.tableWriter == nil {
		return calls
	}
	create, write, remove := d.tableRole(table.Create), d.tableRole(table.Write), d.tableRole(table.Delete)
	return append(calls,
		call{method: http.MethodPost, path: rows, enter: create, handle: d.createRow, xml: true},
		call{method: http.MethodPut, path: rows + "/:sys_id", enter: write, handle: d.updateRow, xml: true},
		call{method: http.MethodPatch, path: rows + "/:sys_id", enter: write, handle: d.updateRow, xml: true},
		call{method: http.MethodDelete, path: rows + "/:sys_id", enter: remove, handle: d.deleteRow, xml: true},
	)
}

// deviceCalls are the calls of the agents.
func (d *Door) deviceCalls() []call {
	const jobs = "/api/proactive/agent/v1/jobs"
	return []call{
		{method: http.MethodPost, path: jobs + "/next", enter: d.device, handle: d.nextJob, quiet: true},
		{method: http.MethodPost, path: jobs + "/:id/heartbeat", enter: d.device, handle: d.heartbeat, quiet: true},
		{method: http.MethodPost, path: jobs + "/:id/result", enter: d.device, handle: d.jobResult},
	}
}

// conversationCalls are the pages for people. Nobody signs in: whoever has the token of a link is taken for the person.
func (d *Door) conversationCalls() []call {
	const link = schema.ConversationPath + ":token"
	return []call{
		{method: http.MethodGet, path: link, handle: d.conversationPage, page: true},
		{method: http.MethodPost, path: link, handle: d.reply, page: true},
		{method: http.MethodGet, path: link + "/events", handle: d.changes, page: true, quiet: true},
		{method: http.MethodGet, path: schema.ConversationPath + "assets/:name", handle: d.asset, page: true, free: true, quiet: true},
	}
}

// register gives every resource an answer to every method. A caller is asked who it is before it learns what there is:
// 401, 403, 405, 406, then the call itself.
func (d *Door) register(engine *gin.Engine) {
	paths := map[string][]call{}
	for _, route := range d.routes {
		paths[route.path] = append(paths[route.path], route)
	}
	for path, served := range paths {
		for _, method := range methods {
			engine.Handle(method, path, d.chain(method, served)...)
		}
	}
}

// chain is what happens to a request of method for a resource that serves some calls.
func (d *Door) chain(method string, served []call) []gin.HandlerFunc {
	var allow []string
	chosen, allowed := served[0], false
	for _, route := range served {
		allow = append(allow, route.method)
		if route.method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
		if route.method == method || route.method == http.MethodGet && method == http.MethodHead {
			chosen, allowed = route, true
		}
	}
	slices.Sort(allow)
	begin := func(c *gin.Context) {
		v := visitOf(c)
		v.call = &chosen
		if !chosen.xml {
			v.format, v.acceptable = asJSON, true
		}
		if chosen.page {
			d.pageHeaders(c)
		}
	}
	handlers := []gin.HandlerFunc{begin}
	if chosen.enter != nil {
		handlers = append(handlers, chosen.enter, d.rate)
	}
	if !allowed {
		return append(handlers, func(c *gin.Context) { fail(c, notAllowed(strings.Join(allow, ", "))) })
	}
	handlers = append(handlers, acceptable)
	if !chosen.free {
		handlers = append(handlers, d.place)
	}
	return append(handlers, chosen.handle)
}

// noRoute answers for a path that stands nowhere above. One that begins like a link is a link that was cut or mistyped.
func (d *Door) noRoute(c *gin.Context) {
	token, link := strings.CutPrefix(c.Request.URL.Path+"/", schema.ConversationPath)
	if d.conversations == nil || !link {
		fail(c, noResource())
		return
	}
	d.noLink(c, token)
}

func acceptable(c *gin.Context) {
	if !visitOf(c).acceptable {
		fail(c, notAcceptable())
	}
}

// result makes a handler of a call whose answer is a result, with 200, or an error.
func result(call func(*gin.Context) (any, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		answer, err := call(c)
		if err != nil {
			fail(c, err)
			return
		}
		writeSuccess(c, http.StatusOK, answer)
	}
}
