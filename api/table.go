package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"proactive/schema"
	"proactive/schema/table"
)

// Tables reads the tables. Rows calls each with every row's values, which hold until it returns, and ends with its error; total is -1
// when the selection does not ask for it. schema.ErrTooSlow when it takes longer than it may.
type Tables interface {
	Rows(ctx context.Context, of table.Selection, each func([]table.Value) error) (total int, err error)
	CountRows(ctx context.Context, of table.Selection) (int, error)
}

// tableRole lets those in who may do something with the rows of the table that the path names.
func (d *Door) tableRole(verb table.Verb) gin.HandlerFunc {
	return d.proven(func(c *gin.Context, roles schema.Roles) error {
		t := tableOf(c)
		if t == nil {
			return noTable(c.Param("table"))
		}
		if t.Access.Allows(verb, roles) {
			return nil
		}
		p := notAuthorized()
		if t.Access.For(verb) == nil {
			p.detail = fmt.Sprintf("No role may %s rows of %s by the Table API.", verb, t.Name)
		}
		return p
	})
}

// tableOf is the table that the path names; nil when there is none.
func tableOf(c *gin.Context) *table.Table { return table.Find(c.Param("table")) }

// rows is the whole of GET /api/now/table/{table}: read what is asked for, write a page of it.
func (d *Door) rows(c *gin.Context) {
	l, err := readListing(c)
	if err != nil {
		fail(c, err)
		return
	}
	if !d.lists.enter(c.Request.Context(), place{guest: guestOf(c)}) {
		fail(c, tooManyLists())
		return
	}
	defer d.lists.leave(place{guest: guestOf(c)}) // when the caller has the page: until then it is in memory
	p := d.newPage(c, l.view)
	total, err := d.readRows(c, l.selection, p.add)
	if errors.Is(err, schema.ErrTooSlow) {
		fail(c, tooSlow(lighter(l.selection)...))
		return
	}
	if err != nil {
		fail(c, tableProblem(err))
		return
	}
	d.pageHeader(c, l, len(p.rows), total)
	p.write(http.StatusOK)
}

// row is the whole of GET /api/now/table/{table}/{sys_id}.
func (d *Door) row(c *gin.Context) {
	var v view
	values, err := readRowParams(c)
	if err == nil {
		v, err = viewOf(c, values)
	}
	if err == nil {
		err = d.writeRow(c, http.StatusOK, v, c.Param("sys_id"))
	}
	if err != nil {
		fail(c, err)
	}
}

// writeRow answers with the row of an id, as it is now. One of a provider that the account does not speak for is none.
func (d *Door) writeRow(c *gin.Context, status int, v view, sysID string) error {
	id, err := table.Filter(v.table, visitOf(c).account.Roles, table.SysID, sysID)
	if err != nil || sysID == "" {
		return noRecord()
	}
	s := v.selection()
	s.Query.Always, s.Limit = []table.Condition{id}, 1
	if count := v.table.Field("sys_mod_count"); count != nil {
		s.Fields = append(slices.Clip(s.Fields), table.Path{Field: count}) // behind those of the answer, for its ETag
	}
	p := d.newPage(c, v)
	if _, err := d.readRows(c, s, p.addTagged); err != nil {
		return tableProblem(err)
	}
	if len(p.rows) == 0 {
		return noRecord()
	}
	p.writeOne(status)
	return nil
}

// stats is the whole of GET /api/now/stats/{table}.
func (d *Door) stats(c *gin.Context) (any, error) {
	l, err := readCount(c)
	if err != nil {
		return nil, err
	}
	var answer statsWire
	if !l.count {
		return answer, nil
	}
	if !d.lists.enter(c.Request.Context(), place{guest: guestOf(c)}) {
		return nil, tooManyLists()
	}
	defer d.lists.leave(place{guest: guestOf(c)})
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	count, err := d.tables.CountRows(ctx, l.selection)
	if err != nil {
		return nil, tableProblem(err)
	}
	answer.Stats.Count = fmt.Sprint(count)
	return answer, nil
}

// statsWire is the Aggregate API's answer; a number is a text, as everywhere.
type statsWire struct {
	Stats struct {
		Count string `json:"count,omitempty" xml:"count,omitempty"`
	} `json:"stats" xml:"stats"`
}

func (d *Door) readRows(c *gin.Context, s table.Selection, each func([]table.Value) error) (int, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	return d.tables.Rows(ctx, s, each)
}

// maxLists is how many tables are read at once: each takes a connection to Postgres, and the memory for a page.
const maxLists = 8

// newLists keeps half of what there is for others than one account.
func newLists(config Config) *places {
	return &places{patience: config.QueueTimeout, taken: newHalves(maxLists), bodies: newHalves(0), queued: newHalves(config.MaxRequests)}
}

func tooManyLists() *problem {
	return tooMany(boundLists, "As many tables are read as may; try again later.", retryAfter)
}

// noTable is the Table API's sentence.
func noTable(name string) *problem {
	return &problem{status: http.StatusBadRequest, message: "Invalid table " + name, detail: "GET /openapi.yaml lists the tables."}
}

// tableProblem gives what the dictionary and the tables refuse its answer; other errors pass as they are.
func tableProblem(err error) error {
	var mistake table.Mistake
	switch {
	case errors.As(err, &mistake):
		return &problem{status: http.StatusBadRequest, message: "Invalid query", detail: string(mistake)}
	case errors.Is(err, schema.ErrTooSlow):
		return tooSlow("Narrow sysparm_query down.")
	}
	return err
}

// tooSlow has ServiceNow's words, and what to do.
func tooSlow(advice ...string) *problem {
	return &problem{status: http.StatusBadRequest, message: "Transaction cancelled: maximum execution time exceeded", detail: strings.Join(advice, " ")}
}

// lighter is how to ask for less, of what a list has asked for.
func lighter(of table.Selection) []string {
	advice := []string{"Narrow sysparm_query down."}
	if len(of.Query.Order) > 0 {
		advice = append(advice, "Sort by sys_id, by a point in time, or by nothing.")
	}
	if of.Count {
		advice = append(advice, "Send sysparm_no_count=true.")
	}
	if of.Offset > 0 {
		advice = append(advice, "To read a large table out, send sysparm_query=sys_id>LAST^ORDERBYsys_id instead of sysparm_offset, with the sys_id of the last row that you have for LAST.")
	}
	return advice
}
