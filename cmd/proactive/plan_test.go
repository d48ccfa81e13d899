package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/registry"
	"proactive/schema"
	"proactive/schema/postgres"
)

// emptyDatabase is a migrated database of the test's own, which commands find.
func emptyDatabase(t *testing.T) *postgres.DB {
	t.Helper()
	url := stacktest.Database(t, "migrated", func(url string) error {
		db, err := postgres.Open(url)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Migrate(context.Background())
		return err
	})
	t.Setenv("DATABASE_URL", url)
	db, err := postgres.Open(url)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// ran runs a command without a terminal.
func ran(t *testing.T, c *cobra.Command, in string, args ...string) (out, warn string, err error) {
	t.Helper()
	var o, w strings.Builder
	c.SetIn(strings.NewReader(in))
	c.SetOut(&o)
	c.SetErr(&w)
	c.SetArgs(append([]string{}, args...)) // nil would be those of the test's own process
	c.SilenceErrors, c.SilenceUsage = true, true
	err = c.ExecuteContext(t.Context())
	return o.String(), w.String(), err
}

func TestAPlanEndsWithTheCodeThatScriptsAskFor(t *testing.T) {
	emptyDatabase(t)
	const text = "{providers: [{provider_code: p, name: One}], service_accounts: [{user_name: tool, password: hunter2}]}"
	out, _, err := ran(t, planCommand(), text, "-f", "-")
	require.Equal(t, exitCode(exitDifferent), err)
	require.Equal(t, `providers
  + p  created
      provider_code: p
      name: One
service_accounts
  + tool  created
      user_name: tool
      password: changes (its value is not shown)
2 changes: 2 created
`, out)

	done, _, err := ran(t, applyCommand(), text, "-f", "-")
	require.NoError(t, err)
	require.Equal(t, out, done, "without a terminal nothing is asked")

	out, _, err = ran(t, planCommand(), text, "-f", "-")
	require.NoError(t, err)
	require.Equal(t, "nothing changes\n", out)

	out, _, err = ran(t, applyCommand(), "providers: [{provider_code: p, name: Two}]", "-f", "-", "--yes")
	require.NoError(t, err)
	require.Equal(t, "providers\n  ~ p  updated\n      name: One → Two\n1 change: 1 updated\n", out)

	_, warn, err := ran(t, planCommand(), "issues: [{provider: nobody, issue_code: 1}]", "-f", "-")
	require.EqualError(t, err, "nothing can be applied: one mistake in the catalogue")
	require.Contains(t, warn, "standard input:1: issues[0].provider: there is no")

	out, _, err = ran(t, planCommand(), "providers: [{provider_code: q}]", "-f", "-", "--prune")
	require.Equal(t, exitCode(exitDifferent), err)
	require.Equal(t, "providers\n  + q  created\n      provider_code: q\n  - p  retired\n      active: true → false\n2 changes: 1 created, 1 retired\n", out)
}

func TestAPlanHasColoursOnlyWhereSomebodyWantsThem(t *testing.T) {
	require.Equal(t, colours{}, coloursFor(&strings.Builder{}))
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	require.NoError(t, err)
	defer null.Close()
	require.False(t, isTerminal(null), "cron and containers")

	var b strings.Builder
	printPlan(&b, []registry.PlannedRow{{Section: schema.SectionIssues, Key: "sn/100", What: []schema.ChangeKind{schema.RowUpdated, schema.RowDeployed},
		Fields: []registry.FieldChange{{Name: "impact", Before: "3", After: "1"}, {Name: "host", Before: "a"}}}},
		colours{bold: "<b>", added: "<+>", changed: "<~>", gone: "<->", off: "</>"})
	require.Equal(t, "<b>issues</>\n  <~>~ sn/100</>  updated, deployed\n      impact: <->3</> → <+>1</>\n      host: <->a</> is gone\n1 change: 1 updated, 1 deployed\n", b.String())
}

// asked answers the question of apply, after before has happened.
func asked(t *testing.T, db registry.Reviewer, text, answer string, meanwhile func()) (string, error) {
	t.Helper()
	catalogue, _, err := registry.Read(registry.File{Name: "c.yaml", Data: []byte(text)})
	require.NoError(t, err)
	var out, warn strings.Builder
	err = applyAsked(t.Context(), db, catalogue, registry.Options{By: "tester"}, answers{strings.NewReader(answer), meanwhile}, &out, &warn)
	return out.String(), err
}

// answers is somebody at the keyboard.
type answers struct {
	*strings.Reader
	before func()
}

func (a answers) Read(p []byte) (int, error) {
	a.before()
	return a.Reader.Read(p)
}

func TestOnATerminalNothingIsAppliedWithoutAYes(t *testing.T) {
	db := emptyDatabase(t)
	const text = "providers: [{provider_code: p}, {provider_code: q}]"
	nothing := func() {}
	for _, answer := range []string{"", "\n", "n\n", "yes please\n"} {
		out, err := asked(t, db, text, answer, nothing)
		require.NoError(t, err)
		require.Contains(t, out, "2 changes: 2 created\nApply these 2 changes? [y/N] nothing was applied\n", answer)
	}
	_, err := asked(t, db, text, "y\n", func() {
		_, _, err := ran(t, applyCommand(), "providers: [{provider_code: p, name: quicker}]", "-f", "-", "--yes")
		require.NoError(t, err)
	})
	require.EqualError(t, err, "nothing was applied: since the plan was shown, the catalogue in the database was changed, and something else would come of it: "+
		"providers p was created. Plan again, and look at that")

	out, err := asked(t, db, text, "YES\n", nothing)
	require.NoError(t, err)
	require.Contains(t, out, "[y/N] applied\n")
	out, err = asked(t, db, text, "y\n", func() { t.Error("there is nothing to ask") })
	require.NoError(t, err)
	require.Equal(t, "nothing changes\n", out)
}

func TestAQuestionEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	require.False(t, saidYes(ctx, r))
}

func TestAnExportIsOneFileOrAFolder(t *testing.T) {
	emptyDatabase(t)
	_, _, err := ran(t, applyCommand(), "{providers: [{provider_code: p}], properties: {sn_pren.user_limits: 1}}", "-f", "-", "--yes")
	require.NoError(t, err)
	out, _, err := ran(t, exportCommand(), "", "--section", "properties,providers")
	require.NoError(t, err)
	require.Equal(t, "# Who reports. A report names its provider by this code.\nproviders:\n  - provider_code: p\n\n"+
		"# Settings that count while everything runs.\nproperties:\n  sn_pren.user_limits: 1\n", out)

	folder := t.TempDir()
	_, _, err = ran(t, exportCommand(), "", "-o", filepath.Join(folder, "all")+"/")
	require.NoError(t, err)
	_, _, err = ran(t, exportCommand(), "", "-o", filepath.Join(folder, "one.yaml"))
	require.NoError(t, err)
	written, err := os.ReadDir(filepath.Join(folder, "all"))
	require.NoError(t, err)
	require.Len(t, written, len(registry.Sections()))
	for _, path := range []string{filepath.Join(folder, "one.yaml"), filepath.Join(folder, "all", "providers.yaml")} {
		out, _, err = ran(t, planCommand(), "", "-f", path, "--prune")
		require.NoError(t, err)
		require.Equal(t, "nothing changes\n", out)
	}
	_, _, err = ran(t, exportCommand(), "", "--section", "people")
	require.ErrorContains(t, err, `there is no section "people": use providers, users, `)
}

func TestTheLibraryIsAppliedByItsNames(t *testing.T) {
	emptyDatabase(t)
	out, _, err := ran(t, applyCommand(), "", "--library", "low-disk-space", "--deploy", "--yes")
	require.NoError(t, err)
	require.Contains(t, out, "issues\n  + proactive/low-disk-space  created, deployed\n")
	require.Contains(t, out, "4 changes: 4 created, 1 deployed\n")
	out, _, err = ran(t, planCommand(), "", "--library", "low-disk-space")
	require.NoError(t, err)
	require.Equal(t, "nothing changes\n", out, "what is deployed stays so")
	out, _, err = ran(t, exportCommand(), "", "--section", "resolutions")
	require.NoError(t, err)
	require.Contains(t, out, "Leeren Sie den Papierkorb.")
	out, _, err = ran(t, planCommand(), out, "-f", "-", "--prune")
	require.NoError(t, err)
	require.Equal(t, "nothing changes\n", out)
	require.Contains(t, applyCommand().Long, "low-disk-space      The disk is nearly full: show how to make room")

	for sentence, args := range map[string][]string{
		"--library stands beside -f":               {"--library", "-f", "x"},
		"--deploy is for --library":                {"--deploy", "-f", "x"},
		"--prune is for files: beside --library":   {"--library", "low-disk-space", "--prune"},
		`the base library has no case "vpn": use `: {"--library", "vpn"},
		"no catalogue is named":                    {},
	} {
		_, _, err := ran(t, applyCommand(), "", args...)
		require.ErrorContains(t, err, sentence)
	}
}

func TestTheSchemaIsPrinted(t *testing.T) {
	out, _, err := ran(t, schemaCommand(), "")
	require.NoError(t, err)
	require.Contains(t, out, `"$schema": "https://json-schema.org/draft/2020-12/schema"`)
}
