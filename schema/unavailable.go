package schema

import "errors"

// ErrUnavailable marks a fault of the kind "the database is out of reach": nothing is wrong with what was asked, and it may
// be asked again later. Stores wrap it around what the driver said.
var ErrUnavailable = errors.New("the database is out of reach")
