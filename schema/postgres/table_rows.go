package postgres

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"proactive/schema"
	"proactive/schema/table"
)

// Rows calls each with the values of every row of a selection, in the order of its fields, and tells how many rows the query has without
// limit and offset; -1 when that is not asked for. Both are of one moment. An error of each ends the reading, and is the error. A
// statement that takes longer than it may is schema.ErrTooSlow.
func (d *DB) Rows(ctx context.Context, of table.Selection, each func([]table.Value) error) (total int, err error) {
	err = d.lookUp(ctx, func(t *sqlx.Tx) error {
		read, err := eachRow(ctx, t, of, each)
		if err != nil {
			return err
		}
		total, err = totalOf(ctx, t, of, read)
		return err
	})
	return total, tooSlow("read rows of "+of.Table.Name, err)
}

// CountRows tells how many rows a selection's query has, whatever its limit and offset are.
func (d *DB) CountRows(ctx context.Context, of table.Selection) (count int, err error) {
	err = d.lookUp(ctx, func(t *sqlx.Tx) error {
		count, err = countRows(ctx, t, of)
		return err
	})
	return count, tooSlow("count rows of "+of.Table.Name, err)
}

// lookUp runs statements that nobody has foreseen, on one moment's data. They are not kept prepared, of which there would be no end, and
// are planned for their values: what holds for the statements of a report's life (see session) would make them slow. They take no processor
// but their own, so that whoever reads much leaves room for reports; and what a reference leads to is not merged in, which begins with the
// first row of all, whichever page is read.
func (d *DB) lookUp(ctx context.Context, work func(*sqlx.Tx) error) error {
	return d.transact(ctx, readOnly, func(t *sqlx.Tx) error {
		if _, err := t.ExecContext(ctx, lookingUp); err != nil {
			return err
		}
		return work(t)
	})
}

const lookingUp = `
	SET LOCAL enable_seqscan = on;
	SET LOCAL plan_cache_mode = force_custom_plan;
	SET LOCAL enable_mergejoin = off;
	SET LOCAL max_parallel_workers_per_gather = 0;
	SET LOCAL statement_timeout = '8s'`

func eachRow(ctx context.Context, t *sqlx.Tx, of table.Selection, each func([]table.Value) error) (read int, err error) {
	text, args := rowsStatement(of)
	rows, err := t.QueryxContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	values := make([]table.Value, len(of.Fields))
	into := places(of, values)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return read, err
		}
		if err := each(values); err != nil {
			return read, passed{err}
		}
		read++
	}
	return read, rows.Err()
}

// places are where the columns of a row go, in the order of rowsStatement.
func places(of table.Selection, values []table.Value) (into []any) {
	for i, p := range of.Fields {
		into = append(into, &values[i].Value)
		if p.Field.Type == table.Reference && of.Displays {
			into = append(into, &values[i].Display)
		}
	}
	return into
}

// totalOf counts only when the page does not tell.
func totalOf(ctx context.Context, t *sqlx.Tx, of table.Selection, read int) (int, error) {
	switch {
	case !of.Count:
		return -1, nil
	case read < of.Limit && (read > 0 || of.Offset == 0):
		return of.Offset + read, nil
	}
	return countRows(ctx, t, of)
}

func countRows(ctx context.Context, t *sqlx.Tx, of table.Selection) (count int, err error) {
	text, args := countStatement(of)
	err = t.GetContext(ctx, &count, text, args...)
	return count, err
}

// passed is an error of whom the rows are for, and none of the database.
type passed struct{ error }

// tooSlow tells a query that takes too long from a database that is out of reach.
func tooSlow(trying string, err error) error {
	var own passed
	if errors.As(err, &own) {
		return own.error
	}
	var stopped *pq.Error
	if errors.As(err, &stopped) && stopped.Code == "57014" {
		return schema.ErrTooSlow
	}
	return fault(trying, err)
}
