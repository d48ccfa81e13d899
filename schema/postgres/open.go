package postgres

import (
	"database/sql"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// DB is a database of proactive.
type DB struct {
	db       *sqlx.DB
	dsn      string
	bell     *bell
	prepared sync.Map // query text -> *sqlx.Stmt
	intake   *intake

	catalogueTurns, recordTurns turns
}

// maxConnections bounds the pool of one process. Postgres's default is to serve 100 in all.
const maxConnections = 24

// session is set on every connection: limits, so that a paused or hung process cannot hold others up, and one plan for each prepared
// statement. Left to itself, Postgres plans Submit anew for each report, which takes twice as long as running it; explain_test.go
// looks at the plans that are used instead. A plan is kept while a table grows from nothing to a storm, so that how small the table
// was must not count: what has an index is found by it. Nor is a plan compiled that is for a few rows.
var session = map[string]string{
	"statement_timeout":                   "10s",
	"lock_timeout":                        "5s",
	"idle_in_transaction_session_timeout": "10s",
	"timezone":                            "UTC",
	"plan_cache_mode":                     "force_generic_plan",
	"enable_seqscan":                      "off",
	"jit":                                 "off",
}

// Open prepares access to the database at url (postgres://…). It connects when it is first needed: a database that is down
// is an error of the calls, not of Open.
func Open(url string) (*DB, error) { return open(url, answerTimeout, nil) }

// OpenPatiently is Open for somebody at the keyboard who works on whole tables: a statement may take any time,
// only not wait for locks, and those under the catalogue's lock a minute.
func OpenPatiently(url string) (*DB, error) { return open(url, 0, anyTime) }

var anyTime = map[string]string{"statement_timeout": "0"}

// OpenToLookBack is Open for somebody who reads whole tables beside those who are served: it cannot write, and takes no second processor.
func OpenToLookBack(url string) (*DB, error) { return open(url, 0, lookingBack) }

// lookingBack is what sets a session apart that reads whole tables: it plans for what it reads, and a statement of it takes its time but
// ends. Whoever stops it in the middle, with Ctrl-Z or Ctrl-S, keeps vacuum from cleaning up no longer than for those minutes.
var lookingBack = map[string]string{
	"statement_timeout":                   "15min",
	"idle_in_transaction_session_timeout": "5min",
	"plan_cache_mode":                     "auto",
	"enable_seqscan":                      "on",
	"max_parallel_workers_per_gather":     "0",
	"default_transaction_read_only":       "on",
}

// open is Open with another patience than answerTimeout, 0 is endless, and with what is unlike session.
func open(url string, patience time.Duration, unlike map[string]string) (*DB, error) {
	config, err := pq.NewConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL is no usable address of a PostgreSQL database: %w", err)
	}
	if config.Runtime == nil {
		config.Runtime = map[string]string{}
	}
	maps.Copy(config.Runtime, session)
	maps.Copy(config.Runtime, unlike)
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	config.FallbackApplicationName = "proactive"
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL is no usable address of a PostgreSQL database: %w", err)
	}
	connector.Dialer(dialer{patience: patience})
	db := sqlx.NewDb(openDB(connector), "postgres")
	d := &DB{db: db, dsn: url, bell: newBell(), catalogueTurns: newTurns(catalogueTurns), recordTurns: newTurns(recordTurns)}
	d.intake = newIntake(d.takeTogether)
	return d, nil
}

// Close gives all connections back.
func (d *DB) Close() error {
	d.bell.close()
	return d.db.Close()
}

// Pool tells how the connections of this process are used.
func (d *DB) Pool() sql.DBStats { return d.db.Stats() }
