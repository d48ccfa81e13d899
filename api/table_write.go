package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/table"
)

// TableWriter changes rows. What somebody can do something about is a table.Mistake, a table.Conflict, a table.Denied, a table.Changed, an
// error of the rules, schema.ErrBusy or schema.ErrNoRecord.
type TableWriter interface {
	CreateRecord(ctx context.Context, c table.Change) (sysID string, err error)
	UpdateRecord(ctx context.Context, c table.Change) error
	DeleteRecord(ctx context.Context, c table.Change) error
}

// createRow is the whole of POST /api/now/table/{table}: read the row, make it, answer with it.
func (d *Door) createRow(c *gin.Context) {
	change, v, err := d.readChange(c, table.Create)
	if err != nil {
		fail(c, refusedWrite(err))
		return
	}
	if change.SysID = change.Values[table.SysID]; change.SysID == "" {
		change.SysID = schema.NewSysID()
	}
	delete(change.Values, table.SysID)
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	sysID, err := d.tableWriter.CreateRecord(ctx, change)
	if err != nil {
		fail(c, refusedWrite(err))
		return
	}
	c.Writer.Header().Set("Location", d.base(c)+"/api/now/table/"+change.Table.Name+"/"+url.PathEscape(sysID))
	if err := d.writeRow(c, http.StatusCreated, v, sysID); err != nil {
		fail(c, err)
	}
}

// updateRow is the whole of PUT and PATCH: both change what is given and leave the rest, as ServiceNow does.
func (d *Door) updateRow(c *gin.Context) {
	change, v, err := d.readChange(c, table.Write)
	if err == nil {
		err = d.change(c, change, d.tableWriter.UpdateRecord)
	}
	if err == nil {
		err = d.writeRow(c, http.StatusOK, v, change.SysID)
	}
	if err != nil {
		fail(c, refusedWrite(err))
	}
}

// deleteRow is the whole of DELETE.
func (d *Door) deleteRow(c *gin.Context) {
	change, err := d.changeOf(c)
	if err == nil {
		_, err = readRowParams(c)
	}
	if err == nil {
		err = d.change(c, change, d.tableWriter.DeleteRecord)
	}
	if err != nil {
		fail(c, refusedWrite(err))
		return
	}
	c.Writer.WriteHeader(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}

func (d *Door) change(c *gin.Context, change table.Change, do func(context.Context, table.Change) error) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	return do(ctx, change)
}

// changeOf is a change of the row that the path names, by whoever calls.
func (d *Door) changeOf(c *gin.Context) (change table.Change, err error) {
	account := visitOf(c).account
	t := tableOf(c)
	if len(account.Providers) > 0 && (t.Binding == table.Unbound || t.Binding == table.OfNobody) {
		return change, table.Everybodys
	}
	sysID := strings.ToLower(c.Param("sys_id"))
	if c.Request.Method != http.MethodPost && !table.IsSysID(sysID) {
		return change, schema.ErrNoRecord
	}
	change = table.Change{Table: t, SysID: sysID, By: account.UserName, Providers: account.Providers, Rules: registry.RulesOf(t)}
	change.ModCount, err = wantedCount(c.Request.Header.Get("If-Match"))
	if err == nil && change.ModCount != nil && t.Field("sys_mod_count") == nil {
		err = table.Mistakef("Records of %s have no sys_mod_count: send no If-Match.", t.Name)
	}
	return change, err
}

// readChange reads what a row is to say, and what of it to answer with.
func (d *Door) readChange(c *gin.Context, verb table.Verb) (change table.Change, v view, err error) {
	if change, err = d.changeOf(c); err != nil {
		return change, v, err
	}
	values, err := readRowParams(c)
	if err != nil {
		return change, v, err
	}
	shown := false
	if err := readFlag(values, paramInputDisplay, &shown); err != nil {
		return change, v, err
	}
	if v, err = viewOf(c, values); err != nil {
		return change, v, err
	}
	given, err := d.readRecord(c, change.Table, shown)
	if err != nil {
		return change, v, err
	}
	if change.Values, err = change.Table.Given(verb, given, shown); err != nil {
		return change, v, err
	}
	return change, v, d.hashSecrets(c, change.Values)
}

// hashSecrets takes a place where passwords are hashed, as each takes 19 MiB.
func (d *Door) hashSecrets(c *gin.Context, values table.Values) error {
	if values["user_password"] != "" {
		leave, err := d.gate.place(c.Request.Context(), true)
		if err != nil {
			return err
		}
		defer leave()
	}
	return registry.HashSecrets(values)
}

// wantedCount is the sys_mod_count that If-Match names; nil when any will do.
func wantedCount(ifMatch string) (*int, error) {
	tag := strings.TrimSpace(ifMatch)
	if tag == "" || tag == "*" {
		return nil, nil
	}
	count, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`))
	if err != nil {
		return nil, table.Mistake(`If-Match must be the ETag of a record, which is its sys_mod_count in quotes, like "3".`)
	}
	return &count, nil
}

// refusedWrite gives what is refused its answer. A conflict with what is there is 409, where ServiceNow has 403: that is for those who
// lack a right, and a client that repeats itself must be able to tell the two apart.
func refusedWrite(err error) error {
	var mistake table.Mistake
	var wrong registry.Wrong
	var conflict table.Conflict
	var denied table.Denied
	var changed table.Changed
	switch {
	case errors.As(err, &mistake):
		return &problem{status: http.StatusBadRequest, message: "Invalid record", detail: string(mistake)}
	case errors.As(err, &wrong):
		return &problem{status: http.StatusBadRequest, message: "Invalid record", detail: wrong.Error()}
	case errors.As(err, &denied):
		return &problem{status: http.StatusForbidden, message: notAuthorized().message, detail: string(denied)}
	case errors.As(err, &conflict):
		return &problem{status: http.StatusConflict, message: "Operation Failed", detail: string(conflict)}
	case errors.As(err, &changed):
		return &problem{status: http.StatusPreconditionFailed, message: "Precondition Failed", detail: changed.Error()}
	case errors.Is(err, schema.ErrNoRecord):
		return noRecord()
	}
	return tableProblem(err)
}
