package schema

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIDsBeginWithTheTimeAtWhichTheyAreMade(t *testing.T) {
	milliseconds := func() string { return fmt.Sprintf("%012x", time.Now().UnixMilli()) }
	began := milliseconds()
	var made []string
	for range 10_000 {
		made = append(made, NewSysID())
	}
	ended := milliseconds()
	last := began
	for _, id := range made {
		require.Regexp(t, `^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$`, id)
		require.LessOrEqual(t, last, id[:12])
		last = id[:12]
	}
	require.LessOrEqual(t, last, ended)
	slices.Sort(made)
	require.Len(t, slices.Compact(made), 10_000, "no two are the same")
}
