package endurance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// row is a row of a table, as the Table API shows it.
type row map[string]string

// writer changes rows by the Table API, and notes what nobody should be answered.
type writer struct {
	*caller
	strange []string
}

const tablePath = "/api/now/table/"

// rows reads the rows that a query has. Without a clear answer it is not ok.
func (w *writer) rows(api int, table, query string) (all []row, ok bool) {
	path := tablePath + table + "?sysparm_limit=3&sysparm_exclude_reference_link=true&sysparm_query=" + url.QueryEscape(query)
	a, err := w.send(http.MethodGet, w.apis[api%2], path, nil)
	if w.judge(a, err, "GET "+path) != accepted {
		return nil, false
	}
	var page struct{ Result []row }
	if err := json.Unmarshal([]byte(a.text), &page); err != nil {
		w.strange = append(w.strange, fmt.Sprintf("GET %s: %v: %s", path, err, a.text))
		return nil, false
	}
	return page.Result, true
}

// patch changes a row: with ifMatch only while its sys_mod_count is still that.
func (w *writer) patch(api int, table string, id, ifMatch string, fields row) said {
	if ifMatch != "" {
		ifMatch = `"` + ifMatch + `"`
	}
	path := tablePath + table + "/" + id
	a, err := w.sendIf(http.MethodPatch, w.apis[api%2], path, ifMatch, []byte(asYAML(fields)))
	return w.judge(a, err, fmt.Sprintf("PATCH %s %v", path, fields))
}

// judge says what an answer means to somebody who writes.
func (w *writer) judge(a answer, err error, what string) said {
	switch {
	case err != nil || a.status >= 500 || a.status == http.StatusTooManyRequests:
		return unclear
	case a.status == http.StatusOK || a.status == http.StatusCreated:
		return accepted
	case a.status == http.StatusPreconditionFailed:
		return overtaken
	}
	w.strange = append(w.strange, fmt.Sprintf("%s was answered: %d %s", what, a.status, a.text))
	return strange
}
