package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"proactive/schema/table"
)

// The statements that change one row. Names come from the dictionary alone, and every value is an argument.

// setting is a column, what stands for its new value in a text, and the value.
type setting struct {
	field  *table.Field
	column string
	to     string
	value  any
}

// settings are what a change sets, in the order of the dictionary, with arguments from $1 on.
func settings(c table.Change) (all []setting) {
	for i := range c.Table.Fields {
		f := &c.Table.Fields[i]
		value, given := c.Values[f.Name]
		if !given || f.Column == "" {
			continue
		}
		to := fmt.Sprintf("$%d::%s", len(all)+1, typeOf(f))
		if f.Column == "api_key_hash" {
			to = "decode(" + to + ", 'hex')"
		}
		all = append(all, setting{f, pq.QuoteIdentifier(f.Column), to, argument(c.Table, f, value)})
	}
	return all
}

// typeOf is the type of a field's column.
func typeOf(f *table.Field) string {
	switch f.Type {
	case table.Integer:
		return "integer"
	case table.Boolean:
		return "boolean"
	case table.List, table.Texts:
		return "text[]"
	case table.JSON:
		return "json"
	}
	return "text"
}

// argument is a value for its column.
func argument(t *table.Table, f *table.Field, value string) any {
	switch {
	case f.Type == table.List, f.Type == table.Texts:
		return pq.StringArray(f.Elements(value))
	case value != "":
		return value
	case emptyJSON[t.Name+"."+f.Name]:
		return "{}"
	case f.Secret, f.Type == table.JSON, f.Type == table.Integer, f.Type == table.Reference && f.Stored != table.AsDifferent:
		return nil
	}
	return value
}

// emptyJSON are the documents that are never absent.
var emptyJSON = map[string]bool{"sn_pren_resolution.parameters": true, "sn_pren_notification_channel.config": true}

// filler is what columns of a new row hold that have no default and of which nothing is said.
var filler = map[string]map[string]string{
	"incident": {"description": `''`, "work_notes": `''`, "impact": `3`, "urgency": `3`, "priority": `5`, "correlation_id": `''`,
		"correlation_display": `''`, "origin_table": `''`, "investigative_details": `'[]'`, "contact_type": `''`},
	"sn_pren_issue_registry": {"template": `(SELECT sys_id FROM sn_pren_issue_registry_template WHERE provider = $provider AND issue_code = $issue_code)`},
}

// insertRecord makes the row.
func insertRecord(c table.Change) (text string, args []any) {
	var columns, values []string
	placed := map[string]string{}
	for _, s := range settings(c) {
		columns, values, args = append(columns, s.column), append(values, s.to), append(args, s.value)
		placed[s.field.Name] = s.to
	}
	more := func(column, value string) {
		columns, values = append(columns, pq.QuoteIdentifier(column)), append(values, value)
	}
	for column, value := range filler[c.Table.Name] {
		if _, given := c.Values[column]; !given {
			more(column, strings.NewReplacer("$provider", placed["provider"], "$issue_code", placed["issue_code"]).Replace(value))
		}
	}
	if c.Table.Field("sys_created_by") != nil {
		args = append(args, c.By)
		more("sys_created_by", fmt.Sprintf("$%d::text", len(args)))
		more("sys_updated_by", fmt.Sprintf("$%d::text", len(args)))
	}
	if f := c.Table.Field(table.SysID); f.Column != "" {
		args = append(args, c.SysID)
		more(f.Column, fmt.Sprintf("$%d::text", len(args)))
	}
	return fmt.Sprintf("INSERT INTO %s AS %s (%s) VALUES (%s) RETURNING %s", c.Table.Name, row, strings.Join(columns, ", "), strings.Join(values, ", "),
		column(row, c.Table, c.Table.Field(table.SysID))), args
}

// updateRecord changes the row where it differs; "" when nothing is to be set.
func updateRecord(c table.Change) (text string, args []any) {
	var sets, differs []string
	for _, s := range settings(c) {
		sets, args = append(sets, s.column+" = "+s.to), append(args, s.value)
		old, is := row+"."+s.column, s.to
		if s.field.Type == table.JSON {
			old, is = old+"::text", is+"::text"
		}
		differs = append(differs, old+" IS DISTINCT FROM "+is)
	}
	if len(sets) == 0 {
		return "", nil
	}
	if c.Table.Field("sys_updated_on") != nil {
		sets = append(sets, "sys_updated_on = now()")
	}
	if c.Table.Field("sys_mod_count") != nil {
		args = append(args, c.By)
		sets = append(sets, fmt.Sprintf("sys_updated_by = $%d::text", len(args)), "sys_mod_count = sys_mod_count + 1")
	}
	args = append(args, c.SysID)
	return fmt.Sprintf("UPDATE %s AS %s SET %s WHERE %s = $%d AND (%s)", c.Table.Name, row, strings.Join(sets, ", "),
		column(row, c.Table, c.Table.Field(table.SysID)), len(args), strings.Join(differs, " OR ")), args
}

// lockRecord holds other changes of the row off, but nobody who only refers to it: reports go on.
func lockRecord(t *table.Table) string {
	return fmt.Sprintf("SELECT 1 FROM %s AS %s WHERE %s = $1 FOR NO KEY UPDATE", t.Name, row, column(row, t, t.Field(table.SysID)))
}

func deleteRecord(t *table.Table) string {
	return fmt.Sprintf("DELETE FROM %s AS %s WHERE %s = $1", t.Name, row, column(row, t, t.Field(table.SysID)))
}

// findReferred finds the row that $1 means, one way after the other: by its sys_id, by what people call it, and by what it shows. With own it
// is one that belongs to the providers in $2.
func findReferred(t *table.Table, own bool) (texts []string) {
	among := func(f *table.Field) (conditions string) {
		if more := narrowed[t.Name+"."+f.Name]; more != "" {
			conditions = " AND " + filled(more, row, "$1")
		}
		if own {
			conditions += " AND " + filled(bound[t.Binding], row, "$2::text[]")
		}
		return conditions
	}
	names := append([]string{table.SysID}, t.Calls()[0])
	if t.Name == "sys_user" {
		names = append(names, "email")
	}
	for _, name := range append(names, t.Display) {
		f := t.Field(name)
		text := fmt.Sprintf("SELECT %s FROM %s AS %s WHERE lower(%s) = lower($1)%s LIMIT 2", column(row, t, t.Field(table.SysID)), t.Name, row, column(row, t, f), among(f))
		if f.Stored == table.InLower {
			text = fmt.Sprintf("SELECT %s FROM %s AS %s WHERE %s = lower($1)%s", column(row, t, t.Field(table.SysID)), t.Name, row, column(row, t, f), among(f))
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}
