package main

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/bench/scenario"
)

func TestFlagsChooseScenariosAndSizes(t *testing.T) {
	o, err := readOptions([]string{"-short", "-rounds", "7", "-connections", "2, 3", "-window", "1500ms", "-scenarios", "cost,dev"}, io.Discard)
	require.NoError(t, err)
	want := short
	want.Rounds, want.Connections, want.Window = 7, []int{2, 3}, 1500*time.Millisecond
	require.Equal(t, want, o.sizes)
	require.Len(t, o.scenarios, 2)
	require.Equal(t, "dev", o.scenarios[1].Name)
}

func TestWithoutFlagsAllIsMeasuredInFull(t *testing.T) {
	o, err := readOptions(nil, io.Discard)
	require.NoError(t, err)
	require.Equal(t, full, o.sizes)
	require.Len(t, o.scenarios, len(scenario.All))
}

func TestAMistakeInAFlagIsSaid(t *testing.T) {
	for want, args := range map[string][]string{
		`no scenario is called "speed"`:     {"-scenarios", "speed"},
		"-rounds must be at least 1":        {"-rounds", "0"},
		`"many" is no number from 1 to 150`: {"-connections", "many"},
		`"now" is no flag`:                  {"now"},
	} {
		_, err := readOptions(args, io.Discard)
		require.ErrorContains(t, err, want)
	}
}
