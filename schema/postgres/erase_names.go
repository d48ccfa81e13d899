package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"proactive/schema"
)

// pagesAtOnce bounds what one statement of eraseNames reads: 8 MiB.
const pagesAtOnce = 1000

// textColumn is a column in which somebody may be named.
type textColumn struct {
	Table  string `db:"table_name"`
	Column string `db:"column_name"`
	Type   string `db:"data_type"`
}

// textColumns are all columns with texts, in the order of their tables. Words of closed lists and keys that we make name nobody, and what
// another person is called names that one: whoever is called anna.b is not to be renamed with anna.
func (d *DB) textColumns(ctx context.Context) ([]textColumn, error) {
	var columns []textColumn
	err := d.selectAll(ctx, &columns, `
		SELECT c.table_name, c.column_name, c.data_type
		  FROM information_schema.columns c
		  JOIN information_schema.tables t USING (table_schema, table_name)
		 WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
		   AND c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY')
		   AND c.column_name NOT IN ('sys_id', 'state', 'kind', 'type', 'event', 'end_reason', 'fallback', 'fallback_result', 'occasion', 'mode',
		       'resolution_type', 'purpose', 'audience', 'category', 'engagement', 'on_success', 'role', 'roles', 'temporal_namespace', 'origin_table', 'contact_type')
		   AND (c.table_name, c.column_name) <> ('sys_properties', 'name')
		   AND NOT (c.table_name = 'sys_audit' AND c.column_name IN ('tablename', 'documentkey', 'fieldname'))
		   AND NOT (c.table_name = 'sys_user' AND c.column_name IN ('user_name', 'first_name', 'last_name', 'email'))
		 ORDER BY c.table_name, c.ordinal_position`)
	return columns, fault("list the columns with texts", err)
}

// pattern is how pattern $1 is looked for in the column: anywhere in a sentence, but as the whole name of an account where the column holds
// those: abel.tuter is not abel.tuter2.
func (c textColumn) pattern() string {
	const whole = `('(?<![[:alnum:]._@-])(?:' || $1 || ')(?![[:alnum:]._@-])')`
	switch {
	case slices.Contains([]string{"users", "sys_created_by", "sys_updated_by", "user"}, c.Column):
		return whole
	case c.Table == "sys_audit":
		return `CASE fieldname WHEN 'users' THEN ` + whole + ` ELSE $1 END`
	}
	return `$1`
}

// naming finds where a person is named, but for their own record.
func (d *DB) naming(ctx context.Context, p schema.Person) (found []schema.Naming, err error) {
	pattern := p.Pattern()
	if pattern == "" {
		return nil, nil
	}
	columns, err := d.textColumns(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		n := schema.Naming{Table: c.Table, Column: c.Column}
		if err := d.db.GetContext(ctx, &n.Rows, c.count(), pattern, p.SysID); err != nil {
			return nil, fault("look for a person in "+c.Table+"."+c.Column, err)
		}
		if n.Rows > 0 {
			found = append(found, n)
		}
	}
	return found, nil
}

// count is the query of the rows that match pattern $1; $2 is the sys_id of the person, whose own record does not count.
func (c textColumn) count() string {
	return fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s::text ~* %s AND %s`,
		pq.QuoteIdentifier(c.Table), pq.QuoteIdentifier(c.Column), c.pattern(), besidesOwnRecord(c.Table))
}

// besidesOwnRecord is the condition that leaves out the record of the person with sys_id $2, in whatever table.
func besidesOwnRecord(table string) string {
	switch table {
	case "sys_user":
		return `sys_id <> $2`
	case "sys_audit": // what it says of the person's own record, eraseAudit has blanked
		return `$2::text IS NOT NULL AND NOT (tablename = 'sys_user' AND fieldname IN ('user_name', 'first_name', 'last_name', 'email'))`
	}
	return `$2::text IS NOT NULL`
}

// eraseNames replaces the person's names in the texts of all tables, a part of a table at a time: also where somebody else's report, or
// the catalogue, names them. Ids by which issues are known cannot be changed: see removeNaming.
func (d *DB) eraseNames(ctx context.Context, p schema.Person, by string) error {
	pattern := p.Pattern()
	columns, err := d.textColumns(ctx)
	if err != nil || pattern == "" {
		return err
	}
	byTable := map[string][]textColumn{}
	for _, c := range columns {
		if c.Column != "experience_id" && c.Column != "correlation_id" {
			byTable[c.Table] = append(byTable[c.Table], c)
		}
	}
	for table, columns := range byTable {
		if err := d.eraseNamesIn(ctx, by, table, columns, pattern, p.SysID); err != nil {
			return fault("erase a person's names in "+table, err)
		}
	}
	return nil
}

func (d *DB) eraseNamesIn(ctx context.Context, by, table string, columns []textColumn, pattern, person string) error {
	var pages int
	if err := d.db.GetContext(ctx, &pages, `SELECT pg_relation_size($1::regclass) / current_setting('block_size')::integer`, pq.QuoteIdentifier(table)); err != nil {
		return err
	}
	statement := replaceIn(table, columns)
	for page := 0; page <= pages; page += pagesAtOnce {
		from, to := fmt.Sprintf("(%d,0)", page), fmt.Sprintf("(%d,0)", page+pagesAtOnce)
		if _, err := d.forgetOnce(ctx, by, statement, pattern, person, from, to); err != nil {
			return err
		}
	}
	return nil
}

// replaceIn is the statement that replaces what matches pattern $1 in some pages of a table, from $3 to before $4.
func replaceIn(table string, columns []textColumn) string {
	var set, match []string
	for _, c := range columns {
		name := pq.QuoteIdentifier(c.Column)
		match = append(match, name+`::text ~* `+c.pattern())
		value := `regexp_replace(` + name + `::text, ` + c.pattern() + `, 'erased', 'gi')`
		switch c.Type {
		case "json", "jsonb":
			value += `::` + c.Type
		case "ARRAY":
			value = `ARRAY(SELECT regexp_replace(element, ` + c.pattern() + `, 'erased', 'gi') FROM unnest(` + name + `) WITH ORDINALITY AS e (element, n) ORDER BY n)`
		}
		set = append(set, name+` = `+value)
	}
	return `UPDATE ` + pq.QuoteIdentifier(table) + ` SET ` + strings.Join(set, ", ") +
		` WHERE ctid >= $3::tid AND ctid < $4::tid AND ` + besidesOwnRecord(table) + ` AND (` + strings.Join(match, " OR ") + `)`
}

// removeNaming removes the closed issues whose experience_id names the person, with what their providers are still to hear: it would say that
// id. Their records get the hash that the tombstone has. An incident that may have reached the service desk's system under its old id
// cannot be looked for there any more, and is not handed over.
func (d *DB) removeNaming(ctx context.Context, p schema.Person, by string) error {
	pattern := p.Pattern()
	if pattern == "" {
		return nil
	}
	for {
		n := 0
		err := d.inTx(ctx, func(t tx) error {
			var ids []string
			if err := t.selectAll(ctx, &ids, issuesNaming, pattern, eraseAtMost); err != nil || len(ids) == 0 {
				return err
			}
			n = len(ids)
			_, err := removeIssues(ctx, t, ids)
			return err
		})
		if err != nil {
			return fault("remove issues whose id names a person", err)
		}
		if n == 0 {
			break
		}
	}
	for _, table := range []string{"incident", "interaction"} {
		if _, err := d.forget(ctx, by, `
			WITH renamed AS (
			  UPDATE `+table+` r
			     SET correlation_id = encode(sha256(convert_to(correlation_id, 'UTF8')), 'hex')
			   WHERE correlation_id ~* $1
			     AND NOT EXISTS (SELECT FROM sn_pren_experience_issue i WHERE i.experience_id = r.correlation_id)
			  RETURNING sys_id)
			UPDATE sn_pren_delivery
			   SET state = 'given_up', ended_on = now(), detail = 'The person was erased while it was not known whether it had arrived.'
			 WHERE incident IN (SELECT sys_id FROM renamed) AND state = 'pending' AND attempts > 0`, pattern); err != nil {
			return fault("take a person's name out of the ids of records", err)
		}
	}
	return nil
}

const issuesNaming = `
	SELECT i.sys_id
	  FROM sn_pren_experience_issue i
	 WHERE i.experience_id ~* $1 AND i.closed_on IS NOT NULL
	   AND ` + heardHere + `
	 LIMIT $2
	   FOR UPDATE OF i SKIP LOCKED`
