// Package figures keeps what was measured: medians over rounds, ratios between those who were measured side by side, the table
// and the JSON file. It knows nothing of what is measured.
package figures

import (
	"math"
	"slices"
	"time"
)

// Median is the middle of values, or halfway between the two in the middle; NaN when there are none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// Percentile is the smallest value that at least p percent of values do not exceed (the nearest rank); NaN when there are none.
func Percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// Milliseconds are times as numbers.
func Milliseconds(times []time.Duration) []float64 {
	all := make([]float64, len(times))
	for i, t := range times {
		all[i] = t.Seconds() * 1000
	}
	return all
}
