package stack

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatAChildHasUsedCountsAfterItsEnd(t *testing.T) {
	before := CPU(os.Getpid())
	busy := exec.Command("sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done")
	require.NoError(t, busy.Run())
	spent := busy.ProcessState.UserTime() + busy.ProcessState.SystemTime()
	require.Greater(t, spent, 50*time.Millisecond, "the child has something to do")
	require.GreaterOrEqual(t, CPU(os.Getpid())-before, spent-2*time.Second/ticks)
}

func TestMemoryIsThatOfTheProcess(t *testing.T) {
	require.Greater(t, Resident(os.Getpid()), 1e6)
	require.GreaterOrEqual(t, ResidentAtMost(os.Getpid()), Resident(os.Getpid())*0.9)
	require.Zero(t, Resident(1<<30), "nobody has this id")
}
