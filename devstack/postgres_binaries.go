package devstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Where packages put Postgres without putting it on PATH: Debian, Red Hat, Homebrew on both kinds of Mac, Postgres.app.
var wellKnown = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin", "/usr/local/pgsql/bin",
}

// binaries are one installed version of Postgres.
type binaries struct {
	dir     string
	version string // what postgres --version prints
}

var number = regexp.MustCompile(`\d+`)

func (b binaries) major() string { return number.FindString(b.version) }

// findBinaries chooses the installed version that made the data folder, else the newest, else downloads one.
func findBinaries(ctx context.Context, major string, progress io.Writer) (binaries, error) {
	if runtime.GOOS == "windows" {
		return binaries{}, errors.New("starting Postgres is not supported on Windows: use WSL, or give DATABASE_URL of a running server")
	}
	found := installed(ctx)
	if len(found) == 0 {
		return download(ctx, major, progress)
	}
	for _, b := range found {
		if b.major() == major {
			return b, nil
		}
	}
	return found[0], nil
}

// installed lists what is on this machine, newest first.
func installed(ctx context.Context) []binaries {
	var found []binaries
	for _, dir := range places(ctx) {
		if !holds(dir, "initdb") || !holds(dir, "postgres") {
			continue
		}
		version, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
		if err == nil {
			found = append(found, binaries{dir: dir, version: string(version)})
		}
	}
	slices.SortStableFunc(found, func(a, b binaries) int {
		newer, _ := strconv.Atoi(b.major())
		older, _ := strconv.Atoi(a.major())
		return cmp.Compare(newer, older)
	})
	return found
}

// places lists folders that may hold Postgres. A link on PATH is followed: initdb looks for its siblings beside itself.
func places(ctx context.Context) []string {
	var dirs []string
	for _, program := range []string{"postgres", "initdb"} {
		if path, err := exec.LookPath(program); err == nil {
			if path, err = filepath.EvalSymlinks(path); err == nil {
				dirs = append(dirs, filepath.Dir(path))
			}
		}
	}
	if dir, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(dir)))
	}
	for _, pattern := range wellKnown {
		matches, _ := filepath.Glob(pattern)
		dirs = append(dirs, matches...)
	}
	return dirs
}

func holds(dir, program string) bool {
	info, err := os.Stat(filepath.Join(dir, program))
	return err == nil && info.Mode().Perm()&0o111 != 0
}

// errNoPostgres is what root reads: the downloaded server could not be run by another user from below root's home.
var errNoPostgres = fmt.Errorf("no Postgres here, and root cannot use a downloaded one: install it, for example with apt-get install postgresql")
