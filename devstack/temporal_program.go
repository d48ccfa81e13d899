package devstack

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	cliModule  = "github.com/temporalio/cli"
	cliPackage = cliModule + "/cmd/temporal"
	signOfLife = 15 * time.Second
)

// temporalProgram is the Temporal CLI from PATH, else the one that tools.mod pins, built once for this user.
func temporalProgram(ctx context.Context, progress io.Writer) (string, error) {
	if path, err := exec.LookPath("temporal"); err == nil {
		version, _ := exec.CommandContext(ctx, path, "--version").Output()
		fmt.Fprintf(progress, "Temporal from %s: %s\n", path, strings.TrimSpace(string(version)))
		return path, nil
	}
	root, err := checkout(ctx)
	if err != nil {
		return "", err
	}
	path, err := pinnedPath(root)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	unlock, err := waitForBuild(ctx, path, progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(path); err == nil {
		return path, nil // another process built it while we waited
	}
	return path, build(ctx, root, path, progress)
}

// checkout is the folder of this module's source, found from the working directory: only there stands what tools.mod pins.
func checkout(ctx context.Context) (string, error) {
	gomod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err == nil {
		root := filepath.Dir(strings.TrimSpace(string(gomod)))
		if _, err = os.Stat(filepath.Join(root, "tools.mod")); err == nil {
			return root, nil
		}
	}
	return "", errors.New("no Temporal here: install the Temporal CLI so that `temporal` is on PATH, " +
		"or run this from a checkout of the source with Go installed, which builds it")
}

// pinnedPath is where the CLI that tools.mod pins is kept once built: its name says the version, its checksum and for whom.
func pinnedPath(root string) (string, error) {
	sums, err := os.ReadFile(filepath.Join(root, "tools.sum"))
	if err != nil {
		return "", fmt.Errorf("which Temporal CLI is pinned: %w", err)
	}
	for line := range strings.Lines(string(sums)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != cliModule || strings.HasSuffix(fields[1], "/go.mod") {
			continue
		}
		dir, err := cacheDir()
		if err != nil {
			return "", err
		}
		key := sha256.Sum256([]byte(line + runtime.GOOS + runtime.GOARCH))
		return filepath.Join(dir, fmt.Sprintf("temporal-%s-%x", fields[1], key[:6])), nil
	}
	return "", fmt.Errorf("which Temporal CLI is pinned: %s does not stand in %s", cliModule, filepath.Join(root, "tools.sum"))
}

func waitForBuild(ctx context.Context, path string, progress io.Writer) (unlock func(), err error) {
	defer talk(progress, "Still waiting for another process that builds Temporal.")()
	return lockFile(ctx, path+".lock")
}

// build compiles under another name and renames, so that what stands at path is always whole.
func build(ctx context.Context, root, path string, progress io.Writer) error {
	fmt.Fprintf(progress, "Building Temporal's dev server to %s. This happens once and takes about five minutes on two cores.\n", path)
	defer talk(progress, "Still building Temporal's dev server.")()
	draft := path + ".draft"
	// readonly: a build must change neither go.mod nor tools.mod, whatever GOFLAGS says.
	cmd := exec.CommandContext(ctx, "go", "build", "-mod=readonly", "-modfile=tools.mod", "-o", draft, cliPackage)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build Temporal's dev server: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("keep the built dev server: %w", err)
	}
	return nil
}

// talk repeats a sentence with the time that has passed until it is told to stop.
func talk(progress io.Writer, sentence string) (stop func()) {
	began, done := time.Now(), make(chan struct{})
	go func() {
		every := time.NewTicker(signOfLife)
		defer every.Stop()
		for {
			select {
			case <-done:
				return
			case <-every.C:
				fmt.Fprintf(progress, "%s (%s)\n", sentence, time.Since(began).Round(time.Second))
			}
		}
	}()
	return func() { close(done) }
}
