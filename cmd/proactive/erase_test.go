package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestErasingAsksNobodyWhereNobodySits(t *testing.T) {
	null, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer null.Close()
	var asked strings.Builder
	require.False(t, confirmed(t.Context(), "abel.tuter", null, &asked), "cron and containers")
	require.False(t, confirmed(t.Context(), "abel.tuter", strings.NewReader("abel.tuter\n"), &asked), "a pipe")
	require.Equal(t, strings.Repeat("nothing was changed: --yes does it\n", 2), asked.String())
}

func TestErasingGoesOnOnlyAfterTheName(t *testing.T) {
	const question = "This cannot be taken back. Type abel.tuter to do it: "
	for answer, after := range map[string]string{"abel.tuter\n": "", "n\n": "nothing was changed\n", "": "nothing was changed\n"} {
		var asked strings.Builder
		require.Equal(t, after == "", typedName(t.Context(), "abel.tuter", strings.NewReader(answer), &asked), answer)
		require.Equal(t, question+after, asked.String(), answer)
	}
}

func TestWhatIsErasedIsCountedInWords(t *testing.T) {
	naming := func(n int) []schema.Naming { return []schema.Naming{{Table: "task", Column: "description", Rows: n}} }
	for _, about := range []struct {
		schema.Erasure
		told string
	}{
		{schema.Erasure{Issues: 1, Unfinished: 1, Incidents: 1, Interactions: 1, Computers: 1, Trail: 1, Elsewhere: naming(1)},
			"      1 issue, of which 1 is unfinished and would be cancelled\n      1 incident\n      1 interaction\n      1 computer\n" +
				"      1 row of the audit trail\n      1 row names the person in task.description\n"},
		{schema.Erasure{Issues: 2, Incidents: 2, Interactions: 2, Computers: 2, Trail: 2, Elsewhere: naming(2)},
			"      2 issues, of which 0 are unfinished and would be cancelled\n      2 incidents\n      2 interactions\n      2 computers\n" +
				"      2 rows of the audit trail\n      2 rows name the person in task.description\n"},
	} {
		var out strings.Builder
		printErasure(&out, schema.Person{SysID: "7", UserName: "abel.tuter"}, about.Erasure)
		require.Equal(t, "abel.tuter (7)\n"+about.told, out.String())
	}
}
