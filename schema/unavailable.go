package schema

import "errors"

// ErrUnavailable marks a fault that is likely to pass: nothing is wrong with what was asked, and it may be asked again later. Stores
// wrap it, or one of its kinds, around what the driver said.
const ErrUnavailable = unavailable("the database is out of reach")

// The kinds of ErrUnavailable in which the database does answer. Each is one for errors.Is.
const (
	ErrStalled     = unavailable("the database took longer than it may, most likely behind somebody else's lock: try again, and if it stays look for what is in the way with SELECT * FROM pg_stat_activity ORDER BY xact_start")
	ErrNotMigrated = unavailable("the database has not all tables of this version: run proactive migrate")
)

type unavailable string

func (u unavailable) Error() string { return string(u) }

func (u unavailable) Is(target error) bool { return target == ErrUnavailable }

// DatabaseState says what anybody may hear of a database of which somebody asked whether it is ready, and got err.
func DatabaseState(err error) string {
	switch {
	case err == nil:
		return "answers"
	case errors.Is(err, ErrNotMigrated):
		return err.Error()
	}
	return "out of reach"
}
