package postgres

import (
	"strings"

	"github.com/lib/pq"

	"proactive/schema/table"
)

// derived are the fields that are made of others; @ is the row. What is sorted as it is stored (see sortsAsStored) is never NULL.
var derived = map[string]string{
	"sys_user.name":            `coalesce(nullif(btrim(@.first_name || ' ' || @.last_name), ''), @.user_name)`, // as sys_user_by_name has it
	"sys_user.roles":           `(SELECT coalesce(string_agg(h.role, ',' ORDER BY h.role), '') FROM sys_user_has_role h WHERE h."user" = @.sys_id)`,
	"sys_user_has_role.sys_id": `md5(@."user" || ':' || @.role)`, // as sys_user_has_role_by_id has it
	"sys_properties.sys_id":    `md5(@.name)`,

	"incident.active":                 `(@.state NOT IN ('6', '7', '8'))`, // Resolved, Closed, Canceled
	"interaction.active":              `(@.state NOT IN ('closed_complete', 'closed_abandoned'))`,
	"sn_pren_experience_issue.active": `(@.closed_on IS NULL)`,

	"sn_pren_account_provider.sys_id":      `md5(@."user" || ':' || @.provider)`,
	"sn_pren_issue_registry.update_status": updateStatus,

	// What an issue's id begins with, and the event's number: so the row of an id is found without reading the others.
	"sn_pren_experience_issue_event.sys_id": `(left(@.issue, 24) || lpad(to_hex(@.number), 8, '0'))`,
}

// updateStatus is what schema.Deployment.Status says: whether the template has changed, in a field in which the row is still otherwise.
const updateStatus = `(
	SELECT CASE WHEN @.update_decision = 'manual' THEN 'manual_update_pending'
	            WHEN NOT EXISTS (SELECT FROM jsonb_each(to_jsonb(k)) f, to_jsonb(@) is_now
	                              WHERE f.key NOT LIKE 'sys\_%' AND f.value IS DISTINCT FROM is_now -> f.key
	                                AND f.value IS DISTINCT FROM coalesce(was.payload::jsonb -> f.key, is_now -> f.key)) THEN 'up_to_date'
	            WHEN @.update_decision = 'ignored' AND @.decided_version = v.sys_id THEN 'update_ignored'
	            ELSE 'update_available' END
	  FROM sn_pren_issue_registry_template k
	  LEFT JOIN sn_pren_version was ON was.sys_id = @.deployed_version
	  LEFT JOIN sn_pren_version v   ON v."table" = 'sn_pren_issue_registry_template' AND v.record = k.sys_id AND v.state = 'current'
	 WHERE k.sys_id = @.template)`

// narrowed is what rows that have $ in a field also fulfil, so that an index serves.
var narrowed = map[string]string{
	"sys_user.email":                        `@.email <> ''`,
	"sn_pren_experience_issue_event.sys_id": `@.issue BETWEEN left($, 24) || '00000000' AND left($, 24) || 'ffffffff'`,
}

// narrowedIn is the same of rows that have one of the texts $, narrowedAbove and narrowedBelow of rows that have more, or less, than $.
var (
	narrowedIn = map[string]string{
		"sys_user.email": `@.email <> ''`,
		"sn_pren_experience_issue_event.sys_id": `@.issue = ANY (ARRAY(
			SELECT i.sys_id FROM unnest($) v JOIN sn_pren_experience_issue i ON i.sys_id BETWEEN left(v, 24) || '00000000' AND left(v, 24) || 'ffffffff'))`,
	}
	narrowedAbove = map[string]string{"sn_pren_experience_issue_event.sys_id": `@.issue >= left($, 24)`}
	narrowedBelow = map[string]string{"sn_pren_experience_issue_event.sys_id": `@.issue <= left($, 24) || 'ffffffff'`}
)

// optional are the columns that may be NULL, of those that are sorted by as they are stored.
var optional = map[string]bool{
	"sn_pren_experience_issue.wait_until":    true,
	"sn_pren_experience_issue.closed_on":     true,
	"sn_pren_experience_issue_step.begun_on": true,
	"sn_pren_experience_issue_step.ended_on": true,
	"sn_pren_delivery.ended_on":              true,
	"sn_pren_delivery_attempt.next_try":      true,
	"incident.origin_id":                     true,
}

// rowKeys are the columns of an index that has the rows in the order of their sys_ids, where that is no column.
var rowKeys = map[string][]string{
	"sn_pren_experience_issue_event": {"issue", "number"},
}

// bound are the rows that belong to the providers with the codes in $; @ is the row. Unbound tables have no line.
var bound = map[table.Binding]string{
	table.IsProvider: `@.provider_code = ANY ($)`,
	table.HasOwner:   `@.provider IN (` + providersOf + `)`,
	table.OfIssue:    `EXISTS (SELECT FROM sn_pren_experience_issue o WHERE o.sys_id = @.issue AND o.provider IN (` + providersOf + `))`,
	table.OfOrigin:   `EXISTS (SELECT FROM sn_pren_experience_issue o WHERE o.sys_id = @.origin_id AND o.provider IN (` + providersOf + `))`,
	table.OfDesk:     `@.correlation_display = ANY ($)`,
	table.OfVersion: `(@."table" NOT IN ('sn_pren_issue_registry_template', 'sn_pren_issue_registry')
	                   OR @.payload ->> 'provider' IN (` + providersOf + `))`,
	table.OfNobody: `$ IS NULL`,
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
