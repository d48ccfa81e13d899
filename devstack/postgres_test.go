package devstack_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"proactive/devstack"
	"proactive/devstack/stacktest"
)

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		beTheHelper()
	}
	os.Exit(stacktest.Run(m))
}

func TestACommittedRowSurvivesStopAndKill(t *testing.T) {
	p := stacktest.OwnPostgres(t)
	url := p.URL("postgres")
	run(t, url, "CREATE TABLE kept (n int)")
	for round, end := range []func(){func() { _ = p.Stop() }, p.Kill, p.Kill} {
		run(t, url, "INSERT INTO kept VALUES (1)")
		end()
		if _, err := count(t, url, "kept"); err == nil {
			t.Fatal("a server that ended still answers")
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := count(t, url, "kept"); err != nil || n != round+1 {
			t.Fatalf("round %d: %d rows, %v", round, n, err)
		}
	}
}

func TestAStalePIDFileDoesNotMatter(t *testing.T) {
	p := stacktest.OwnPostgres(t)
	p.Kill()
	for _, recycled := range []int{os.Getpid(), 1, 1 << 30} {
		file := filepath.Join(p.Dir(), "data", "postmaster.pid")
		if err := os.WriteFile(file, fmt.Appendf(nil, "%d\n%s/data\n", recycled, p.Dir()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatalf("pid %d: %v", recycled, err)
		}
		p.Kill()
	}
}

func TestAFolderInUseIsRefusedByThePIDOfItsServer(t *testing.T) {
	p := stacktest.OwnPostgres(t)
	_, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Dir: p.Dir(), Fast: true})
	if err == nil || !strings.Contains(err.Error(), "process "+strconv.Itoa(p.PID())) {
		t.Errorf("got %v", err)
	}
	run(t, p.URL("postgres"), "SELECT 1")
}

func TestAFolderOfAnotherVersionIsLeftAlone(t *testing.T) {
	p := stacktest.OwnPostgres(t)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	version := filepath.Join(p.Dir(), "data", "PG_VERSION")
	if err := os.WriteFile(version, []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Dir: p.Dir()})
	if err == nil || !strings.Contains(err.Error(), "was made by Postgres 9") {
		t.Errorf("got %v", err)
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	_, err = devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Port: port})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d for Postgres is taken", port)) {
		t.Errorf("got %v", err)
	}
	_, err = devstack.StartTemporal(t.Context(), devstack.TemporalOptions{UIPort: port})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d for Temporal's web UI is taken", port)) {
		t.Errorf("got %v", err)
	}
}

func TestAPausedServerAnswersWhenItResumes(t *testing.T) {
	p := stacktest.OwnPostgres(t)
	db := open(t, p.URL("postgres"))
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Pause()
	answered := make(chan error, 1)
	go func() { answered <- db.QueryRow("SELECT 1").Scan(new(int)) }()
	select {
	case err := <-answered:
		t.Fatalf("a paused server answered: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	p.Resume()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}

func TestServersStartedAtOnceDoNotMeet(t *testing.T) {
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			p, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Fast: true})
			if err != nil {
				t.Error(err)
				return
			}
			defer p.Remove()
			s, err := devstack.StartTemporal(t.Context(), devstack.TemporalOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			s.Kill()
		})
	}
	all.Wait()
}

func TestADatabaseNameMayBeAnything(t *testing.T) {
	p := stacktest.Postgres(t)
	ctx, name := t.Context(), `odd "name"; --`
	for range 2 {
		if err := p.EnsureDatabase(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.CreateDatabase(ctx, name, ""); err == nil {
		t.Error("created twice")
	}
	for range 2 {
		if err := p.DropDatabase(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t *testing.T, url, statement string) {
	t.Helper()
	db := open(t, url)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, url, table string) (n int, err error) {
	t.Helper()
	db := open(t, url)
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n)
	return n, err
}
