package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// applying runs the command without a database behind it.
func applying(t *testing.T, in string, args ...string) (out, warn string, err error) {
	t.Helper()
	t.Setenv("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none?sslmode=disable")
	return ran(t, applyCommand(), in, args...)
}

func TestApplyPrintsEveryMistakeOfEveryFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issues.yaml")
	require.NoError(t, os.WriteFile(path, []byte("issues:\n  - {provider: sn}\n"), 0o600))
	out, warn, err := applying(t, "userz: []", "-f", path, "-f", "-")
	require.EqualError(t, err, "nothing can be applied: 2 mistakes in the catalogue")
	require.Empty(t, out)
	lines := strings.Split(strings.TrimSpace(warn), "\n")
	require.Len(t, lines, 2)
	require.Equal(t, path+":2: issues[0].issue_code: is missing: give it a value", lines[0])
	require.Contains(t, lines[1], "standard input:1: userz: there is no such field")
}

func TestApplySaysWhatIsMissing(t *testing.T) {
	_, _, err := applying(t, "")
	require.EqualError(t, err, "no catalogue is named: name a file with -f FILE, or -f - for the standard input, or use --library")
	_, _, err = applying(t, "", "-f", "/no/such/file.yaml")
	require.ErrorContains(t, err, "cannot read the catalogue: open /no/such/file.yaml")
	folder := t.TempDir()
	_, _, err = applying(t, "", "-f", folder)
	require.EqualError(t, err, "cannot read the catalogue: "+folder+" is a folder: name its files, as in -f "+filepath.Join(folder, "*.yaml"))
}

func TestApplyWarnsBeforeItNeedsADatabase(t *testing.T) {
	_, warn, err := applying(t, "resolutions: [{name: r, type: remedial_action}]", "-f", "-")
	require.ErrorContains(t, err, "apply the catalogue")
	require.Contains(t, warn, "warning: standard input:1: resolutions[0].remedial_action: is missing")
}

func TestChangesArePrintedBySection(t *testing.T) {
	var b strings.Builder
	printChanges(&b, []schema.Change{
		{Section: schema.SectionUsers, Key: "abel.tuter", What: schema.RowCreated},
		{Section: schema.SectionIssues, Key: "sn/100", What: schema.RowUpdated},
		{Section: schema.SectionIssues, Key: "sn/100", What: schema.RowDeployed},
	})
	require.Equal(t, "users:\n  created    abel.tuter\nissues:\n  updated    sn/100\n  deployed   sn/100\n", b.String())
	b.Reset()
	printChanges(&b, nil)
	require.Equal(t, "nothing changed\n", b.String())
}
