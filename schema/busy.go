package schema

import "errors"

// ErrBusy says that others change the same kind of rows for longer than somebody waits: nothing was changed, and it may be tried again.
var ErrBusy = errors.New("others are changing the catalogue or its records, and nothing was changed: try again later")
