package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// untilOrphaned ends with ctx, or when the `go run` that started this program is gone. A signal to `go run` alone, such as SIGTERM,
// ends only `go run`; what it has started would go on unseen.
func untilOrphaned(ctx context.Context) context.Context {
	executable, err := os.Executable()
	if err != nil || !strings.Contains(filepath.ToSlash(executable), "/go-build") {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	go func() {
		defer cancel()
		for ctx.Err() == nil && os.Getppid() == parent {
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return ctx
}
