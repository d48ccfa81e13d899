package devstack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// cacheDir is where programs that we build or download are kept for this user.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("nowhere to keep built programs: set HOME or XDG_CACHE_HOME (%w)", err)
	}
	dir := filepath.Join(base, "proactive")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("nowhere to keep built programs: %w", err)
	}
	return dir, nil
}

// lockFile waits for the lock on path and returns how to give it back. Test binaries of several packages start at once, and
// one of them builds for all. The lock goes with its holder's death.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	for tryLock(f) != nil {
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("wait for another process that holds %s: %w", path, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return func() { f.Close() }, nil
}
