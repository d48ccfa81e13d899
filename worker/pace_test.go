package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// paceOf lets calls be made as fast as they may, each taking as long as takes says of how many there are at once.
func paceOf(begin int, takes func(atOnce int) time.Duration) int {
	p := pace{places: begin}
	p.after(takes(1), false)
	for range 2000 {
		p.after(takes(p.places), true)
	}
	return p.places
}

func TestWhereCallsWaitForEachOtherFewAreMadeAtOnce(t *testing.T) {
	oneByOne := func(atOnce int) time.Duration { return time.Duration(atOnce) * 15 * time.Millisecond }
	for _, begin := range []int{leastPlaces, 4, mostPlaces} {
		places := paceOf(begin, oneByOne)
		require.GreaterOrEqual(t, places, leastPlaces)
		require.LessOrEqual(t, places, 4, "from %d", begin)
	}
}

func TestWhereTheWayIsLongManyAreMadeAtOnce(t *testing.T) {
	require.Equal(t, mostPlaces, paceOf(4, func(int) time.Duration { return 40 * time.Millisecond }))
	eightAtOnce := func(atOnce int) time.Duration { return time.Duration(max(atOnce, 8)) * 5 * time.Millisecond }
	require.InDelta(t, 10, paceOf(4, eightAtOnce), 2)
}

func TestWhileThereIsLittleToDoThePaceDoesNotGrow(t *testing.T) {
	p := pace{places: 4}
	for range 1000 {
		require.Equal(t, 1, p.after(10*time.Millisecond, false))
	}
	require.Equal(t, 4, p.places)
}

func TestCallsThatTimeOutSlowThePaceDown(t *testing.T) {
	p := pace{places: 64}
	p.after(10*time.Millisecond, true)
	for range 100 {
		p.after(callTimeout, true)
	}
	require.Equal(t, leastPlaces, p.places)
}
