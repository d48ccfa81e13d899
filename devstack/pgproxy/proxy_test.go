package pgproxy_test

import (
	"context"
	"database/sql"
	"net"
	"os"
	"testing"
	"time"

	"github.com/lib/pq"

	"proactive/devstack/pgproxy"
	"proactive/devstack/stacktest"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Run(m)) }

// A world is a database with one table, reached directly and by way of a proxy.
type world struct {
	t      *testing.T
	proxy  *pgproxy.Proxy
	direct *sql.DB
	client *sql.DB
	ctx    context.Context
}

func newWorld(t *testing.T, parameters string) *world {
	t.Helper()
	url := stacktest.Database(t, "pgproxy", func(url string) error {
		db, err := sql.Open("postgres", url)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Exec("CREATE TABLE deed (what text)")
		return err
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	proxy := pgproxy.Start(t, url)
	return &world{t: t, proxy: proxy, direct: open(t, url), client: open(t, proxy.URL()+parameters), ctx: ctx}
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func (w *world) deeds() (n int) {
	w.t.Helper()
	if err := w.direct.QueryRowContext(w.ctx, "SELECT count(*) FROM deed").Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// transact begins a transaction with one insert, in the background: the traffic is to be held.
func (w *world) transact() <-chan error {
	done := make(chan error, 1)
	go func() {
		tx, err := w.client.BeginTx(w.ctx, nil)
		if err == nil {
			_, err = tx.Exec("INSERT INTO deed VALUES ($1)", "done")
		}
		if err == nil {
			err = tx.Commit()
		}
		done <- err
	}()
	return done
}

func (w *world) reached(h *pgproxy.Held) {
	w.t.Helper()
	if err := h.Wait(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

// alone waits until Postgres has no other session left on this database, so that a rollback has happened.
func (w *world) alone() {
	w.t.Helper()
	for n := 1; n > 0; {
		err := w.direct.QueryRowContext(w.ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&n)
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) expect(want int) {
	w.t.Helper()
	if n := w.deeds(); n != want {
		w.t.Errorf("%d rows, want %d", n, want)
	}
}

func TestRoundTripsAreCounted(t *testing.T) {
	w := newWorld(t, "")
	if err := w.client.PingContext(w.ctx); err != nil { // a simple query in this driver
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		trip int
		do   func() error
	}{
		{"simple query", 1, func() error { _, err := w.client.Exec("SELECT 1"); return err }},
		{"parse, then bind and execute", 2, func() error { _, err := w.client.Exec("SELECT $1::int", 1); return err }},
		{"transaction", 4, func() error { return <-w.transact() }},
	} {
		before := w.proxy.RoundTrips()
		if err := c.do(); err != nil {
			t.Fatal(c.what, err)
		}
		if n := w.proxy.RoundTrips() - before; n != c.trip {
			t.Errorf("%s: %d round trips, want %d", c.what, n, c.trip)
		}
	}
	if n := w.proxy.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestAllInOneRoundTripIsHeldToo(t *testing.T) {
	w := newWorld(t, "&binary_parameters=yes")
	for i, phase := range []pgproxy.Phase{pgproxy.Before, pgproxy.AfterExecute} {
		h := w.proxy.Hold("INSERT INTO deed", phase)
		done := make(chan error, 1)
		go func() { _, err := w.client.ExecContext(w.ctx, "INSERT INTO deed VALUES ($1)", "x"); done <- err }()
		w.reached(h)
		w.expect(i * 2) // held before: none yet; held after: the first and this one
		h.Release()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	w.expect(2)
}

func TestAPreparedStatementIsKnownByItsText(t *testing.T) {
	w := newWorld(t, "")
	insert, err := w.client.PrepareContext(w.ctx, "INSERT INTO deed VALUES ($1)")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h := w.proxy.Hold("INSERT INTO deed", pgproxy.Before)
		done := make(chan error, 1)
		go func() { _, err := insert.Exec("x"); done <- err }()
		w.reached(h)
		h.Release()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	w.expect(2)
}

func TestDroppedBeforeItsCommitATransactionHasNotHappened(t *testing.T) {
	w := newWorld(t, "")
	h := w.proxy.BeforeCommitOf("INSERT INTO deed")
	done := w.transact()
	w.reached(h)
	h.Drop()
	if err := <-done; err == nil {
		t.Error("the client believes that it committed")
	}
	w.alone()
	w.expect(0)
}

func TestDroppedAfterItsCommitATransactionHasHappened(t *testing.T) {
	w := newWorld(t, "")
	h := w.proxy.AfterCommitOf("INSERT INTO deed")
	done := w.transact()
	w.reached(h)
	w.expect(1)
	h.Drop()
	if err := <-done; err == nil {
		t.Error("the client has heard of its commit")
	}
	w.expect(1)
}

func TestOnlyTheCommitOfTheRightTransactionIsHeld(t *testing.T) {
	w := newWorld(t, "")
	h := w.proxy.BeforeCommitOf("INSERT INTO deed")
	if _, err := w.client.Exec("INSERT INTO deed VALUES ('alone')"); err != nil { // commits by itself
		t.Fatal(err)
	}
	tx, err := w.client.BeginTx(w.ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("SELECT 1"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil { // would block
		t.Fatal(err)
	}
	done := w.transact()
	w.reached(h)
	h.Release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.expect(2)
}

func TestAClientThatDiesWhileHeldBeforeHasSentNothing(t *testing.T) {
	for name, hold := range map[string]func(w *world) *pgproxy.Held{
		"before a statement":  func(w *world) *pgproxy.Held { return w.proxy.Hold("INSERT INTO deed", pgproxy.Before) },
		"before its COMMIT":   func(w *world) *pgproxy.Held { return w.proxy.BeforeCommitOf("INSERT INTO deed") },
		"after the statement": func(w *world) *pgproxy.Held { return w.proxy.Hold("INSERT INTO deed", pgproxy.AfterExecute) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			mortal := &mortal{}
			w.client = mortal.open(t, w.proxy.URL())
			h := hold(w)
			done := w.transact()
			w.reached(h)
			mortal.die()
			if err := <-done; err == nil {
				t.Error("a dead client believes that it committed")
			}
			w.alone()
			h.Release()
			w.expect(0)
		})
	}
}

// mortal is a client whose connection can end as if its process were killed.
type mortal struct{ conn net.Conn }

func (m *mortal) Dial(network, address string) (conn net.Conn, err error) {
	m.conn, err = net.Dial(network, address)
	return m.conn, err
}

func (m *mortal) DialTimeout(network, address string, _ time.Duration) (net.Conn, error) {
	return m.Dial(network, address)
}

func (m *mortal) die() { m.conn.Close() }

func (m *mortal) open(t *testing.T, url string) *sql.DB {
	t.Helper()
	connector, err := pq.NewConnector(url)
	if err != nil {
		t.Fatal(err)
	}
	connector.Dialer(m)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestCutAllAndRefuse(t *testing.T) {
	w := newWorld(t, "")
	if err := w.client.PingContext(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.proxy.Refuse(true)
	if err := w.client.PingContext(w.ctx); err != nil {
		t.Error("an open connection is cut:", err)
	}
	w.proxy.CutAll()
	if err := w.client.PingContext(w.ctx); err == nil {
		t.Error("a new connection is let through")
	}
	w.proxy.Refuse(false)
	if err := w.client.PingContext(w.ctx); err != nil {
		t.Error(err)
	}
}
