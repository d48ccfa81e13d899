package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is something wrong, or doubtful, at one place of a file: what it is and what to do.
type Problem struct {
	Position
	Text string
}

// Position is a place in a catalogue's files.
type Position struct {
	File  string
	Line  int    // from 1; 0 is the file as a whole
	Field string // issues[0].resolution, counted from 0; "" is the file as a whole
}

// String is file:line, as editors understand it.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

func (p Problem) String() string {
	if p.Field == "" {
		return p.Position.String() + ": " + p.Text
	}
	return p.Position.String() + ": " + p.Field + ": " + p.Text
}

// Problems are all that is wrong with a catalogue, in the order of the files. As an error they are one line each.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// err is nil when there is no problem.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// sortBy orders problems as the files were given, and by line within a file.
func (ps Problems) sortBy(files []string) Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(slices.Index(files, a.File), slices.Index(files, b.File)), cmp.Compare(a.Line, b.Line))
	})
	return ps
}
