package postgres

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// Person finds somebody by their user_name or sys_id, with what the audit trail still calls them: as their record said earlier, and records of
// theirs that were deleted. Whose record is gone is found by the trail alone. schema.ErrNoRecord when there is nobody.
func (d *DB) Person(ctx context.Context, name string) (p schema.Person, err error) {
	err = d.get(ctx, &p, `
		SELECT sys_id, user_name, first_name, last_name, email, web_service_access_only,
		       user_name = 'erased-' || sys_id AS erased
		  FROM sys_user
		 WHERE sys_id = $1 OR lower(user_name) = lower($1)
		 ORDER BY (sys_id = $1) DESC
		 LIMIT 1`, name)
	if errors.Is(err, sql.ErrNoRows) {
		err = d.get(ctx, &p, goneRecord, name, pq.Array(noNames))
	}
	if err != nil {
		return p, fault("find a person", err)
	}
	err = d.findEarlier(ctx, &p)
	return p, fault("find what a person was called", err)
}

// noNames are what the trail says where it does not say what somebody was called.
var noNames = []string{"", "Erased.", "********"}

// goneRecord is the record that was called $1 last of those that were deleted.
const goneRecord = `
	SELECT documentkey AS sys_id,
	       EXISTS (SELECT FROM sys_audit k WHERE k.tablename = 'sys_user' AND k.documentkey = a.documentkey
	                  AND k.fieldname = 'web_service_access_only' AND 'true' IN (k.oldvalue, k.newvalue)) AS web_service_access_only
	  FROM sys_audit a
	 WHERE tablename = 'sys_user' AND $1 <> ALL ($2)
	   AND (documentkey = $1 OR fieldname = 'user_name' AND lower($1) IN (lower(oldvalue), lower(newvalue)))
	   AND NOT EXISTS (SELECT FROM sys_user u WHERE u.sys_id = a.documentkey)
	 ORDER BY sys_created_on DESC, sys_id DESC
	 LIMIT 1`

// findEarlier adds what the trail knows. Of a record that is gone, the last that it was called is what it is called.
func (d *DB) findEarlier(ctx context.Context, p *schema.Person) error {
	if p.Erased {
		return nil
	}
	earlier, err := d.calledBy(ctx, p, p.SysID)
	if err != nil {
		return err
	}
	if p.UserName == "" {
		if p.Erased = len(earlier) == 0; p.Erased {
			return nil
		}
		last := earlier[0]
		p.UserName, p.FirstName, p.LastName, p.Email = last.UserName, last.FirstName, last.LastName, last.Email
		earlier = earlier[1:]
	}
	var accounts []string
	for _, called := range append(earlier, schema.Called{UserName: p.UserName, Email: p.Email}) {
		accounts = append(accounts, strings.ToLower(called.UserName), strings.ToLower(called.Email))
	}
	if err := d.selectAll(ctx, &p.Gone, goneRecords, p.SysID, pq.Array(accounts), pq.Array(noNames)); err != nil {
		return err
	}
	p.Earlier = earlier
	for _, gone := range p.Gone {
		more, err := d.calledBy(ctx, p, gone)
		if err != nil {
			return err
		}
		p.Earlier = append(p.Earlier, more...)
	}
	return nil
}

// goneRecords are the records but $1 that were deleted, and had a user_name or an address of $2.
const goneRecords = `
	SELECT DISTINCT documentkey
	  FROM sys_audit a
	 WHERE tablename = 'sys_user' AND fieldname IN ('user_name', 'email') AND documentkey <> $1
	   AND (lower(oldvalue) = ANY ($2) AND oldvalue <> ALL ($3) OR lower(newvalue) = ANY ($2) AND newvalue <> ALL ($3))
	   AND NOT EXISTS (SELECT FROM sys_user u WHERE u.sys_id = a.documentkey)
	 ORDER BY documentkey`

// renaming is a row of the trail of what a record of a person says of their name.
type renaming struct {
	At    time.Time `db:"sys_created_on"`
	Field string    `db:"fieldname"`
	Old   string    `db:"oldvalue"`
	New   string    `db:"newvalue"`
}

// calledBy is what a record has called the person, the last first, but for names that somebody else has now.
func (d *DB) calledBy(ctx context.Context, p *schema.Person, record string) (all []schema.Called, err error) {
	var rows []renaming
	if err := d.selectAll(ctx, &rows, `
		SELECT sys_created_on, fieldname, oldvalue, newvalue
		  FROM sys_audit
		 WHERE tablename = 'sys_user' AND documentkey = $1 AND fieldname IN ('user_name', 'first_name', 'last_name', 'email')
		 ORDER BY sys_created_on DESC, sys_id DESC`, record); err != nil {
		return nil, err
	}
	now := schema.Called{UserName: p.UserName, FirstName: p.FirstName, LastName: p.LastName, Email: p.Email}
	if record != p.SysID {
		now = schema.Called{}
	}
	for _, called := range backwards(now, rows) {
		if called, err = d.notOthers(ctx, called, p.SysID); err != nil {
			return nil, err
		}
		if called != (schema.Called{}) {
			all = append(all, called)
		}
	}
	return all, nil
}

// backwards is what a record said before each of its changes, from what it says now.
func backwards(now schema.Called, rows []renaming) (all []schema.Called) {
	seen := map[schema.Called]bool{now: true}
	note := func() {
		if !seen[now] {
			seen[now] = true
			all = append(all, now)
		}
	}
	for i, row := range rows {
		says(&now, row.Field, row.New) // as what was between may be gone
		if i+1 < len(rows) && rows[i+1].At.Equal(row.At) {
			continue
		}
		note()
		for j := i; j >= 0 && rows[j].At.Equal(row.At); j-- {
			says(&now, rows[j].Field, rows[j].Old)
		}
		note()
	}
	return all
}

func says(c *schema.Called, field, value string) {
	for _, none := range noNames {
		if value == none {
			value = ""
		}
	}
	switch field {
	case "user_name":
		c.UserName = value
	case "first_name":
		c.FirstName = value
	case "last_name":
		c.LastName = value
	case "email":
		c.Email = value
	}
}

// notOthers leaves out what somebody else is called now.
func (d *DB) notOthers(ctx context.Context, c schema.Called, sysID string) (schema.Called, error) {
	var others struct{ UserName, Email, FullName bool }
	if err := d.get(ctx, &others, `
		SELECT EXISTS (SELECT FROM sys_user WHERE sys_id <> $1 AND lower(user_name) = lower($2)) AS username,
		       EXISTS (SELECT FROM sys_user WHERE sys_id <> $1 AND lower(email) = lower($3)) AS email,
		       EXISTS (SELECT FROM sys_user WHERE sys_id <> $1 AND lower(first_name) = lower($4) AND lower(last_name) = lower($5)) AS fullname`,
		sysID, c.UserName, c.Email, c.FirstName, c.LastName); err != nil {
		return c, err
	}
	if others.UserName {
		c.UserName = ""
	}
	if others.Email {
		c.Email = ""
	}
	if others.FullName {
		c.FirstName, c.LastName = "", ""
	}
	return c, nil
}
