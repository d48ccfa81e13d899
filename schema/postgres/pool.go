package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"github.com/jmoiron/sqlx"
)

func openDB(connector driver.Connector) *sql.DB {
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db
}

// stmt gives the prepared form of query; on a warm connection it then costs one round trip.
func (d *DB) stmt(ctx context.Context, query string) (*sqlx.Stmt, error) {
	if s, ok := d.prepared.Load(query); ok {
		return s.(*sqlx.Stmt), nil
	}
	s, err := d.db.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if first, raced := d.prepared.LoadOrStore(query, s); raced {
		s.Close()
		s = first.(*sqlx.Stmt)
	}
	return s, nil
}

// get reads the one row of query into dest; sql.ErrNoRows when there is none.
func (d *DB) get(ctx context.Context, dest any, query string, args ...any) error {
	s, err := d.stmt(ctx, query)
	if err != nil {
		return err
	}
	return s.GetContext(ctx, dest, args...)
}

// selectAll reads all rows of query into dest.
func (d *DB) selectAll(ctx context.Context, dest any, query string, args ...any) error {
	s, err := d.stmt(ctx, query)
	if err != nil {
		return err
	}
	return s.SelectContext(ctx, dest, args...)
}

// exec runs query and tells how many rows it touched.
func (d *DB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := d.stmt(ctx, query)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// tx is a transaction that uses the prepared statements of its database.
type tx struct {
	*sqlx.Tx
	d      *DB
	missed *[]string // queries that are not prepared yet
}

// inTx runs work in one transaction, and commits when work gives no error.
func (d *DB) inTx(ctx context.Context, work func(tx) error) error {
	return d.inTxOf(ctx, nil, work)
}

// inReadOnlyTx runs work in a transaction that sees one moment and can change nothing; a standby will do.
func (d *DB) inReadOnlyTx(ctx context.Context, work func(tx) error) error {
	return d.inTxOf(ctx, readOnly, work)
}

var readOnly = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}

func (d *DB) inTxOf(ctx context.Context, kind *sql.TxOptions, work func(tx) error) error {
	var missed []string
	err := d.transact(ctx, kind, func(t *sqlx.Tx) error { return work(tx{t, d, &missed}) })
	for _, query := range missed {
		if _, err := d.stmt(ctx, query); err != nil {
			break // whoever needs it next tries again
		}
	}
	return err
}

func (d *DB) transact(ctx context.Context, kind *sql.TxOptions, work func(*sqlx.Tx) error) error {
	t, err := d.db.BeginTxx(ctx, kind)
	if err != nil {
		return err
	}
	defer t.Rollback() //nolint:errcheck // after a commit it does nothing; otherwise the error of work is the one that counts
	if err := work(t); err != nil {
		return err
	}
	return t.Commit()
}

// querier is a prepared statement within a transaction, or the transaction with the statement's text.
type querier struct {
	get       func(dest any, args ...any) error
	selectAll func(dest any, args ...any) error
	exec      func(args ...any) (sql.Result, error)
}

// query never prepares on the database: that takes a second connection, and when all are taken by transactions that wait for
// one, they wait for ever. What is missing is prepared when the transaction has given its connection back.
func (t tx) query(ctx context.Context, text string) querier {
	if prepared, ok := t.d.prepared.Load(text); ok {
		s := t.StmtxContext(ctx, prepared.(*sqlx.Stmt))
		return querier{
			get:       func(dest any, args ...any) error { return s.GetContext(ctx, dest, args...) },
			selectAll: func(dest any, args ...any) error { return s.SelectContext(ctx, dest, args...) },
			exec:      func(args ...any) (sql.Result, error) { return s.ExecContext(ctx, args...) },
		}
	}
	*t.missed = append(*t.missed, text)
	return querier{
		get:       func(dest any, args ...any) error { return t.Tx.GetContext(ctx, dest, text, args...) },
		selectAll: func(dest any, args ...any) error { return t.Tx.SelectContext(ctx, dest, text, args...) },
		exec:      func(args ...any) (sql.Result, error) { return t.Tx.ExecContext(ctx, text, args...) },
	}
}

func (t tx) get(ctx context.Context, dest any, query string, args ...any) error {
	return t.query(ctx, query).get(dest, args...)
}

func (t tx) selectAll(ctx context.Context, dest any, query string, args ...any) error {
	return t.query(ctx, query).selectAll(dest, args...)
}

func (t tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := t.query(ctx, query).exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
