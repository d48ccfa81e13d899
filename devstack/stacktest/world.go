package stacktest

import (
	"context"
	"crypto/rand"
	"regexp"
	"strings"
	"sync"
	"testing"

	"proactive/devstack"
)

// A template is a database on which migrate ran once; a test's database is a copy of it.
type template struct {
	once sync.Once
	err  error
}

var templates sync.Map // of name to *template

// Database gives a test its own database: a copy of the one that migrate prepared for this name, once in this test binary.
// migrate must close its connections. The database is dropped when the test ends.
func Database(t testing.TB, name string, migrate func(url string) error) string {
	t.Helper()
	server := Postgres(t)
	known, _ := templates.LoadOrStore(name, new(template))
	prepared := known.(*template)
	prepared.once.Do(func() { prepared.err = prepare(server, name, migrate) })
	if prepared.err != nil {
		t.Fatal(prepared.err)
	}

	database := unique(t)
	if err := server.CreateDatabase(t.Context(), database, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.DropDatabase(context.Background(), database); err != nil {
			t.Error(err)
		}
	})
	return server.URL(database)
}

func prepare(server *devstack.Postgres, name string, migrate func(url string) error) error {
	if err := server.CreateDatabase(context.Background(), name, ""); err != nil {
		return err
	}
	return migrate(server.URL(name))
}

// Namespace gives a test its own Temporal namespace in which workflows with these search attributes can start.
func Namespace(t testing.TB, searchAttributes map[string]string) (address, namespace string) {
	t.Helper()
	server := Temporal(t)
	namespace = unique(t)
	if err := server.CreateNamespace(t.Context(), namespace, searchAttributes); err != nil {
		t.Fatal(err)
	}
	return server.Address(), namespace
}

var awkward = regexp.MustCompile(`[^a-z0-9]+`)

// unique makes a name that says which test it belongs to and that both servers accept (Postgres cuts at 63 bytes).
func unique(t testing.TB) string {
	readable := awkward.ReplaceAllString(strings.ToLower(t.Name()), "-")
	return readable[:min(len(readable), 40)] + "-" + strings.ToLower(rand.Text()[:10])
}
