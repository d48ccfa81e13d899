// Package proactive holds tests of the repository as a whole: who may import whom.
package proactive

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mayImport says which packages of ours each package may import; tests may import what they like. A name covers what lies below
// it, except where that has a line of its own.
var mayImport = map[string][]string{
	"cmd":       {"api", "worker", "workflows", "activities", "agent", "registry", "wording", "schema", "schema/table", "schema/postgres", "schema/demo", "devstack", "devstack/mailbox"},
	"api":       {"registry", "wording", "schema", "schema/table"},
	"worker":    {"workflows", "activities", "schema"},
	"workflows": {"activities", "schema"},

	"activities": {"registry", "wording", "schema"},
	"agent":      {"schema"},
	"registry":   {"schema", "schema/table"},
	"wording":    {"schema"},

	"schema":            {},
	"schema/migrations": {},
	"schema/demo":       {},
	"schema/table":      {"schema"},
	"schema/postgres":   {"schema", "schema/table", "schema/migrations"},

	"journey/browser": {}, // for tests: nobody may import it

	"devstack":           {},
	"devstack/mailbox":   {},
	"devstack/stacktest": {"devstack"}, // for tests: nobody may import it, nor pgproxy
	"devstack/pgproxy":   {},
	"examples":           {}, // another team's: what we share is JSON
}

// keptTo names the few packages that may import what is not ours; the longest name that fits counts.
var keptTo = map[string][]string{
	"github.com/emersion":          {"devstack/mailbox"},
	"github.com/gin-gonic":         {"api"},
	"github.com/jmoiron/sqlx":      {"schema/postgres"},
	"github.com/lib/pq":            {"schema/postgres"},
	"github.com/wneessen/go-mail":  {"activities"},
	"go.temporal.io":               {"workflows", "activities", "worker", "devstack", "examples"},
	"go.temporal.io/sdk/client":    {"worker", "devstack", "examples"},
	"go.temporal.io/sdk/worker":    {"worker", "examples"},
	"go.temporal.io/sdk/testsuite": {},
	"github.com/stretchr/testify":  {},
	"github.com/chromedp":          {"journey/browser"},
	"testing":                      {"devstack/stacktest", "devstack/pgproxy", "journey/browser"},
}

// pureGo packages import nothing but the standard library and what mayImport allows.
var pureGo = []string{"schema", "schema/migrations", "schema/table", "schema/demo", "wording"}

// imports is what one package imports outside of its tests.
type imports struct {
	ImportPath string
	Imports    []string
	GoFiles    []string // without tests
}

func TestArrowsPointDownwards(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		packages := list(t, system)
		require.Greater(t, len(packages), 10, "go list finds the packages")
		for _, p := range packages {
			assert.Empty(t, wrongArrows(p), "on %s", system)
		}
	}
}

func TestAWrongArrowIsFound(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"proactive/schema", "proactive/api", "schema may not import api"},
		{"proactive/schema/postgres", "proactive/registry", "schema/postgres may not import registry"},
		{"proactive/api", "proactive/schema/postgres", "api may not import schema/postgres"},
		{"proactive/api", "go.temporal.io/sdk/temporal", "api may not import go.temporal.io/sdk/temporal: it is kept to workflows, activities, worker, devstack, examples"},
		{"proactive/workflows", "go.temporal.io/sdk/client", "workflows may not import go.temporal.io/sdk/client: it is kept to worker, devstack, examples"},
		{"proactive/examples/desk-team", "proactive/schema", "examples may not import schema"},
		{"proactive/cmd/proactive", "proactive/devstack/stacktest", "cmd may not import devstack/stacktest"},
		{"proactive/cmd/proactive", "github.com/lib/pq/oid", "cmd may not import github.com/lib/pq/oid: it is kept to schema/postgres"},
		{"proactive/registry", "testing", "registry may not import testing: it is kept to devstack/stacktest, devstack/pgproxy, journey/browser"},
		{"proactive/schema", "go.yaml.in/yaml/v3", "schema may not import go.yaml.in/yaml/v3: it uses the standard library alone"},
		{"proactive/util", "fmt", "util has no line in this test's table"},
	} {
		assert.Equal(t, []string{c.want}, wrongArrows(imports{ImportPath: c.from, Imports: []string{"fmt", c.to}}))
	}
}

// wrongArrows says what is wrong with a package's imports.
func wrongArrows(p imports) (wrong []string) {
	from := longest(mayImport, ours(p.ImportPath))
	if from == "" {
		return []string{ours(p.ImportPath) + " has no line in this test's table"}
	}
	for _, path := range p.Imports {
		if allowed, why := mayUse(from, path); !allowed {
			wrong = append(wrong, from+" may not import "+ours(path)+why)
		}
	}
	return wrong
}

func mayUse(from, path string) (allowed bool, why string) {
	if strings.HasPrefix(path, "proactive/") {
		to := longest(mayImport, ours(path))
		return to == from || slices.Contains(mayImport[from], to), ""
	}
	if kept := longest(keptTo, path); kept != "" && !owns(keptTo[kept], from) {
		return false, ": it is kept to " + strings.Join(keptTo[kept], ", ")
	}
	if slices.Contains(pureGo, from) && strings.Contains(strings.Split(path, "/")[0], ".") {
		return false, ": it uses the standard library alone"
	}
	return true, ""
}

// owns tells whether from is one of the owners or lies below one, as devstack/stacktest does below devstack.
func owns(owners []string, from string) bool {
	return slices.ContainsFunc(owners, func(owner string) bool { return from == owner || strings.HasPrefix(from, owner+"/") })
}

func ours(path string) string { return strings.TrimPrefix(path, "proactive/") }

// longest is the longest key that is path or a folder above it, or "".
func longest[V any](table map[string]V, path string) (found string) {
	for key := range table {
		if (path == key || strings.HasPrefix(path, key+"/")) && len(key) > len(found) {
			found = key
		}
	}
	return found
}

// list asks go list, leaving out packages of nothing but tests.
func list(t *testing.T, system string) (all []imports) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,GoFiles", "./...")
	c.Env = append(os.Environ(), "GOOS="+system)
	out, err := c.Output()
	require.NoError(t, err)
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p imports
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
}
