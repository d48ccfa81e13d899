package scenario

import (
	"fmt"

	"proactive/bench/figures"
)

// Budgets are what proactive promises. A promise about time is a ratio to somebody who was measured in the same run, where there
// is one to compare with.
func Budgets(sizes Sizes) []figures.Budget {
	budgets := []figures.Budget{
		atMost("round trips to Postgres for which a new report waits", 1, "cost", "Postgres round trips while the caller waits", postAlone),
		atMost("Temporal requests, flow action", 5, "cost", "Temporal requests", "flow action"),
		atMost("Temporal requests, CI action", 5, "cost", "Temporal requests", "CI action"),
		atMost("history events, flow action", 14, "cost", "history events", "flow action"),
		atMost("history events, CI action", 15, "cost", "history events", "CI action"),
	}
	for _, n := range sizes.Connections {
		for _, who := range []string{"proactive api", "proactive serve"} {
			budgets = append(budgets, atLeastTimes(fmt.Sprintf("reports/s of %s to webhook's, %s", who, on(n)), 2.5,
				"accept", "reports/s, "+on(n), who, "webhook"))
		}
	}
	return append(budgets,
		atLeastTimes("completed/s to hello world's", 1, "complete", "completed/s, burst", "proactive serve", "hello world"),
		atMost("one person and code: issues while the action is held", 1, "one-person", "issues while the action is held", "proactive serve"),
		atMost("one person and code: Temporal starts", 1, "one-person", "Temporal starts", "proactive serve"),
		atMost("POST with nobody else there, p50 ms", 3, "device", "p50 ms, POST", "proactive serve"),
		atMost("POST to the device's job, p50 ms", 60, "device", "p50 ms, POST to the device's job", "proactive serve"),
		atMost("statements that scan a large table", 0, "large-tables", "statements that scan a large table", "plans"),
		atMost("memory at half load, last quarter to the second", 1.1, "steady", "memory in the last quarter to the second's", "proactive serve"),
		atMost("dev to the first report taken, s", 10, "dev", "start to the first report taken, s", "proactive dev"),
	)
}

func atMost(text string, limit float64, scenario, what, who string) figures.Budget {
	return figures.Budget{Text: text, Limit: limit, Of: figures.Name{Scenario: scenario, What: what, Who: who}}
}

func atLeastTimes(text string, limit float64, scenario, what, who, to string) figures.Budget {
	return figures.Budget{Text: text, Limit: limit, AtLeast: true,
		Of: figures.Name{Scenario: scenario, What: what, Who: who},
		To: &figures.Name{Scenario: scenario, What: what, Who: to}}
}
