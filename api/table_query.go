package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"proactive/schema/table"
)

// view is what of a row to show, and how.
type view struct {
	table     *table.Table
	fields    []table.Path
	displays  displays
	linkless  bool // references without links
	providers []string
}

// displays is sysparm_display_value.
type displays string

const (
	storedValues  displays = "false"
	displayValues displays = "true"
	bothValues    displays = "all"
)

// listing is what GET of a table asks for.
type listing struct {
	view
	selection table.Selection
	query     url.Values
	quiet     bool // no Link
	count     bool // of stats
}

// The parameters of ServiceNow's that are known; others whose name does not begin with sysparm_ are filters, name=value.
const (
	paramFields       = "sysparm_fields"
	paramDisplay      = "sysparm_display_value"
	paramLinkless     = "sysparm_exclude_reference_link"
	paramInputDisplay = "sysparm_input_display_value" // whether references and choices are given as people see them
	paramQuery        = "sysparm_query"
	paramLimit        = "sysparm_limit"
	paramOffset       = "sysparm_offset"
	paramNoCount      = "sysparm_no_count"
	paramNoLink       = "sysparm_suppress_pagination_header"
	paramCount        = "sysparm_count"
)

var (
	rowParams  = []string{paramFields, paramDisplay, paramLinkless}
	listParams = append(slices.Clone(rowParams), paramQuery, paramLimit, paramOffset, paramNoCount, paramNoLink)
	statParams = []string{paramQuery, paramCount}

	// idleParams say nothing about which rows are meant, so each is taken by every call, also where it changes nothing: clients have one set
	// of parameters for all that they do. There are no views, no query categories and no domains, and nobody says who changed a row, and when.
	idleParams = append(slices.Clone(rowParams), paramInputDisplay, paramNoCount, paramNoLink, paramCount,
		"sysparm_view", "sysparm_query_category", "sysparm_query_no_domain", "sysparm_suppress_auto_sys_field")

	// pageParams choose rows of a list; a row that is named by its sys_id is the same with them.
	pageParams = []string{paramQuery, paramLimit, paramOffset}
)

const maxFields = 200

// queryOf is what stands behind the ? of the request's address.
func queryOf(c *gin.Context) string { return c.Request.URL.RawQuery }

// readRowParams reads what stands beside a sys_id, or beside a row that is to be made: it chooses no rows.
func readRowParams(c *gin.Context) (url.Values, error) {
	values, err := parseParams(queryOf(c), rowParams, pageParams...)
	if err != nil {
		return nil, err
	}
	for name := range values {
		if !strings.HasPrefix(name, "sysparm_") {
			return nil, invalidParam("A row is named by its sys_id alone: %s filters lists.", strconv.Quote(name))
		}
	}
	return values, nil
}

// readListing reads all that a list may be asked.
func readListing(c *gin.Context) (listing, error) {
	values, err := parseParams(queryOf(c), listParams)
	if err != nil {
		return listing{}, err
	}
	l := listing{query: values}
	if l.view, err = viewOf(c, values); err != nil {
		return l, err
	}
	l.selection = l.view.selection()
	if l.selection.Query, err = readQuery(c, values); err != nil {
		return l, err
	}
	noCount := false
	err = firstError(
		readNumber(values, paramLimit, &l.selection.Limit, table.MaxRows, 1, table.MaxRows),
		readNumber(values, paramOffset, &l.selection.Offset, 0, 0, maxOffset),
		readFlag(values, paramNoCount, &noCount),
		readFlag(values, paramNoLink, &l.quiet),
	)
	l.selection.Count = !noCount
	return l, err
}

const maxOffset = 1_000_000_000

// readCount reads what stats may be asked: a count of the rows of a query.
func readCount(c *gin.Context) (l listing, err error) {
	values, err := parseParams(queryOf(c), statParams)
	if err != nil {
		return l, err
	}
	l.selection = table.Selection{Table: tableOf(c), Providers: visitOf(c).account.Providers}
	if l.selection.Query, err = readQuery(c, values); err != nil {
		return l, err
	}
	return l, readFlag(values, paramCount, &l.count)
}

// parseParams reads a query, and finds parameters of ServiceNow's that are not known here: one that is misspelt must not be as good as none.
// Those that are ignored are known, too.
func parseParams(query string, used []string, ignored ...string) (url.Values, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, invalidParam("The address cannot be read: %s. Write %% as %%25, + as %%2B, & as %%26 and ; as %%3B.", err)
	}
	known := slices.Concat(used, ignored, idleParams)
	for name, given := range values {
		switch {
		case !strings.HasPrefix(name, "sysparm_"):
		case !slices.Contains(known, name):
			return nil, invalidParam("There is no parameter %s here: use %s.", strconv.Quote(name), strings.Join(used, ", "))
		case len(given) > 1:
			return nil, invalidParam("%s is given more than once: join queries with ^, and names with commas.", name)
		}
	}
	return values, nil
}

func viewOf(c *gin.Context, values url.Values) (view, error) {
	account := visitOf(c).account
	v := view{table: tableOf(c), displays: displays(strings.ToLower(values.Get(paramDisplay))), providers: account.Providers}
	switch v.displays {
	case storedValues, displayValues, bothValues:
	case "":
		v.displays = storedValues
	default:
		return v, invalidParam("Send %s as true, false or all.", paramDisplay)
	}
	if err := readFlag(values, paramLinkless, &v.linkless); err != nil {
		return v, err
	}
	v.fields = v.table.ReadableBy(account.Roles)
	names := values.Get(paramFields)
	if strings.TrimSpace(names) == "" {
		return v, nil
	}
	v.fields = nil
	for name := range strings.SplitSeq(names, ",") {
		path, err := v.table.Path(strings.TrimSpace(name), account.Roles)
		if err != nil {
			return v, tableProblem(err)
		}
		if !slices.Contains(v.fields, path) {
			v.fields = append(v.fields, path)
		}
	}
	if len(v.fields) > maxFields {
		return v, invalidParam("%s names more than %d fields.", paramFields, maxFields)
	}
	return v, nil
}

// selection reads the rows that the account may see.
func (v view) selection() table.Selection {
	return table.Selection{Table: v.table, Fields: v.fields, Displays: v.displays != storedValues, Providers: v.providers}
}

// readQuery reads sysparm_query, and the filters beside it.
func readQuery(c *gin.Context, values url.Values) (table.Query, error) {
	t, roles := tableOf(c), visitOf(c).account.Roles
	q, err := table.Parse(t, roles, values.Get(paramQuery))
	if err != nil {
		return q, tableProblem(err)
	}
	for name, wanted := range values {
		if strings.HasPrefix(name, "sysparm_") {
			continue
		}
		for _, value := range wanted {
			condition, err := table.Filter(t, roles, name, value)
			if err != nil {
				return q, tableProblem(err)
			}
			q.Always = append(q.Always, condition)
		}
	}
	if len(q.Always) > table.MaxTerms {
		return q, invalidParam("There are more than %d filters.", table.MaxTerms)
	}
	return q, nil
}

func readNumber(values url.Values, name string, into *int, otherwise, least, most int) error {
	*into = otherwise
	if text := values.Get(name); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return invalidParam("Send %s as a number from %d to %d.", name, least, most)
		}
		*into = n
	}
	return nil
}

// readFlag reads true or false in any case, as Python writes True.
func readFlag(values url.Values, name string, into *bool) error {
	switch strings.ToLower(values.Get(name)) {
	case "true":
		*into = true
	case "", "false":
	default:
		return invalidParam("Send %s as true or false.", name)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func invalidParam(format string, args ...any) error {
	return tableProblem(table.Mistakef(format, args...))
}
