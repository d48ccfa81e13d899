package devstack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// SQLSTATEs that mean something here.
const (
	duplicateDatabase = "42P04"
	uniqueViolation   = "23505" // what the loser of two simultaneous CREATE DATABASE gets
	objectInUse       = "55006"
)

// CreateDatabase makes a database as a copy of template, or an empty one where that is "". It waits a little for others to leave
// the template, which Postgres demands: a closed connection's server process ends a moment later.
func (p *Postgres) CreateDatabase(ctx context.Context, name, template string) error {
	sql := "CREATE DATABASE " + quote(name)
	if template != "" {
		sql += " TEMPLATE " + quote(template)
	}
	patience := time.Now().Add(10 * time.Second)
	for {
		err := p.query(ctx, "postgres", sql)
		if err == nil {
			return nil
		}
		if !hasCode(err, objectInUse) || time.Now().After(patience) {
			return fmt.Errorf("create database %s: %w", name, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("create database %s: %w", name, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// EnsureDatabase makes an empty database unless there is one of that name.
func (p *Postgres) EnsureDatabase(ctx context.Context, name string) error {
	err := p.CreateDatabase(ctx, name, "")
	if hasCode(err, duplicateDatabase) || hasCode(err, uniqueViolation) {
		return nil
	}
	return err
}

// DropDatabase removes a database and whoever is connected to it. One that does not exist is fine.
func (p *Postgres) DropDatabase(ctx context.Context, name string) error {
	if err := p.query(ctx, "postgres", "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

func hasCode(err error, code string) bool {
	var e PostgresError
	return errors.As(err, &e) && e.Code == code
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
