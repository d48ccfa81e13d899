package journey

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/schema/postgres"
	"proactive/worker"
)

// world is what one test has for itself: a database, a Temporal namespace, a hook, and the processes that it starts.
type world struct {
	t         *testing.T
	program   string // the binary
	database  string // URL
	temporal  string // HOST:PORT
	namespace string
	hook      *hook
	log       string // PROACTIVE_LOG_LEVEL
	server    string // URL of the API that was started last
	client    *caller
	own       []string // more of the environment of servers
}

// newWorld is a world with the conformance registry and the journeys' own.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	w.database = stacktest.Database(t, "migrated", migrate)
	w.temporal, w.namespace = stacktest.Namespace(t, searchAttributes())
	w.apply("testdata/registry.yaml", "testdata/journey.yaml")
	return w
}

// bareWorld has neither a database nor a namespace yet.
func bareWorld(t *testing.T) *world {
	w := &world{t: t, program: proactive, hook: newHook(t), log: "info"}
	w.client = newCaller(w)
	return w
}

// in is the same world in a test within the test.
func (w *world) in(t *testing.T) *world {
	at := *w
	at.t = t
	at.client = newCaller(&at)
	return &at
}

func migrate(url string) error {
	db, err := postgres.Open(url)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Migrate(context.Background())
	return err
}

func searchAttributes() map[string]string {
	all := map[string]string{}
	for _, name := range worker.SearchAttributes() {
		all[name] = "Keyword"
	}
	return all
}

// env is the environment of a server; what is given later overrides.
func (w *world) env(more ...string) []string {
	env := append(plainEnv(w.t), "DATABASE_URL="+w.database, "TEMPORAL_ADDRESS="+w.temporal, "TEMPORAL_NAMESPACE="+w.namespace,
		"PROACTIVE_HTTP_ALLOW="+w.hook.address, "PROACTIVE_API_ADDR=127.0.0.1:0", "PROACTIVE_WORKER_ADDR=127.0.0.1:0", "PROACTIVE_LOG_LEVEL="+w.log)
	return append(append(env, w.own...), more...)
}

// apply loads files of the catalogue, with the hook where it is now.
func (w *world) apply(files ...string) {
	w.t.Helper()
	args := []string{"apply"}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(w.t, err)
		args = append(args, "-f", w.file(filepath.Base(file), strings.ReplaceAll(string(text), "127.0.0.1:18999", w.hook.address)))
	}
	w.does("", args...)
}

// applies loads a catalogue that the test writes down.
func (w *world) applies(yaml string) {
	w.t.Helper()
	w.does(yaml, "apply", "-f", "-")
}

// does runs a subcommand of the operator's to its end, which must be a good one, and gives what it printed.
func (w *world) does(stdin string, args ...string) string {
	w.t.Helper()
	out, problems, code := tryProgram(w.t, w.program, w.env(), stdin, args...)
	require.Zero(w.t, code, "%v: %s", args, problems)
	return out
}

// impatient makes every issue overdue at once, so that only the janitor's care keeps it from ending as engine_lost.
func (w *world) impatient(grace string) {
	w.t.Helper()
	w.applies("properties: {sn_pren.engine_due_seconds: 1, sn_pren.janitor_interval_seconds: 1, sn_pren.janitor_grace_seconds: " + grace + "}")
}

func (w *world) file(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	require.NoError(w.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// serve starts both halves in one process and returns when reports are taken.
func (w *world) serve(more ...string) *process { return w.listens(w.starts("serve", more...)) }

// serveAndRun returns when issues are run, too.
func (w *world) serveAndRun(more ...string) *process {
	p := w.serve(more...)
	p.says("the engine is running")
	return p
}

// api starts the HTTP half alone.
func (w *world) api(more ...string) *process { return w.listens(w.starts("api", more...)) }

// worker starts the engine's half alone and returns when it is running.
func (w *world) worker(more ...string) *process {
	w.t.Helper()
	p := w.starts("worker", more...)
	p.says("the engine is running")
	return p
}

func (w *world) starts(subcommand string, more ...string) *process {
	w.t.Helper()
	return start(w.t, subcommand, w.env(more...), w.program, subcommand)
}

func (w *world) listens(p *process) *process {
	w.t.Helper()
	w.server = "http://" + p.says(`msg="taking reports" address=(\S+)`)
	return p
}

// value asks the database for one value.
func (w *world) value(query string, args ...any) (value string) {
	w.t.Helper()
	db, err := sql.Open("postgres", w.database)
	require.NoError(w.t, err)
	defer db.Close()
	require.NoError(w.t, db.QueryRowContext(w.t.Context(), query, args...).Scan(&value), query)
	return value
}

// incidents is how many there are for an issue.
func (w *world) incidents(id string) string {
	w.t.Helper()
	return w.value(`SELECT count(*) FROM incident WHERE correlation_id = $1`, id)
}

// incident is the description of the one incident of an issue.
func (w *world) incident(id string) string {
	w.t.Helper()
	require.Equal(w.t, "1", w.incidents(id), "incidents of %s", id)
	return w.value(`SELECT description FROM incident WHERE correlation_id = $1`, id)
}
