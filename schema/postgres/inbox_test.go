package postgres

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func (w *issueWorld) claim(limit int, lease time.Duration) []schema.Delivery {
	w.t.Helper()
	claimed, err := w.db.ClaimInbox(w.t.Context(), "here", limit, lease)
	require.NoError(w.t, err)
	return claimed
}

func (w *issueWorld) delivered(done ...schema.Delivery) {
	w.t.Helper()
	require.NoError(w.t, w.db.Delivered(w.t.Context(), "here", done))
}

func TestAMessageSaysAllThatItsDeliveryNeeds(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("100", withID("mine"))
	claimed := w.claim(10, time.Minute)
	require.Equal(t, []schema.Delivery{{
		Message: schema.Message{Seq: 1, Kind: schema.InboxCreated, Step: 1}, Issue: w.issue(id).SysID, ExperienceID: "mine",
		IssueCode: "100", Provider: "sn", Attempt: 1}}, claimed)
	w.delivered(claimed...)
	assert.Equal(t, "here", value[string](w, `SELECT temporal_namespace FROM sn_pren_experience_issue`), "the issue remembers who runs it")
	assert.Empty(t, w.claim(10, time.Minute))
}

func TestMessagesOfOneIssueAreClaimedOneByOneInOrder(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	w.submit("100", withID(id))
	_, err := w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	other := w.submit("400")
	for seq, kind := range []schema.InboxKind{schema.InboxCreated, schema.InboxChained, schema.InboxCancelled} {
		claimed := w.claim(10, time.Minute)
		byIssue := map[string]schema.Delivery{}
		for _, c := range claimed {
			byIssue[c.ExperienceID] = c
		}
		require.Len(t, byIssue, len(claimed), "of each issue one")
		require.Equal(t, int64(seq+1), byIssue[id].Seq)
		require.Equal(t, kind, byIssue[id].Kind)
		require.Empty(t, w.claim(10, time.Minute), "the next ones are kept back until it is delivered")
		w.delivered(byIssue[id])
		if seq == 0 {
			require.Contains(t, byIssue, other)
		}
	}
}

func TestAnUndeliveredMessageKeepsBackTheOnesBehindIt(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	w.submit("100", withID(id))
	first := w.claim(10, time.Minute)
	require.Len(t, first, 1)
	require.NoError(t, w.db.DeliverLater(t.Context(), time.Hour, first))
	require.Empty(t, w.claim(10, time.Minute))
}

func TestALeaseThatRunsOutIsClaimedAgain(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100")
	require.Equal(t, 1, w.claim(10, time.Hour)[0].Attempt)
	require.Empty(t, w.claim(10, time.Hour))
	w.exec(`UPDATE sn_pren_experience_issue_inbox SET not_before = now() - interval '1 second'`)
	again := w.claim(10, time.Hour)
	require.Equal(t, 2, again[0].Attempt)
	w.delivered(again...)
	w.delivered(again...) // the one whose lease ran out comes late
	require.Empty(t, w.claim(10, 0))
}

func TestAMessagePutOffComesAgainInItsTime(t *testing.T) {
	w := newIssueWorld(t)
	w.submit("100")
	require.NoError(t, w.db.DeliverLater(t.Context(), time.Hour, w.claim(10, time.Minute)))
	require.Empty(t, w.claim(10, time.Minute))
	w.exec(`UPDATE sn_pren_experience_issue_inbox SET not_before = not_before - interval '1 hour'`)
	require.Len(t, w.claim(10, time.Minute), 1)
	waiting, err := w.db.InboxWaiting(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, waiting.Count)
	require.Positive(t, waiting.OldestSeconds)
}

func TestClaimersAtOnceNeverGetTheSameMessage(t *testing.T) {
	w := newIssueWorld(t)
	w.manyMessages(300)
	handles := w.several(4)
	var mu sync.Mutex
	times := map[string]int{}
	errs := timesAtOnce(12, func(i int) error {
		for {
			claimed, err := handles[i%4].ClaimInbox(t.Context(), "here", 7, time.Minute)
			if err != nil || len(claimed) == 0 {
				return err
			}
			mu.Lock()
			for _, c := range claimed {
				times[fmt.Sprint(c.Issue, c.Seq)]++
			}
			mu.Unlock()
			if err := handles[i%4].Delivered(t.Context(), "here", claimed); err != nil {
				return err
			}
		}
	})
	require.Equal(t, map[string]int{"": 12}, tally(errs))
	for _, n := range times {
		require.Equal(t, 1, n)
	}
	waiting, err := w.db.InboxWaiting(t.Context()) // who found all that was left taken by others, went home early
	require.NoError(t, err)
	require.Equal(t, 300, waiting.Count+len(times))
}

// On a quiet day the inbox is empty and Postgres knows it; a session keeps the plan that it made then.
func TestAStormIsClaimedWithThePlanOfAnEmptyInbox(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`VACUUM ANALYZE sn_pren_experience_issue_inbox`)
	require.Empty(t, w.claim(16, time.Minute))
	w.manyMessages(5_000)
	require.Len(t, w.claim(16, time.Minute), 16)
}

func TestWhatHasBegunIsFoundWithoutReadingAllNewReports(t *testing.T) {
	w := newIssueWorld(t)
	w.manyMessages(1_000)
	w.exec(`ANALYZE sn_pren_experience_issue_inbox`)
	require.Contains(t, w.genericPlan(claimInbox, 3), "using sn_pren_experience_issue_inbox_begun")
}

// manyMessages makes n issues with a message each.
func (w *issueWorld) manyMessages(n int) {
	w.t.Helper()
	w.exec(`INSERT INTO sys_user (sys_id, user_name) SELECT md5('many ' || n), 'many ' || n FROM generate_series(1, $1) n`, n)
	w.exec(`
		INSERT INTO sn_pren_experience_issue (sys_id, experience_id, provider, registry, "user", state, due_at)
		SELECT md5('issue ' || n), 'many-' || n, r.provider, r.sys_id, md5('many ' || n), 'open', now() + interval '1 hour'
		  FROM generate_series(1, $1) n, sn_pren_issue_registry r WHERE r.issue_code = '400'`, n)
	w.exec(`INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step) SELECT md5('issue ' || n), 1, 'created', 1 FROM generate_series(1, $1) n`, n)
}

func TestTwoWhoDeliveredTheSameMessagesDoNotDeadlock(t *testing.T) {
	w := newIssueWorld(t)
	handles := w.several(4)
	w.manyMessages(50)
	for range 15 {
		claimed := w.claim(50, time.Minute)
		require.Len(t, claimed, 50)
		errs := timesAtOnce(4, func(i int) error {
			mine := append([]schema.Delivery{}, claimed...)
			if i%2 == 1 {
				for a, b := 0, len(mine)-1; a < b; a, b = a+1, b-1 {
					mine[a], mine[b] = mine[b], mine[a]
				}
			}
			return handles[i].Delivered(t.Context(), fmt.Sprint("namespace ", i), mine)
		})
		require.Equal(t, map[string]int{"": 4}, tally(errs))
		w.exec(`UPDATE sn_pren_experience_issue SET temporal_namespace = ''`)
		w.exec(`INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step) SELECT md5('issue ' || n), 1, 'created', 1 FROM generate_series(1, 50) n`)
	}
}

func TestWhatHasBegunGoesOnHoweverManyAreReported(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	w.delivered(w.claim(10, time.Minute)...)
	w.manyMessages(30)
	w.submit("100", withID(id))
	claimed := w.claim(1, time.Minute)
	require.Len(t, claimed, 1)
	require.Equal(t, schema.InboxChained, claimed[0].Kind)
	require.Len(t, w.claim(20, time.Minute), 20)
	_, err := w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	w.delivered(claimed...)
	kinds := map[schema.InboxKind]int{}
	for _, c := range w.claim(5, time.Minute) {
		kinds[c.Kind]++
	}
	require.Equal(t, map[schema.InboxKind]int{schema.InboxCancelled: 1, schema.InboxCreated: 4}, kinds)
}

func TestAClaimerDoesNotWaitForAnother(t *testing.T) {
	w := newIssueWorld(t)
	w.manyMessages(20)
	other, err := w.db.db.Beginx()
	require.NoError(t, err)
	defer other.Rollback() //nolint:errcheck // it only locks
	var first []struct {
		Issue string
		Seq   int64
	}
	require.NoError(t, other.Select(&first, `SELECT issue, seq FROM sn_pren_experience_issue_inbox LIMIT 15 FOR UPDATE`))
	require.Len(t, w.claim(50, time.Minute), 5)
}

func TestMessagesOfAnotherNamespacesRunsAreLeftAlone(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("200")
	started := w.claim(10, time.Minute)
	require.Len(t, started, 1)
	require.NoError(t, w.db.Delivered(t.Context(), "here", started))
	_, err := w.db.Cancel(t.Context(), id, "test")
	require.NoError(t, err)
	elsewhere, err := w.db.ClaimInbox(t.Context(), "elsewhere", 10, time.Minute)
	require.NoError(t, err)
	require.Empty(t, elsewhere, "there it would find no run, and be taken for delivered")
	require.Len(t, w.claim(10, time.Minute), 1)
}
