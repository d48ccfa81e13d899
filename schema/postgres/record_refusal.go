package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"proactive/schema/table"
)

// recordFault tells what somebody can do something about from a fault. Constraints are named as sentences.
func recordFault(trying string, t *table.Table, err error) error {
	var mistake table.Mistake
	var conflict table.Conflict
	var denied table.Denied
	var changed table.Changed
	var violation *pq.Error
	switch {
	case errors.As(err, &mistake), errors.As(err, &conflict), errors.As(err, &denied), errors.As(err, &changed):
		return err
	case errors.As(err, &violation):
		if refusal := refused(t, violation); refusal != nil {
			return refusal
		}
	}
	if isRefusal(err) {
		return err
	}
	return fault(trying+" "+t.Name, err)
}

// isRefusal tells whether an error is one of the rules, for whoever sent the record.
func isRefusal(err error) bool {
	var byRules interface{ Refusal() }
	return errors.As(err, &byRules)
}

func refused(t *table.Table, e *pq.Error) error {
	switch e.Code.Name() {
	case "unique_violation":
		if strings.HasSuffix(e.Constraint, "_pkey") {
			return table.Conflict("A record of " + e.Table + " with this key exists already.")
		}
		return table.Conflict("There is such a record already: " + e.Constraint + ".")
	case "foreign_key_violation":
		if strings.Contains(e.Detail, "still referenced") {
			instead := "Change or delete those first."
			if t.Field("active") != nil {
				instead = "Change those first, or set active to false instead: then nothing new begins with it."
			}
			return table.Conflict("It is not deleted, as rows of " + e.Table + " refer to it. " + instead)
		}
		return table.Mistake("A reference leads to no row: " + e.Constraint + ".")
	case "check_violation":
		return table.Mistake("The record would break a rule: " + e.Constraint + ".")
	case "not_null_violation":
		return table.Mistake(e.Column + " is missing: give it a value.")
	case "numeric_value_out_of_range":
		return table.Mistake("A number is too large.")
	}
	return nil
}

// namings are where rows of a table are named by what they are called, $1, and not by their sys_id; each gives what names it.
var namings = map[string]string{
	"sn_pren_notification_channel": `
		SELECT 'issue ' || p.provider_code || '/' || i.issue_code
		  FROM (SELECT provider, issue_code, channels FROM sn_pren_issue_registry_template
		         UNION ALL SELECT provider, issue_code, channels FROM sn_pren_issue_registry) i
		  JOIN sn_pren_provider p ON p.sys_id = i.provider
		 WHERE $1 = ANY (i.channels) LIMIT 1`,
	"user_criteria": `
		SELECT 'issue ' || p.provider_code || '/' || i.issue_code
		  FROM (SELECT provider, issue_code, include || exclude AS criteria FROM sn_pren_issue_registry_template
		         UNION ALL SELECT provider, issue_code, include || exclude FROM sn_pren_issue_registry) i
		  JOIN sn_pren_provider p ON p.sys_id = i.provider
		 WHERE $1 = ANY (i.criteria) LIMIT 1`,
	"sys_user": `
		SELECT 'user criteria ' || c.name FROM user_criteria c WHERE lower($1) IN (SELECT lower(u) FROM unnest(c.users) u) LIMIT 1`,
}

// unnamed refuses what would leave a name that leads nowhere.
func (r *recording) unnamed(ctx context.Context, old table.Row, refusal string) error {
	text, is := namings[r.c.Table.Name]
	if !is {
		return nil
	}
	var by []string
	if err := r.t.selectAll(ctx, &by, text, old[r.c.Table.Calls()[0]]); err != nil || len(by) == 0 {
		return err
	}
	return table.Conflict(fmt.Sprintf("%s, as %s names it. Change that first.", refusal, by[0]))
}

// staysBound refuses to let an account speak for all providers by taking its last one away.
func (r *recording) staysBound(ctx context.Context, account string) error {
	var is struct {
		Bound int `db:"bound"`
		Roles int `db:"roles"`
	}
	if _, err := r.t.exec(ctx, `SELECT FROM sys_user WHERE sys_id = $1 FOR NO KEY UPDATE`, account); err != nil {
		return err // of two at once, each looks after the other
	}
	if err := r.t.get(ctx, &is, `
		SELECT (SELECT count(*) FROM sn_pren_account_provider WHERE "user" = $1) AS bound, (SELECT count(*) FROM sys_user_has_role WHERE "user" = $1) AS roles`, account); err != nil {
		return err
	}
	if is.Bound > 1 || is.Roles == 0 {
		return nil
	}
	return table.Conflict("It is not deleted: without a provider the account would speak for all. Bind it to another one first, or take its roles away.")
}

// missed refuses to delete what somebody needs and no foreign key protects.
func (r *recording) missed(ctx context.Context, old table.Row) error {
	switch r.c.Table.Name {
	case "sn_pren_notification_channel": // as if it were switched off
		old["active"] = "false"
		err := r.checkRow(ctx, old)
		if isRefusal(err) {
			return table.Conflict("It is not deleted, as something needs it. " + err.Error())
		}
		return err
	case "sys_user":
		var rules []string
		if err := r.t.selectAll(ctx, &rules, `SELECT name FROM sys_rate_limit_rules WHERE "user" = $1 LIMIT 1`, r.c.SysID); err != nil || len(rules) == 0 {
			return err
		}
		return table.Conflict("It is not deleted, as rate limit rule " + rules[0] + " refers to it. Change or delete that first.")
	case "sn_pren_account_provider":
		return r.staysBound(ctx, old["user."+table.SysID])
	}
	return nil
}
