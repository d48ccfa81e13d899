package agent

import (
	"errors"
	"strconv"
	"time"

	"golang.org/x/sys/windows"
)

const stillActive = 259 // STILL_ACTIVE

// lookUp asks by a handle, which keeps the id from being reused in between.
func lookUp(id int) (process, error) {
	handle, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(id))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return process{}, errNoProcess
	}
	if err != nil {
		return process{}, err
	}
	defer windows.CloseHandle(handle) //nolint:errcheck
	var code uint32
	if err := windows.GetExitCodeProcess(handle, &code); err != nil {
		return process{}, err
	}
	if code != stillActive {
		return process{}, errNoProcess
	}
	var created, exited, kernel, spent windows.Filetime
	if err := windows.GetProcessTimes(handle, &created, &exited, &kernel, &spent); err != nil {
		return process{}, err
	}
	p := process{ID: id, StartedAt: time.Unix(0, created.Nanoseconds()).UTC(), Birth: strconv.FormatInt(created.Nanoseconds(), 10)}
	path := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(path))
	if err := windows.QueryFullProcessImageName(handle, 0, &path[0], &size); err != nil {
		p.core = true
		return p, nil
	}
	p.Executable = windows.UTF16ToString(path[:size])
	p.user = owner(handle)
	return p, nil
}

// owner is the user name without its domain.
func owner(handle windows.Handle) string {
	var token windows.Token
	if err := windows.OpenProcessToken(handle, windows.TOKEN_QUERY, &token); err != nil {
		return ""
	}
	defer token.Close()
	user, err := token.GetTokenUser()
	if err != nil {
		return ""
	}
	name, _, _, err := user.User.Sid.LookupAccount("")
	if err != nil {
		return ""
	}
	return name
}
