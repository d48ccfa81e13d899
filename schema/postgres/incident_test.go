package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestIncidentNumbersGrowBeyondSevenDigits(t *testing.T) {
	w := newIssueWorld(t)
	for at, want := range map[int]string{10001: "INC0010001", 9999999: "INC9999999", 10000000: "INC10000000", 100000000: "INC100000000"} {
		w.exec(fmt.Sprintf(`SELECT setval('incident_number', %d, false)`, at))
		id := w.submit("100", withID(fmt.Sprint("issue-", at)))
		w.begin(id, 1)
		_, err := w.db.Conclude(t.Context(), id, schema.Outcome{Step: 1, Reason: schema.ActionFailed})
		require.NoError(t, err)
		issue, err := w.db.Issue(t.Context(), id, 0)
		require.NoError(t, err)
		require.Equal(t, want, issue.IncidentNumber)
	}
}

func TestAHundredLargeReportsStillEnd(t *testing.T) {
	w := newIssueWorld(t)
	large := withDetails(`{"log":"` + strings.Repeat(`\n`, 500_000) + `"}`)
	id := w.submit("200", withID("large"), large)
	for step := 1; step < 100; step++ {
		w.begin(id, step)
		_, err := w.db.Conclude(t.Context(), id, schema.Outcome{Step: step, Result: &schema.ActionResult{Status: schema.ActionWaits}})
		require.NoError(t, err)
		w.submit("200", withID("large"), large)
	}
	w.begin(id, 100)
	verdict, err := w.db.Conclude(t.Context(), id, schema.Outcome{Step: 100, Reason: schema.ActionFailed})
	require.NoError(t, err)
	require.Equal(t, schema.ClosedIncomplete, verdict.State)
	require.Contains(t, value[string](w, `SELECT right(description, 100) FROM incident`), "the steps of the experience issue hold it")
	require.Equal(t, 100, value[int](w, `SELECT json_array_length(investigative_details) FROM incident`))
}
