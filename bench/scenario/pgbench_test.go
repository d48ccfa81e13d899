package scenario

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheTimeOfPgbenchGoesFromTheFirstTransactionToTheLast(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "pgbench")
	write := func(name, text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
	write(prefix+".1", "0 0 250000 0 1700000000 500000\n0 1 1000 0 1700000000 600000\n")
	write(prefix+".1.1", "1 0 2000 0 1700000002 250000\n")
	times, took, err := readLogs(prefix)
	require.NoError(t, err)
	require.Equal(t, []time.Duration{250 * time.Millisecond, time.Millisecond, 2 * time.Millisecond}, times)
	require.Equal(t, 2*time.Second, took)
	require.NoFileExists(t, prefix+".1")

	write(prefix+".1", "progress: something else\n")
	_, _, err = readLogs(prefix)
	require.ErrorContains(t, err, "something else")
}
