package scenario

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAStatementThatReadsALargeTableIsNamed(t *testing.T) {
	found := scansOf(map[string]string{
		"SELECT *\n  FROM ci_job":  "Aggregate\n  ->  Parallel Seq Scan on ci_job j  (cost=0.00..1.00)\n",
		"SELECT * FROM small":      "Seq Scan on sn_pren_provider  (cost=0.00..1.00)\n",
		"SELECT * FROM attempts":   "Seq Scan on sn_pren_delivery_attempt a  (cost=0.00..1.00)\n",
		"SELECT * FROM receivers":  "Seq Scan on sn_pren_outcome_receiver r  (cost=0.00..1.00)\n",
		"SELECT * FROM by_index":   "Index Scan using sys_user_pkey on sys_user  (cost=0.00..1.00)\n",
		"SELECT * FROM similar":    "Seq Scan on sys_user_has_role  (cost=0.00..1.00)\n",
		"SELECT * FROM its_events": "Seq Scan on sn_pren_experience_issue_event e  (cost=0.00..1.00)\n",
	})
	require.Equal(t, []string{"reads all of ci_job: SELECT * FROM ci_job", "reads all of sn_pren_delivery_attempt: SELECT * FROM attempts",
		"reads all of sn_pren_experience_issue_event: SELECT * FROM its_events"}, found)
}

func TestNumbersAreShortWhereTheyAreRound(t *testing.T) {
	for n, want := range map[int]string{10_000_000: "10 million", 1_500_000: "1.5 million", 200_000: "200 thousand", 1_234: "1234"} {
		require.Equal(t, want, short(n))
	}
}

func TestEveryBudgetIsAboutAScenarioThatIsThere(t *testing.T) {
	names := map[string]bool{}
	for _, s := range slices.Concat(All, Long) {
		names[s.Name] = true
	}
	for _, budget := range Budgets(Sizes{Connections: []int{1}}) {
		require.True(t, names[budget.Of.Scenario], budget.Text)
	}
}
