package schema

import "errors"

// ErrTooSlow says that a question takes longer to answer than it may: it is to be asked for less.
var ErrTooSlow = errors.New("it takes longer than it may")
