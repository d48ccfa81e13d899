package agent

import (
	"errors"
	"os"
	"time"
)

// process is a running program. Birth tells it from every other one that has had or will have its id on this device; only equality
// means something.
type process struct {
	ID         int       `json:"process_id"`
	Executable string    `json:"executable"`
	StartedAt  time.Time `json:"started_at"`
	Birth      string    `json:"birth"`

	user string // user name of its owner; "" where that cannot be told
	core bool   // a thread of the kernel, or what else has no executable
}

// errNoProcess says that there is no process with an id. One that has ended and only waits to be noticed is none.
var errNoProcess = errors.New("no such process")

// same tells whether p is still what other was.
func (p process) same(other process) bool {
	return p.ID == other.ID && p.Birth == other.Birth && p.Executable == other.Executable
}

// gone tells whether the very process is gone, whatever runs under its id now.
func (p process) gone() bool {
	now, err := lookUp(p.ID)
	return errors.Is(err, errNoProcess) || err == nil && now.Birth != p.Birth
}

// untouchable are the processes that are never ended, whatever a policy says.
func (p process) untouchable() bool {
	return p.core || p.ID <= 1 || p.ID == os.Getpid() || p.ID == os.Getppid()
}
