package postgres

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// several opens as many handles as if there were several processes.
func (w *issueWorld) several(n int) (handles []*DB) {
	w.t.Helper()
	for range n {
		handles = append(handles, w.open(w.url))
	}
	return handles
}

func TestOfTwoHundredReportsAtOnceOneIsTaken(t *testing.T) {
	w := newIssueWorld(t)
	handles := w.several(4)
	errs := timesAtOnce(200, func(i int) error {
		_, err := handles[i%4].Submit(t.Context(), report("100"))
		return err
	})
	assert.Equal(t, map[string]int{"": 1, string(schema.BeingResolved): 199}, tally(errs))
	assert.Equal(t, 1, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue_inbox`), "one workflow is started")
	w.sound()
}

func TestOfTwoHundredReportsWithOneIDOneIsTaken(t *testing.T) {
	w := newIssueWorld(t)
	handles := w.several(4)
	codes := []string{"100", "200", "300", "400"}
	errs := timesAtOnce(200, func(i int) error {
		_, err := handles[i%4].Submit(t.Context(), report(codes[i%len(codes)], withID("mine")))
		return err
	})
	n := tally(errs)
	assert.Equal(t, 1, n[""])
	assert.Equal(t, 199, n[string(schema.BeingResolved)]+n[string(schema.NotAwaited)], n)
	assert.Equal(t, 1, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue`))
	w.sound()
}

func TestOfFiftyChainedReportsOneIsTheNextStep(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	handles := w.several(3)
	codes := []string{"100", "200", "300"}
	errs := timesAtOnce(50, func(i int) error {
		_, err := handles[i%3].Submit(t.Context(), report(codes[i%3], withID(id)))
		return err
	})
	n := tally(errs)
	assert.Equal(t, 1, n[""])
	assert.Equal(t, 49, n[string(schema.BeingResolved)]+n[string(schema.NotAwaited)], n)
	assert.Equal(t, 2, w.issue(id).Step)
	assert.Equal(t, []string{"created", "chained"}, w.kinds(id))
	w.sound()
}

func (w *issueWorld) kinds(id string) (kinds []string) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Select(&kinds, `
		SELECT m.kind FROM sn_pren_experience_issue_inbox m JOIN sn_pren_experience_issue i ON i.sys_id = m.issue
		 WHERE i.experience_id = $1 ORDER BY m.seq`, id))
	return kinds
}

func TestAChainedReportAndANewOneOfTheSameCodeNeverBothRun(t *testing.T) {
	w := newIssueWorld(t)
	handles := w.several(2)
	for round := range 20 {
		id := w.waiting(withID(fmt.Sprintf("round-%d", round)))
		errs := timesAtOnce(2, func(i int) error {
			_, err := handles[i].Submit(t.Context(), report("100", withID([]string{id, ""}[i])))
			return err
		})
		require.Equal(t, map[string]int{"": 1, string(schema.BeingResolved): 1}, tally(errs))
		w.exec(`DELETE FROM sn_pren_experience_issue_inbox; DELETE FROM sn_pren_experience_issue_event; DELETE FROM sn_pren_experience_issue_step`)
		w.exec(`DELETE FROM sn_pren_experience_issue`)
	}
}

func TestReportsOfAClosingIssueAreTakenOrRefusedButNeverLost(t *testing.T) {
	w := newIssueWorld(t)
	for round := range 20 {
		id := w.submit("100")
		errs := timesAtOnce(5, func(i int) error {
			if i == 0 {
				_, err := w.db.Cancel(t.Context(), id, "test")
				return err
			}
			_, err := w.db.Submit(t.Context(), report("100"))
			return err
		})
		n := tally(errs)
		require.Contains(t, []int{1, 2}, n[""], "round %d: %v", round, n)
		require.Equal(t, 5-n[""], n[string(schema.BeingResolved)], "round %d: %v", round, n)
		w.exec(`UPDATE sn_pren_experience_issue SET state = 'closed_cancelled', end_reason = 'cancelled', closed_on = now() WHERE closed_on IS NULL`)
	}
}
