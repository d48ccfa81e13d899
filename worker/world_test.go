package worker

import (
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/grpc"

	"proactive/activities"
	"proactive/devstack/stacktest"
	"proactive/registry"
	"proactive/schema"
	"proactive/schema/postgres"
)

// world is one test's own database, namespace and, once it is started, engine.
type world struct {
	t         *testing.T
	url       string
	db        *postgres.DB
	sql       *sql.DB // the same database, for what no method tells
	temporal  client.Options
	httpAllow string
	hosts     *activities.Hosts
	places    int // of the engine; 0 is as many as usual
}

func newWorld(t *testing.T, catalogue string) *world {
	t.Helper()
	attributes := map[string]string{}
	for _, name := range SearchAttributes() {
		attributes[name] = "Keyword"
	}
	address, namespace := stacktest.Namespace(t, attributes)
	w := &world{t: t, url: stacktest.Database(t, "migrated", migrate), httpAllow: "127.0.0.1", hosts: activities.NewHosts(activities.DefaultPerHost)}
	w.temporal = client.Options{HostPort: address, Namespace: namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))}
	w.db = w.open(w.url)
	var err error
	w.sql, err = sql.Open("postgres", w.url)
	require.NoError(t, err)
	w.sql.SetMaxOpenConns(4)
	t.Cleanup(func() { w.sql.Close() })
	read, _, err := registry.Read(registry.File{Name: "catalogue.yaml", Data: []byte(catalogue)})
	require.NoError(t, err)
	_, err = registry.Apply(t.Context(), w.db, read, "test")
	require.NoError(t, err)
	return w
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

func (w *world) open(url string) *postgres.DB {
	db, err := postgres.Open(url)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { db.Close() })
	return db
}

// intercept lets a test see every request to Temporal's frontend.
func (w *world) intercept(interceptor grpc.UnaryClientInterceptor) {
	w.temporal.ConnectionOptions.DialOptions = append(w.temporal.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(interceptor))
}

// engine runs until the test ends, or stop is called. It returns when it is running.
func (w *world) engine() (stop func()) {
	w.t.Helper()
	e, stop := w.start(w.db)
	w.eventually("the engine runs", e.Running)
	return stop
}

// start starts an engine on a store until the test ends, or stop is called.
func (w *world) start(store Store) (e *Engine, stop func()) {
	w.t.Helper()
	allow, err := activities.ParseAllowList(w.httpAllow)
	require.NoError(w.t, err)
	allow = secretsTo(w.t, allow, "PLANTED")
	e = New(Config{Temporal: w.temporal, StopTimeout: time.Second, Places: w.places}, store, activities.New(w.db), activities.NewHTTPRequest(w.db, allow, w.hosts), w.notify(allow))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	w.t.Cleanup(stop)
	return e, stop
}

// notify writes to people by webhook, wherever http_request may go.
// secretsTo lets a secret go to this machine.
func secretsTo(t *testing.T, allow activities.AllowList, name string) activities.AllowList {
	t.Helper()
	hosts, err := activities.ParseSecretHosts(name + "=127.0.0.1")
	require.NoError(t, err)
	return allow.WithSecrets(hosts)
}

func (w *world) notify(allow activities.AllowList) *activities.Notify {
	return activities.NewNotify(w.db, activities.NotifyConfig{LinkKey: linkKey, PublicURL: "http://help.example.com", HTTP: allow, Hosts: w.hosts})
}

// linkKey makes the links of the tests.
var linkKey = []byte("0123456789abcdef0123456789abcdef")

func (w *world) eventually(what string, condition func() bool) {
	w.t.Helper()
	require.Eventually(w.t, condition, 4*time.Minute, 10*time.Millisecond, what)
}

// report submits a report of fred's and gives its experience_id.
func (w *world) report(code string, more ...func(*schema.Report)) string {
	w.t.Helper()
	id, err := w.submit(code, more...)
	require.NoError(w.t, err)
	return id
}

func (w *world) submit(code string, more ...func(*schema.Report)) (string, error) {
	r := schema.Report{Endpoint: schema.Endpoint{UserName: "fred.luddy"}, IssueCode: code, Provider: "sn", ReportedBy: "test"}
	for _, change := range more {
		change(&r)
	}
	return w.db.Submit(w.t.Context(), r)
}

func withID(id string) func(*schema.Report) { return func(r *schema.Report) { r.ExperienceID = id } }

// becomes waits until the issue is in a state, and gives it; a closed one is in no other any more.
func (w *world) becomes(id string, state schema.State) schema.Issue {
	w.t.Helper()
	var issue schema.Issue
	w.eventually("issue "+id+" becomes "+string(state), func() bool {
		var err error
		issue, err = w.db.Issue(w.t.Context(), id, 0)
		require.NoError(w.t, err)
		return issue.State == state || issue.State.Closed()
	})
	require.Equal(w.t, state, issue.State, "%+v", issue)
	return issue
}

// withHook is the tests' catalogue, with the hook at address.
func withHook(address string) string { return strings.ReplaceAll(catalogue, "HOOK", address) }
