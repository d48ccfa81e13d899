package devstack

import (
	"fmt"
	"os"
	"path/filepath"
)

// LockFolder makes a folder and claims it for this process until unlock is called or the process ends. A folder that another
// process has claimed is an error that names it.
func LockFolder(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, scratchLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("claim the data folder: %w", err)
	}
	if err := tryLock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("another process uses the data folder %s: end it first, or choose another folder", dir)
	}
	return func() { f.Close() }, nil
}
