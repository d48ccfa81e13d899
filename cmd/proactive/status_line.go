package main

import (
	"fmt"
	"io"

	"proactive/schema"
)

// statusLine shows one line in the place of the one before, on a terminal only; "" wipes it away.
func statusLine(to io.Writer) func(line string) {
	if !isTerminal(to) {
		return func(string) {}
	}
	return func(line string) { fmt.Fprint(to, "\r\x1b[K", line) }
}

// progressIn tells how far something is in a status line.
func progressIn(status func(line string)) schema.Progress {
	return func(doing string, done, of int) { status(fmt.Sprintf("%s (%d %%)", doing, 100*done/max(of, 1))) }
}
