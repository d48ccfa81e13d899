package agent

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile holds a lock until the file is closed or the process ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	const whole = 1
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, whole, 0,
		new(windows.Overlapped))
	if err != nil {
		return nil, errors.Join(errors.New("another agent uses it"), f.Close())
	}
	return f, nil
}
