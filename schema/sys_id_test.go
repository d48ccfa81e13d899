package schema

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIDsLieInTheOrderInWhichTheyAreMade(t *testing.T) {
	var made []string
	for range 10_000 {
		made = append(made, NewSysID())
	}
	for _, id := range made {
		require.Regexp(t, `^[0-9a-f]{32}$`, id)
	}
	require.True(t, slices.IsSorted(made))
	require.Len(t, slices.Compact(made), 10_000)
}
