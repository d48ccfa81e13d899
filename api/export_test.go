package api

import "regexp"

var pathParameter = regexp.MustCompile(`:(\w+)`)

// Routes are the calls as OpenAPI writes them.
func (d *Door) Routes() (routes []string) {
	for _, c := range d.routes {
		routes = append(routes, c.method+" "+pathParameter.ReplaceAllString(c.path, "{$1}"))
	}
	return routes
}
