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
	_, rest, found := strings.Cut(string(text), "| variable | default | meaning |\n|---|---|---|\n")
	require.True(t, found, "the README has a table of variables")
	table, _, _ := strings.Cut(rest, "\n\n")

	assert.Equal(t, strings.Join(variableRows(), "\n"), table)
}

func variableRows() (rows []string) {
	for _, v := range variables {
		fallback := v.fallback
		if fallback != "" && !strings.Contains(fallback, "`") {
			fallback = "`" + fallback + "`"
		}
		rows = append(rows, "| `"+v.name+"` | "+fallback+" | "+v.meaning+" |")
	}
	return rows
}
