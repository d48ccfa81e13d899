package endurance

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// isComplete lets everything that follows from the issues be as it is to be.
func (e *evidence) isComplete() {
	e.everybodyIsTold()
	e.goByVersions()
}

// everybodyIsTold lets the provider hear of what has become of the issues.
func (e *evidence) everybodyIsTold() {
	e.told, e.read, e.deliveries = nil, nil, nil
	for _, i := range e.issues {
		for _, o := range i.outcomes() {
			o.ID, o.ExperienceID = fmt.Sprintf("%s %d", i.ID, o.Sequence), i.ID
			e.told, e.read = append(e.told, heard{o, http.StatusNoContent}), append(e.read, o)
			e.deliveries = append(e.deliveries, delivery{About: o.ID, Issue: i.ID, State: "delivered", Of: "outcome"})
		}
	}
}

// Whatever others are told wrongly of a good story, the auditor finds it.
func TestTheAuditorFindsWhatOthersAreNotTold(t *testing.T) {
	for name, c := range map[string]struct {
		worse func(e *evidence)
		rule  rule
		says  string
	}{
		"an outcome that never came": {func(e *evidence) { e.told = e.told[:len(e.told)-1] },
			hearsAll, "webhook: 1 outcomes were told, and 2 are due"},
		"an outcome that is told otherwise":  {func(e *evidence) { e.told[1].EndReason = "action_failed" }, hearsAll, "webhook: outcome 2"},
		"an outcome that is not in the feed": {func(e *evidence) { e.read = e.read[1:] }, hearsAll, "feed: outcome 1"},
		"an outcome that is in the feed twice": {func(e *evidence) { e.read = append(e.read, e.read[len(e.read)-1]) },
			hearsAll, "feed: 3 outcomes were told, and 2 are due"},
		"an outcome of nothing": {func(e *evidence) { e.read = append(e.read, outcome{ExperienceID: "errand-9"}) }, hearsAll, "not there"},
		"an outcome that comes before the one before was taken": {func(e *evidence) { e.told[0].Answer = http.StatusInternalServerError },
			hearsInOrder, "outcome 2, closed_complete, came when 0"},
		"a message that is not genuine":         {func(e *evidence) { e.forged = []string{"it is not signed"} }, hearsAll, "not signed"},
		"a delivery that waits":                 {func(e *evidence) { e.deliveries[0].State = "pending" }, nothingWaits, "an outcome is pending"},
		"a delivery that is given up":           {func(e *evidence) { e.deliveries[0].State = "given_up" }, hearsAll, "nobody has said"},
		"a delivery that is not wanted":         {func(e *evidence) { e.told[0].Answer = http.StatusGone }, hearsAll, "was not wanted"},
		"a strange answer":                      {func(e *evidence) { e.oddAnswers = []string{"the feed: 418"} }, wellRefused, "418"},
		"an incident that is not handed over":   {func(e *evidence) { e.foreign = nil }, handedOverOnce, "0 times"},
		"an incident that is handed over twice": {func(e *evidence) { e.foreign = append(e.foreign, e.foreign[0]) }, handedOverOnce, "2 times"},
		"an incident that only the service desk has": {func(e *evidence) {
			e.foreign = append(e.foreign, foreign{"f2", "INC10", "errand-9", "sn", ""})
		}, handedOverOnce, "we have no incident"},
		"an incident under a wrong number":        {func(e *evidence) { e.records["errand-2"][0].ForeignNumber = "" }, handedOverOnce, "is called"},
		"an incident that is shown otherwise":     {func(e *evidence) { e.shown = nil }, handedOverOnce, "is shown"},
		"an incident of somebody else":            {func(e *evidence) { e.foreign[0].Caller = idThere("bob") }, handedOverOnce, "not about ann"},
		"a request that the desk does not expect": {func(e *evidence) { e.oddRequests = []string{"DELETE"} }, handedOverOnce, "DELETE"},
	} {
		t.Run(name, func(t *testing.T) {
			e, ended, _, _ := goodStory()
			e.issues = map[string]*issue{"1": ended, "2": {ID: "errand-2", Person: "ann"}} // the second has an incident alone
			e.everybodyIsTold()
			c.worse(&e)
			found := append(auditOutcomes(e), auditHandedOver(e)...)
			found = append(found, auditCrashes(e)...)
			require.Len(t, found, 1, "%v", found)
			require.Equal(t, c.rule, found[0].Rule)
			require.Contains(t, found[0].What, c.says)
		})
	}
}
