package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/mattn/go-isatty"

	"proactive/registry"
	"proactive/schema"
)

// colours are the escape sequences of a terminal; the zero value has none.
type colours struct{ bold, added, changed, gone, off string }

// coloursFor is nothing but for a terminal that shows colours, for somebody who wants them (https://no-color.org).
func coloursFor(out io.Writer) colours {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || !isTerminal(out) {
		return colours{}
	}
	return colours{bold: "\x1b[1m", added: "\x1b[32m", changed: "\x1b[33m", gone: "\x1b[31m", off: "\x1b[0m"}
}

// isTerminal tells whether somebody sits at a stream.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// printPlan shows row by row what changes, under the names of the sections.
func printPlan(to io.Writer, rows []registry.PlannedRow, c colours) {
	var section schema.Section
	for _, row := range rows {
		if row.Section != section {
			section = row.Section
			fmt.Fprintf(to, "%s%s%s\n", c.bold, section, c.off)
		}
		sign, colour := "~", c.changed
		switch {
		case slices.Contains(row.What, schema.RowCreated):
			sign, colour = "+", c.added
		case slices.Contains(row.What, schema.RowRemoved), slices.Contains(row.What, schema.RowRetired), slices.Contains(row.What, schema.RowWithdrawn):
			sign, colour = "-", c.gone
		}
		fmt.Fprintf(to, "  %s%s %s%s  %s\n", colour, sign, row.Key, c.off, said(row.What))
		for _, field := range row.Fields {
			fmt.Fprintf(to, "      %s: %s\n", field.Name, change(field, c))
		}
	}
	fmt.Fprintln(to, summary(rows))
}

func change(f registry.FieldChange, c colours) string {
	switch {
	case f.Hidden:
		return c.changed + "changes" + c.off + " (its value is not shown)"
	case f.Before == "":
		return c.added + f.After + c.off
	case f.After == "":
		return c.gone + f.Before + c.off + " is gone"
	}
	return c.gone + f.Before + c.off + " → " + c.added + f.After + c.off
}

func said(what []schema.ChangeKind) string {
	words := make([]string, len(what))
	for i, kind := range what {
		words[i] = string(kind)
	}
	return strings.Join(words, ", ")
}

// summary is how many rows change, and how.
func summary(rows []registry.PlannedRow) string {
	if len(rows) == 0 {
		return "nothing changes"
	}
	counts := map[schema.ChangeKind]int{}
	for _, row := range rows {
		for _, kind := range row.What {
			counts[kind]++
		}
	}
	var parts []string
	for _, kind := range []schema.ChangeKind{schema.RowCreated, schema.RowUpdated, schema.RowDeployed, schema.RowWithdrawn, schema.RowRemoved, schema.RowRetired} {
		if n := counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return fmt.Sprintf("%s: %s", changesOf(len(rows)), strings.Join(parts, ", "))
}

func changesOf(n int) string {
	if n == 1 {
		return "1 change"
	}
	return fmt.Sprintf("%d changes", n)
}
