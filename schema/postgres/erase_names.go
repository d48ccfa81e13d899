package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"proactive/schema"
)

// pagesAtOnce bounds what one statement of naming and eraseNames reads: 8 MiB.
const pagesAtOnce = 1000

// textTable is a table with columns in which somebody may be named.
type textTable struct {
	name    string
	columns []textColumn
}

// textColumn is a column in which somebody may be named.
type textColumn struct {
	Table  string `db:"table_name"`
	Column string `db:"column_name"`
	Type   string `db:"data_type"`
	Signed bool   `db:"signed"` // its table has the marks of a change
}

func (c textColumn) isJSON() bool { return c.Type == "json" || c.Type == "jsonb" }

// ofCatalogue tells whether an apply changes rows of the column's table.
func (c textColumn) ofCatalogue() bool {
	return c.Table == "sn_pren_version" || c.Signed && c.Table != "incident" && c.Table != "interaction"
}

// textTables are all columns with texts. Words of closed lists and keys that we make name nobody, and what another person is called names
// that one: whoever is called anna.b is not to be renamed with anna.
func (d *DB) textTables(ctx context.Context) (tables []textTable, err error) {
	var columns []textColumn
	err = d.selectAll(ctx, &columns, `
		SELECT c.table_name, c.column_name, c.data_type,
		       EXISTS (SELECT FROM information_schema.columns m
		                WHERE (m.table_schema, m.table_name, m.column_name) = (c.table_schema, c.table_name, 'sys_mod_count')) AS signed
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
	for _, c := range columns {
		if len(tables) == 0 || tables[len(tables)-1].name != c.Table {
			tables = append(tables, textTable{name: c.Table})
		}
		last := &tables[len(tables)-1]
		last.columns = append(last.columns, c)
	}
	return tables, fault("list the columns with texts", err)
}

// pattern is how the pattern of the column's kind, $1 or for documents $5, is looked for in it: anywhere in a sentence, but as the whole name of an
// account where the column holds those: abel.tuter is not abel.tuter2.
func (c textColumn) pattern() string {
	const whole = `('(?<![[:alnum:]._@-])(?:' || $1 || ')(?![[:alnum:]._@-])')`
	switch {
	case c.isJSON():
		return `$5`
	case slices.Contains([]string{"users", "sys_created_by", "sys_updated_by", "user"}, c.Column):
		return whole
	case c.Table == "sys_audit":
		return `CASE WHEN fieldname = 'users' THEN ` + whole + ` WHEN tablename = 'sys_user' AND fieldname IN ('user_name', 'email') THEN '^(?:' || $1 || ')$' ELSE $1 END`
	}
	return `$1`
}

// naming finds where a person is named, but for their own record. It looks through each table once, a part at a time, as it is at one moment: else a
// row that somebody's change moves from a part to come into one that was looked through would be seen in neither.
func (d *DB) naming(ctx context.Context, p schema.Person, progress schema.Progress) (found []schema.Naming, err error) {
	if p.Pattern() == "" {
		return nil, nil
	}
	tables, err := d.textTables(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		rows := make([]int, len(t.columns))
		if err := d.inReadOnlyTx(ctx, func(moment tx) error {
			return d.inParts(ctx, t.name, progress.In("looking through "+t.name), func(from, to string) error {
				var counts pq.Int64Array
				err := moment.Tx.GetContext(ctx, &counts, t.count(), namesOf(p, from, to)...)
				for i, n := range counts {
					rows[i] += int(n)
				}
				return err
			})
		}); err != nil {
			return nil, fault("look for a person in "+t.name, err)
		}
		for i, c := range t.columns {
			if rows[i] > 0 {
				found = append(found, schema.Naming{Table: c.Table, Column: c.Column, Rows: rows[i]})
			}
		}
	}
	return found, nil
}

// inParts calls do for one part of a table after the other: from one page to before another. The last part has no end: what is added
// meanwhile is in it.
func (d *DB) inParts(ctx context.Context, table string, tell func(done, of int), do func(from, to string) error) error {
	var pages int
	if err := d.db.GetContext(ctx, &pages, `SELECT pg_relation_size($1::regclass) / current_setting('block_size')::integer`, pq.QuoteIdentifier(table)); err != nil {
		return err
	}
	for page := 0; page <= pages; page += pagesAtOnce {
		tell(page, pages)
		to := lastPage
		if page+pagesAtOnce <= pages {
			to = fmt.Sprintf("(%d,0)", page+pagesAtOnce)
		}
		if err := do(fmt.Sprintf("(%d,0)", page), to); err != nil {
			return err
		}
	}
	return nil
}

// lastPage is after every page of a table.
const lastPage = "(4294967295,0)"

// namesOf are the arguments of the statements about the names of a person, in some pages of a table.
func namesOf(p schema.Person, from, to string) []any {
	return []any{p.Pattern(), pq.Array(p.IDs()), from, to, p.JSONPattern(), p.RoughPattern()}
}

// count is the query of how many rows name the person in each column.
func (t textTable) count() string {
	counts := make([]string, len(t.columns))
	for i, c := range t.columns {
		counts[i] = `count(*) FILTER (WHERE ` + c.matches() + `)`
	}
	return `SELECT ARRAY[` + strings.Join(counts, ", ") + `] FROM ` + pq.QuoteIdentifier(t.name) + t.someRows()
}

// matches finds a document by the pattern of texts first, which finds more: that of documents takes thirty times as long to look through one.
func (c textColumn) matches() string {
	text := pq.QuoteIdentifier(c.Column) + `::text`
	if c.isJSON() {
		return `(` + text + ` ~* $1 AND ` + text + ` ~* $5)`
	}
	return text + ` ~* ` + c.pattern()
}

// someRows is the condition of the rows from page $3 to before page $4 that may name the person, as pattern $6 finds in all their texts at once,
// but for the records of the person, which have the sys_ids $2.
func (t textTable) someRows() string {
	texts := make([]string, len(t.columns))
	for i, c := range t.columns {
		texts[i] = pq.QuoteIdentifier(c.Column) + `::text`
	}
	return ` WHERE ctid >= $3::tid AND ctid < $4::tid AND $1::text || $5::text <> '' AND ` + besidesOwnRecord(t.name) +
		` AND concat_ws(E'\n', ` + strings.Join(texts, ", ") + `) ~* $6`
}

// besidesOwnRecord is the condition that leaves out the records of the person, in whatever table.
func besidesOwnRecord(table string) string {
	switch table {
	case "sys_user":
		return `sys_id <> ALL ($2::text[])`
	case "sys_audit": // what it says of these, endErasure blanks; a first or a last name alone is no name
		return `NOT (tablename = 'sys_user' AND (documentkey = ANY ($2::text[]) OR fieldname IN ('first_name', 'last_name')))`
	}
	return `$2::text[] IS NOT NULL`
}

// eraseNames replaces the person's names in the texts of all tables, a part of a table at a time: also where somebody else's report, or
// the catalogue, names them. Ids by which issues are known cannot be changed: see removeNaming.
func (d *DB) eraseNames(ctx context.Context, p schema.Person, by string, progress schema.Progress) error {
	tables, err := d.textTables(ctx)
	if err != nil || p.Pattern() == "" {
		return err
	}
	for _, t := range tables {
		t.columns = slices.DeleteFunc(t.columns, func(c textColumn) bool { return c.Column == "experience_id" || c.Column == "correlation_id" })
		if len(t.columns) == 0 {
			continue
		}
		statement, catalogue := t.replace(), t.columns[0].ofCatalogue()
		if err := d.inParts(ctx, t.name, progress.In("erasing names in "+t.name), func(from, to string) error {
			return alike(t.name, d.forgetOnce(ctx, by, catalogue, statement, append(namesOf(p, from, to), by)...))
		}); err != nil {
			return fault("erase a person's names in "+t.name, err)
		}
	}
	return nil
}

// alike says what to do when two rows are told apart by the names alone.
func alike(table string, err error) error {
	if violated(err) == "" {
		return err
	}
	return fmt.Errorf("two rows of %s would have the same name without the person's: give one of them another name first: %w", table, err)
}

// replace is the statement that replaces the names of the person in some pages of the table, by $7.
func (t textTable) replace() string {
	var set, match []string
	for _, c := range t.columns {
		match = append(match, c.matches())
		if !c.Signed || c.Column != "sys_updated_by" {
			set = append(set, pq.QuoteIdentifier(c.Column)+` = `+c.replaced())
		}
	}
	if t.columns[0].Signed {
		set = append(set, touched("$7"))
	}
	return `UPDATE ` + pq.QuoteIdentifier(t.name) + ` SET ` + strings.Join(set, ", ") +
		t.someRows() + ` AND $7::text IS NOT NULL AND (` + strings.Join(match, " OR ") + `)`
}

// replaced is what the column says without the names.
func (c textColumn) replaced() string {
	name := pq.QuoteIdentifier(c.Column)
	value := `regexp_replace(` + name + `::text, ` + c.pattern() + `, 'erased', 'gi')`
	switch {
	case c.isJSON():
		return value + `::` + c.Type
	case c.Type == "ARRAY":
		return `ARRAY(SELECT regexp_replace(element, ` + c.pattern() + `, 'erased', 'gi') FROM unnest(` + name + `) WITH ORDINALITY AS e (element, n) ORDER BY n)`
	}
	return value
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
			if err := t.selectAll(ctx, &ids, issuesNaming, pattern, eraseAtMost, p.RoughPattern()); err != nil || len(ids) == 0 {
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
			     SET correlation_id = encode(sha256(convert_to(correlation_id, 'UTF8')), 'hex'), `+touched("$2")+`
			   WHERE correlation_id ~* $3 AND correlation_id ~* $1
			     AND NOT EXISTS (SELECT FROM sn_pren_experience_issue i WHERE i.experience_id = r.correlation_id)
			  RETURNING sys_id)
			UPDATE sn_pren_delivery
			   SET state = 'given_up', ended_on = now(), detail = 'The person was erased while it was not known whether it had arrived.'
			 WHERE incident IN (SELECT sys_id FROM renamed) AND state = 'pending' AND attempts > 0`, pattern, by, p.RoughPattern()); err != nil {
			return fault("take a person's name out of the ids of records", err)
		}
	}
	return nil
}

const issuesNaming = `
	SELECT i.sys_id
	  FROM sn_pren_experience_issue i
	 WHERE i.experience_id ~* $3 AND i.experience_id ~* $1 AND i.closed_on IS NOT NULL
	   AND ` + heardHere + `
	 LIMIT $2
	   FOR UPDATE OF i SKIP LOCKED`
