package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/lib/pq"

	"proactive/schema"
)

// fault says once what was being tried, and marks the faults that are likely to pass as schema.ErrUnavailable or one of its kinds. Refusals
// and schema.ErrNoRecord pass as they are.
func fault(trying string, err error) error {
	var refused *schema.Refused
	var refusedDeployment *schema.RefusedDeployment
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return schema.ErrNoRecord
	case errors.Is(err, schema.ErrNoRecord), errors.Is(err, schema.ErrBusy), errors.As(err, &refused), errors.As(err, &refusedDeployment):
		return err
	case stalled(err):
		return fmt.Errorf("%s: %w: %w", trying, schema.ErrStalled, err)
	case outOfReach(err):
		return fmt.Errorf("%s: %w: %w", trying, schema.ErrUnavailable, err)
	case olderThanThis(err):
		return fmt.Errorf("%s: %w: %w", trying, schema.ErrNotMigrated, err)
	}
	return fmt.Errorf("%s: %w", trying, err)
}

// outOfReach tells a database that is away, starting, stopping, full or stalled from one that answered.
func outOfReach(err error) bool {
	if waitedInVain(err) {
		return true
	}
	var refusedByServer *pq.Error
	if errors.As(err, &refusedByServer) {
		switch refusedByServer.Code {
		case "25006", "25P03", "40P01", "57P01", "57P02", "57P03":
			return true // a standby, idle in transaction, a deadlock, shutdown, crash, cannot connect now
		}
		return refusedByServer.Code.Class() == "08" || refusedByServer.Code.Class() == "53" // no connection; no memory, disk or places
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// olderThanThis tells a table, column or function that is not there, as before a migration.
func olderThanThis(err error) bool {
	var refused *pq.Error
	return errors.As(err, &refused) && (refused.Code == "42P01" || refused.Code == "42703" || refused.Code == "42883")
}

// foundLocked tells that a lock was not to be had in the time for it.
func foundLocked(err error) bool {
	var refused *pq.Error
	return errors.As(err, &refused) && refused.Code == "55P03"
}

// waitedInVain tells that a statement was given up because it took too long, most likely behind somebody else's lock.
func waitedInVain(err error) bool {
	return stalled(err) || errors.Is(err, context.DeadlineExceeded)
}

// stalled tells that the database answered that a statement had taken too long.
func stalled(err error) bool {
	var stopped *pq.Error
	return errors.As(err, &stopped) && stopped.Code == "57014" || foundLocked(err) // statement timeout, or cancelled by us
}

// gaveWay tells that a transaction was the one of a circle, in which each waits for the next one's locks, that Postgres ended.
func gaveWay(err error) bool {
	var stopped *pq.Error
	return errors.As(err, &stopped) && stopped.Code == "40P01"
}

// violated names the constraint that err says was violated by a row that exists already; "" when it is no such error.
func violated(err error) string {
	var e *pq.Error
	if errors.As(err, &e) && e.Code == "23505" {
		return e.Constraint
	}
	return ""
}
