package figures

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	ours   = Name{"accept", "reports/s", "ours"}
	theirs = Name{"accept", "reports/s", "theirs"}
	nobody = Name{"accept", "reports/s", "nobody"}
)

// threeRounds are those of two who always are at 2 to 1, on a machine that others use as well.
func threeRounds() *Sheet {
	s := &Sheet{}
	for _, speed := range []float64{100, 10, 1000} {
		s.Add("accept", "reports/s", "ours", 2*speed)
		s.Add("accept", "reports/s", "theirs", speed)
	}
	return s
}

func TestARatioComparesWhatWasMeasuredInTheSameRound(t *testing.T) {
	s := threeRounds()
	s.Add("accept", "reports/s", "ours", 7) // a round that the other one did not get
	ratio, ok := s.Ratio(ours, theirs)
	require.True(t, ok)
	require.Equal(t, 2.0, ratio)
	ratio, ok = s.Ratio(theirs, ours)
	require.True(t, ok)
	require.Equal(t, 0.5, ratio)
}

func TestThereIsNoRatioToWhatWasNotMeasuredOrIsNothing(t *testing.T) {
	s := threeRounds()
	s.Add("accept", "reports/s", "nobody", 0)
	for _, to := range []Name{nobody, {"accept", "reports/s", "unheard of"}} {
		_, ok := s.Ratio(ours, to)
		require.False(t, ok, to.Who)
	}
}

func TestWhatCouldNotBeComputedIsNoFigure(t *testing.T) {
	s := threeRounds()
	s.Add("accept", "reports/s", "nobody", Median(nil))
	s.Add("accept", "reports/s", "ours", math.Inf(1))
	_, ok := s.Median(nobody)
	require.False(t, ok)
	median, _ := s.Median(ours)
	require.Equal(t, 200.0, median)
}

func TestABudgetIsJudgedByItsLimit(t *testing.T) {
	for _, c := range []struct {
		budget   Budget
		limit    string
		measured float64
		state    State
	}{
		{Budget{Of: ours, Limit: 200}, "<= 200", 200, Met},
		{Budget{Of: ours, Limit: 199.5}, "<= 200", 200, NotMet},
		{Budget{Of: ours, Limit: 200, AtLeast: true}, ">= 200", 200, Met},
		{Budget{Of: ours, To: &theirs, Limit: 2, AtLeast: true}, ">= 2 x", 2, Met},
		{Budget{Of: ours, To: &theirs, Limit: 2.5, AtLeast: true}, ">= 2.50 x", 2, NotMet},
		{Budget{Of: theirs, To: &ours, Limit: 0.5}, "<= 0.5 x", 0.5, Met},
		{Budget{Of: nobody, Limit: 1}, "<= 1", 0, NotMeasured},
		{Budget{Of: ours, To: &nobody, Limit: 1}, "<= 1 x", 0, NotMeasured},
	} {
		require.Equal(t, Verdict{"", c.limit, c.measured, c.state}, c.budget.Judge(threeRounds()), "%+v", c.budget)
	}
}

func TestTheTableShowsMediansAndHowTheFirstColumnCompares(t *testing.T) {
	s := threeRounds()
	s.Compare("accept")
	s.Add("accept", "p50 ms", "ours", 0.1234)
	s.Add("memory", "MB", "ours", 1234.5)
	s.Add("memory", "MB", "theirs", 12.34)
	s.Remark("accept", "webhook is missing")
	s.Remark("accept", "webhook is missing")
	var out strings.Builder
	s.Print(&out, []Verdict{{"reports/s to theirs", ">= 2.50 x", 2, NotMet}, {"something else", "<= 1", 0, NotMeasured}})
	require.Equal(t, `
accept
              ours    theirs
  reports/s   200     100 (x2)
  p50 ms      0.123   -
  note: webhook is missing

memory
       ours   theirs
  MB   1234   12.3

budgets
  reports/s to theirs   >= 2.50 x   2   not met
  something else        <= 1        -   not measured
`, out.String())
}
