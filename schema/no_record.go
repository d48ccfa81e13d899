package schema

import "errors"

// ErrNoRecord says that what was asked for by its id does not exist.
var ErrNoRecord = errors.New("no record found")
