// Package backtest decides past reports once more, against another registry, and tells what would have gone differently. It goes through the
// past in order: what the new rules would have left alone counts for none of the later limits, and what they would have let begin does.
//
// It is pure, and decides with package decide, as Begin does. What it can know, and what it cannot, stands in docs/explain.md.
package backtest
