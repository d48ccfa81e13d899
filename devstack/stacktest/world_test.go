package stacktest_test

import (
	"database/sql"
	"os"
	"sync/atomic"
	"testing"

	_ "github.com/lib/pq"

	"proactive/devstack/stacktest"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Run(m)) }

func TestEachTestHasItsOwnCopyOfWhatIsMigratedOnce(t *testing.T) {
	var migrations atomic.Int32
	migrate := func(url string) error {
		migrations.Add(1)
		return exec(url, "CREATE TABLE mine (n int)")
	}
	t.Run("tests", func(t *testing.T) {
		for _, name := range []string{"one", "two", "a name, with \"marks\" and Ümläute that is far longer than Postgres allows"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				url := stacktest.Database(t, "world", migrate)
				// fails where another test's row stands already
				if err := exec(url, "ALTER TABLE mine ADD CHECK (n > 0), ADD UNIQUE (n); INSERT INTO mine VALUES (1)"); err != nil {
					t.Error(err)
				}
			})
		}
	})
	if n := migrations.Load(); n != 1 {
		t.Errorf("migrated %d times", n)
	}
}

func TestNamespacesAreDifferent(t *testing.T) {
	_, one := stacktest.Namespace(t, nil)
	_, two := stacktest.Namespace(t, map[string]string{"A": "Keyword"})
	if one == two {
		t.Error(one)
	}
}

func exec(url, statement string) error {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}
