package schema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestPlacesInARow(t *testing.T) {
	for n, want := range map[int]string{0: "zeroth", 1: "first", 3: "third", 10: "tenth", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 22: "22nd", 23: "23rd",
		24: "24th", 101: "101st", 111: "111th", 112: "112th", 1013: "1013th", 1002: "1002nd"} {
		require.Equal(t, want, schema.Ordinal(n))
	}
}
