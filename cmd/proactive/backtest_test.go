package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/registry/backtest"
	"proactive/registry/decide"
	"proactive/schema"
	"proactive/schema/postgres"
)

const backtestCatalogue = `
providers: [{provider_code: sn, name: ServiceNow}]
users: [{user_name: fred.luddy, email: fred.luddy@example.com}]
resolutions: [{name: an-incident, type: create_incident}]
issues:
  - {provider: sn, issue_code: "100", short_description: Slow, resolution: an-incident, fallback: incident, deployed: true}
`

// backtestWorld is a database with that catalogue and one report that has ended.
func backtestWorld(t *testing.T) (url string) {
	t.Helper()
	url = stacktest.Database(t, "backtest", func(url string) error {
		db, err := postgres.Open(url)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Migrate(t.Context())
		return err
	})
	t.Setenv("DATABASE_URL", url)
	var out, warn bytes.Buffer
	require.NoError(t, apply(t.Context(), applyOptions{yes: true, source: catalogueSource{paths: []string{"-"}}}, strings.NewReader(backtestCatalogue), &out, &warn), warn.String())
	db, err := postgres.Open(url)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Submit(t.Context(), schema.Report{Provider: "sn", IssueCode: "100", ExperienceID: "x1", Endpoint: schema.Endpoint{UserName: "fred.luddy"}, ReportedBy: "test"})
	require.NoError(t, err)
	plan, err := db.Begin(t.Context(), "x1", 1, decide.Step)
	require.NoError(t, err)
	_, err = db.Conclude(t.Context(), "x1", schema.Outcome{Step: 1, Reason: plan.Conclude})
	require.NoError(t, err)
	return url
}

func TestBacktestTellsWhatAnotherRegistryWouldHaveDone(t *testing.T) {
	backtestWorld(t)
	file := filepath.Join(t.TempDir(), "new.yaml")
	run := func(o backtestOptions) (string, error) {
		var out, warn bytes.Buffer
		err := runBacktest(t.Context(), o, nil, &out, &warn)
		return out.String() + warn.String(), err
	}
	out, err := run(backtestOptions{since: "30d"})
	require.NoError(t, err)
	require.Contains(t, out, "0 of 1 reports since ")

	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(backtestCatalogue, `fallback: incident`, `fallback: none, urgency: 1, assignment_group: Desk`, 1)), 0o600))
	for range 2 { // nothing of the first is left for the second
		out, err = run(backtestOptions{since: "30d", files: []string{file}})
		require.ErrorIs(t, err, exitCode(exitDifferent))
		require.Contains(t, out, "1 of 1 reports since ")
		require.Regexp(t, `(?m)^sn/100 +- +- +- +- +- +- +- +1$`, out)
		require.Contains(t, out, "x1 step 1: incident for no group, impact 3, urgency 3 -> incident for Desk, impact 3, urgency 1")
		require.Contains(t, out, "warning: people and computers are taken as they are in the database")
	}
	out, err = run(backtestOptions{since: "30d", asJSON: true})
	require.NoError(t, err)
	var report backtest.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.Equal(t, 1, report.Steps)

	require.NoError(t, os.WriteFile(file, []byte("issues: [{provider: nobody}]"), 0o600))
	out, err = run(backtestOptions{since: "30d", files: []string{file}})
	require.ErrorContains(t, err, "in the catalogue")
	require.NotErrorIs(t, err, exitCode(exitDifferent))
	require.Contains(t, out, "new.yaml:1")
}

func TestSinceMayBeInDays(t *testing.T) {
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "12h": 12 * time.Hour, "90m": 90 * time.Minute} {
		got, err := readSince(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"d", "-1d", "0d", "1w", "99999999d"} {
		_, err := readSince(text)
		require.ErrorContains(t, err, "is no duration: write days", text)
	}
	_, _, err := ran(t, backtestCommand(), "")
	require.ErrorContains(t, err, "Set --since")
}

func TestAStandbyIsNamedOrNotAskedFor(t *testing.T) {
	_, _, err := ran(t, backtestCommand(), "", "--since", "1d", "--read-from", "")
	require.ErrorContains(t, err, "--read-from is empty")
}
