package postgres

import (
	"strings"

	"github.com/lib/pq"

	"proactive/schema/table"
)

// derived are the fields that are made of others; @ is the row.
var derived = map[string]string{
	"sys_user.name":            `coalesce(nullif(btrim(@.first_name || ' ' || @.last_name), ''), @.user_name)`,
	"sys_user.roles":           `(SELECT coalesce(string_agg(h.role, ',' ORDER BY h.role), '') FROM sys_user_has_role h WHERE h."user" = @.sys_id)`,
	"sys_user_has_role.sys_id": `md5(@."user" || ':' || @.role)`,
	"sys_properties.sys_id":    `md5(@.name)`,

	// What an issue's id begins with, and the event's number: so the row of an id is found without reading the others.
	"sn_pren_experience_issue_event.sys_id": `(left(@.issue, 24) || lpad(to_hex(@.number), 8, '0'))`,
}

// narrowed is what rows with a derived sys_id of $ also fulfil, and an index serves.
var narrowed = map[string]string{
	"sn_pren_experience_issue_event": `@.issue BETWEEN left($, 24) || '00000000' AND left($, 24) || 'ffffffff'`,
}

// rowKeys are what tells the rows of a table without a column sys_id apart.
var rowKeys = map[string][]string{
	"sn_pren_experience_issue_event": {"issue", "number"},
	"sys_user_has_role":              {"user", "role"},
	"sys_properties":                 {"name"},
}

// bound are the rows that belong to the providers with the codes in $; @ is the row. Unbound tables have no line.
var bound = map[table.Binding]string{
	table.IsProvider: `@.provider_code = ANY ($)`,
	table.HasOwner:   `@.provider IN (` + providersOf + `)`,
	table.OfIssue:    `EXISTS (SELECT FROM sn_pren_experience_issue o WHERE o.sys_id = @.issue AND o.provider IN (` + providersOf + `))`,
	table.OfOrigin:   `EXISTS (SELECT FROM sn_pren_experience_issue o WHERE o.sys_id = @.origin_id AND o.provider IN (` + providersOf + `))`,
	table.OfDesk:     `@.correlation_display = ANY ($)`,
	table.OfNobody:   `$ IS NULL`,
}

const providersOf = `SELECT p.sys_id FROM sn_pren_provider p WHERE p.provider_code = ANY ($)`

// filled is an expression of these maps about one row and one argument.
func filled(expression, row, argument string) string {
	return strings.ReplaceAll(strings.ReplaceAll(expression, "$", argument), "@", row)
}

// column is a field of a row as Postgres has it.
func column(alias string, t *table.Table, f *table.Field) string {
	if f.Column == "" {
		return filled(derived[t.Name+"."+f.Name], alias, "")
	}
	return alias + "." + pq.QuoteIdentifier(f.Column)
}

// shown is a field of a row as the text that stands in an answer; never NULL.
func shown(alias string, t *table.Table, f *table.Field) string {
	c := column(alias, t, f)
	switch f.Type {
	case table.DateTime:
		c = `to_char(` + c + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')`
	case table.List:
		c = `array_to_string(` + c + `, ',')`
	case table.Texts:
		c = `array_to_json(` + c + `)::text`
	case table.Integer, table.Boolean, table.JSON:
		c += `::text`
	}
	return `coalesce(` + c + `, '')`
}
