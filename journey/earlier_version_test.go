package journey

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The variables that say from which versions an upgrade is tried.
const (
	upgradeFrom = "PROACTIVE_UPGRADE_FROM" // a commit, instead of those that are found
	upgradeMust = "PROACTIVE_UPGRADE"      // "required": a history that is missing is a failure
)

// released is the last migration of the last release. Those after it come in one go, and may still be changed.
const released = "00009_inbox_of_begun.sql"

// earlierVersions are the commits from which an upgrade to what is checked out here is tried, by name.
func earlierVersions(t *testing.T) map[string]string {
	t.Helper()
	if from := os.Getenv(upgradeFrom); from != "" {
		return map[string]string{"from " + from: commit(t, from)}
	}
	if missing := missingHistory(); missing != "" {
		if os.Getenv(upgradeMust) == "required" {
			require.Fail(t, missing)
		}
		t.Skip(missing + " So no earlier version can be built, and no upgrade from one is tried. With a full clone (git clone, without --depth) it is.")
	}
	versions := map[string]string{"from the previous commit": commit(t, "HEAD^")}
	if last := lastReleasedSchema(t); last != "" && last != versions["from the previous commit"] {
		versions["from the schema of the last release"] = last
	}
	return versions
}

// missingHistory says in a sentence why git knows nothing of this repository before HEAD; "" when it does.
func missingHistory() string {
	above, err := tryGit("rev-parse", "--show-prefix")
	if err != nil {
		return "This is no git checkout: " + above + "."
	}
	if above != "" {
		return "This is a folder in somebody else's git checkout."
	}
	if _, err := tryGit("rev-parse", "--verify", "--quiet", "HEAD^"); err != nil {
		return "Git's history ends at HEAD, as in a shallow clone."
	}
	return ""
}

// lastReleasedSchema is the commit before the first migration after the last release was added; "" when there is none, or git's history
// does not reach back to it.
func lastReleasedSchema(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../schema/migrations/*.sql")
	require.NoError(t, err)
	slices.Sort(files)
	next := slices.IndexFunc(files, func(file string) bool { return filepath.Base(file) > released })
	if next < 0 {
		return ""
	}
	added := git(t, "log", "-1", "--diff-filter=A", "--format=%H", "--", "schema/migrations/"+filepath.Base(files[next]))
	if added == "" {
		return commit(t, "HEAD") // it is not committed yet
	}
	before, _ := tryGit("rev-parse", "--verify", "--quiet", added+"^")
	return before
}

func commit(t *testing.T, name string) string {
	t.Helper()
	return git(t, "rev-parse", "--verify", "--end-of-options", name+"^{commit}")
}

// earlier builds the binary of a commit. The checkout is not touched. Paths are left out of the binary, so that Go's cache knows
// the packages of the next build that is the same.
func earlier(t *testing.T, commit string) (program string) {
	t.Helper()
	dir := t.TempDir()
	git(t, "archive", "--format=tar", "--output", filepath.Join(dir, "source.tar"), commit)
	source := filepath.Join(dir, "source")
	require.NoError(t, os.Mkdir(source, 0o700))
	out, err := exec.CommandContext(t.Context(), "tar", "-xf", filepath.Join(dir, "source.tar"), "-C", source).CombinedOutput()
	require.NoError(t, err, string(out))
	program = filepath.Join(dir, "earlier")
	build := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-trimpath", "-buildvcs=false"}, buildFlags...), "-o", program, "./cmd/proactive")...)
	build.Dir = source
	out, err = build.CombinedOutput()
	require.NoError(t, err, "build %s: %s", commit, out)
	return program
}

// git asks git about this repository.
func git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := tryGit(args...)
	require.NoError(t, err, "git %v: %s", args, out)
	return out
}

// tryGit gives what git prints, or when it fails, what it complains about.
func tryGit(args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", ".."}, args...)...).Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		out = failed.Stderr
	}
	return strings.TrimSpace(string(out)), err
}
