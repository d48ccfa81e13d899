package devstack

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	scratchPrefix = "proactive-postgres-"
	scratchLock   = "in-use"
)

// A scratch is a folder for data that nobody wants to keep. As long as its lock is held its owner lives; the next one to make
// a scratch clears away those of owners that were killed.
type scratch struct {
	dir  string
	lock *os.File
}

// scratch makes a folder that o can reach.
func (o *owner) scratch() (*scratch, error) {
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if !o.reaches(parent) {
			continue
		}
		sweep(parent)
		return newScratch(parent)
	}
	return nil, fmt.Errorf("user %s can reach no folder for temporary files: set TMPDIR", o.name)
}

func newScratch(parent string) (*scratch, error) {
	for {
		dir, err := os.MkdirTemp(parent, scratchPrefix)
		if err != nil {
			return nil, fmt.Errorf("make a folder for Postgres: %w", err)
		}
		if err := os.Chmod(dir, 0o711); err != nil { // others may pass, not look; what is inside is closed to them
			return nil, fmt.Errorf("make a folder for Postgres: %w", err)
		}
		lock, err := os.OpenFile(filepath.Join(dir, scratchLock), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("make a folder for Postgres: %w", err)
		}
		if tryLock(lock) == nil {
			return &scratch{dir, lock}, nil
		}
		lock.Close() // a sweep was quicker and removes the folder: take another one
	}
}

// sweep removes the folders of owners that are dead. What cannot be removed, such as another user's, stays.
func sweep(parent string) {
	locks, _ := filepath.Glob(filepath.Join(parent, scratchPrefix+"*", scratchLock))
	for _, path := range locks {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if tryLock(f) == nil {
			_ = os.RemoveAll(filepath.Dir(path))
		}
		f.Close()
	}
}

// remove forgets the data, as far as it goes, and the claim to it: the next sweep takes the rest.
func (s *scratch) remove() {
	_ = os.RemoveAll(s.dir)
	s.lock.Close()
}
