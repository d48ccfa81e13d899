package figures

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheMedianIsInTheMiddleWhateverTheOrder(t *testing.T) {
	for want, values := range map[float64][]float64{
		7: {7}, 3: {2, 4}, 5: {9, 1, 5}, 2.5: {100, 1, 2, 3},
	} {
		require.Equal(t, want, Median(values))
	}
	require.True(t, math.IsNaN(Median(nil)))
}

// The nearest rank: of a hundred values the 99th percentile is the 99th, of two both percentiles are values that were measured.
func TestAPercentileIsAValueThatWasMeasured(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[99-i] = float64(i + 1)
	}
	for _, c := range []struct {
		values []float64
		p      float64
		want   float64
	}{
		{hundred, 50, 50}, {hundred, 99, 99}, {hundred, 100, 100}, {hundred, 0, 1},
		{[]float64{3, 1}, 50, 1}, {[]float64{3, 1}, 99, 3}, {[]float64{4}, 50, 4},
	} {
		require.Equal(t, c.want, Percentile(c.values, c.p), "p%g of %d values", c.p, len(c.values))
	}
	require.True(t, math.IsNaN(Percentile(nil, 50)))
}

func TestMeasuringDoesNotDisturbTheOrderOfWhatWasMeasured(t *testing.T) {
	values := []float64{3, 1, 2}
	Median(values)
	Percentile(values, 99)
	require.Equal(t, []float64{3, 1, 2}, values)
}

func TestTimesBecomeMilliseconds(t *testing.T) {
	require.Equal(t, []float64{1500, 0.25}, Milliseconds([]time.Duration{1500 * time.Millisecond, 250 * time.Microsecond}))
}
