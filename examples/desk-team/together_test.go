package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	sdkworker "go.temporal.io/sdk/worker"

	"proactive/activities"
	"proactive/devstack/stacktest"
	"proactive/registry"
	"proactive/schema"
	"proactive/schema/demo"
	"proactive/schema/postgres"
	"proactive/worker"
)

// company is proactive with the demo's catalogue, and this team's worker beside it, on a Postgres and a Temporal of their own.
type company struct {
	t   *testing.T
	db  *postgres.DB
	dir string // the desk's
}

func newCompany(t *testing.T) *company {
	t.Helper()
	t.Setenv("PROACTIVE_PAYLOAD_KEY", key)
	attributes := map[string]string{}
	for _, name := range worker.SearchAttributes() {
		attributes[name] = "Keyword"
	}
	address, namespace := stacktest.Namespace(t, attributes)
	t.Setenv("TEMPORAL_ADDRESS", address)
	t.Setenv("TEMPORAL_NAMESPACE", namespace)
	c := &company{t: t, db: openDatabase(t)}
	c.startProactive()
	c.startDesk()
	return c
}

func openDatabase(t *testing.T) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(stacktest.Database(t, "migrated", func(url string) error {
		db, err := postgres.Open(url)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Migrate(context.Background())
		return err
	}))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	catalogue, _, err := registry.Read(registry.File{Name: "demo.yaml", Data: demo.YAML})
	require.NoError(t, err)
	_, err = registry.Apply(t.Context(), db, catalogue, "test")
	require.NoError(t, err)
	return db
}

func (c *company) startProactive() {
	c.t.Helper()
	config, err := worker.LoadConfig(os.Getenv("PROACTIVE_PAYLOAD_KEY"))
	require.NoError(c.t, err)
	config.Temporal.Logger, config.StopTimeout = quiet(), time.Second
	engine := worker.New(config, c.db, activities.New(c.db), activities.NewHTTPRequest(c.db, activities.AllowList{}, activities.NewHosts(activities.DefaultPerHost)),
		activities.NewNotify(c.db, activities.NotifyConfig{}))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		engine.Run(ctx)
	}()
	c.t.Cleanup(func() {
		cancel()
		<-done
	})
}

func (c *company) startDesk() {
	c.t.Helper()
	d, dir := newDesk(c.t)
	c.dir = dir
	options, err := connectionOptions()
	require.NoError(c.t, err)
	options.Logger = quiet()
	temporal, err := client.Dial(options)
	require.NoError(c.t, err)
	c.t.Cleanup(temporal.Close)
	w := sdkworker.New(temporal, taskQueue, sdkworker.Options{})
	register(w, d)
	require.NoError(c.t, w.Start())
	c.t.Cleanup(w.Stop)
}

func quiet() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// report is what a provider sends; it gives the issue when it is closed.
func (c *company) report(code, parameters string) schema.Issue {
	c.t.Helper()
	id, err := c.db.Submit(c.t.Context(), schema.Report{
		Endpoint: schema.Endpoint{UserName: "abel.tuter", CI: "d049b28e936aa1106f98f6db5cba10d5"}, Provider: "sn", IssueCode: code,
		InputParameters: []byte(parameters), ReportedBy: "test",
	})
	require.NoError(c.t, err)
	var issue schema.Issue
	require.Eventually(c.t, func() bool {
		issue, err = c.db.Issue(c.t.Context(), id, 0)
		return err == nil && issue.State.Closed()
	}, 2*time.Minute, 20*time.Millisecond, "the issue of code %s is closed", code)
	return issue
}

func TestAReportRunsTheSubflowOfThisTeam(t *testing.T) {
	c := newCompany(t)
	issue := c.report("400", "{}")
	assert.Equal(t, schema.ResolvedSilently, issue.EndReason)
	assert.Contains(t, told(issue), "The VPN is on again.")
	vpn, err := os.ReadFile(filepath.Join(c.dir, "vpn"))
	require.NoError(t, err)
	assert.Equal(t, "on\n", string(vpn))
}

func TestAReportRunsTheFlowActionOfThisTeam(t *testing.T) {
	c := newCompany(t)
	issue := c.report("500", "{}")
	assert.Equal(t, schema.ResolvedSilently, issue.EndReason)
	assert.Contains(t, told(issue), "500 MB were freed.")
	assert.Equal(t, demoFiles-10, left(t, c.dir))
}

func TestWhatThisTeamCannotDoBecomesAnIncident(t *testing.T) {
	c := newCompany(t)
	for range 4 {
		c.report("500", "{}") // 2000 MB in all: nothing is left
	}
	issue := c.report("500", "{}")
	assert.Equal(t, schema.ActionFailed, issue.EndReason)
	assert.Contains(t, told(issue), "Only 0 of 500 MB can be freed.")
	assert.NotEmpty(t, issue.IncidentNumber)
}

func told(issue schema.Issue) (story string) {
	for _, event := range issue.Timeline {
		story += event.Detail + "\n"
	}
	return story
}
