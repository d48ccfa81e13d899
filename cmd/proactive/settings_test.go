package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheReadmeListsEveryVariable(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "| variable | meaning | default |\n|---|---|---|\n")
	require.True(t, found, "the README has a table of variables")
	table, rest, _ := strings.Cut(rest, "\n\n")

	rows, below := variableRows()
	assert.Equal(t, strings.Join(rows, "\n"), table)
	for _, sentence := range below {
		assert.Contains(t, rest, sentence)
	}
}

// variableRows are the rows of the table, and the defaults that are too long for it as sentences below.
func variableRows() (rows, below []string) {
	for _, v := range variables {
		fallback := v.fallback
		if fallback != "" && !strings.Contains(fallback, "`") {
			fallback = "`" + fallback + "`"
		}
		if len(fallback) > 42 {
			below = append(below, "`"+v.name+"` defaults to "+fallback+".")
			fallback = "below"
		}
		rows = append(rows, "| `"+v.name+"` | "+v.meaning+" | "+fallback+" |")
	}
	return rows, below
}
