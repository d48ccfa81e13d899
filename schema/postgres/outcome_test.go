package postgres

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// wantOutcomes lets provider sn hear of everything; a config is that of its webhook.
func (w *issueWorld) wantOutcomes(config string) {
	w.exec(`
		INSERT INTO sn_pren_outcome_receiver (sys_id, provider, states, config, give_up_after_seconds)
		VALUES (md5('receiver'), md5('sn'), '{in_progress,action_wait,closed_complete,closed_incomplete,closed_skipped,closed_cancelled}', nullif($1, '')::json, 3600)`, config)
}

// lives leads an issue of code 200 to its second step and its end, and gives its id.
func (w *issueWorld) lives() (id string) {
	w.t.Helper()
	ctx := w.t.Context()
	id = w.submit("200")
	for step, code := range []string{"", "100"} {
		if code != "" {
			w.submit(code, withID(id))
		}
		_, err := w.db.Begin(ctx, id, step+1, runIt)
		require.NoError(w.t, err)
		_, err = w.db.Conclude(ctx, id, success(step+1))
		require.NoError(w.t, err)
	}
	return id
}

// told is what an outcome says, in short.
func told(outcomes []schema.OutcomeEvent) (states []string) {
	for _, o := range outcomes {
		states = append(states, string(o.State))
	}
	return states
}

func (w *issueWorld) feed(after int64, providers ...string) schema.Feed {
	w.t.Helper()
	feed, err := w.db.Outcomes(w.t.Context(), providers, after, 100)
	require.NoError(w.t, err)
	return feed
}

func TestAnOutcomeIsWrittenWithEachMoveThatTheProviderWantsToHearOf(t *testing.T) {
	w := newIssueWorld(t)
	before := w.lives()
	w.wantOutcomes("")
	id := w.lives()
	feed := w.feed(0)
	require.Equal(t, []string{"in_progress", "action_wait", "in_progress", "closed_complete"}, told(feed.Outcomes))
	for i, o := range feed.Outcomes {
		require.Equal(t, i+1, o.Sequence)
		require.Equal(t, id, o.ExperienceID, "what was before nobody wanted to hear: %s", before)
		require.Equal(t, "sn", o.Provider)
		require.Equal(t, 1+i/2, o.Step)
		require.Equal(t, []string{"200", "200", "100", "100"}[i], o.IssueCode)
		require.WithinDuration(t, time.Now(), o.At, time.Minute)
	}
	require.Equal(t, schema.ResolvedSilently, feed.Outcomes[3].EndReason)

	w.exec(`UPDATE sn_pren_outcome_receiver SET states = '{closed_complete}'`)
	w.lives()
	require.Equal(t, []string{"closed_complete"}, told(w.feed(feed.Next).Outcomes))
	w.exec(`UPDATE sn_pren_outcome_receiver SET active = false`)
	w.lives()
	require.Len(t, w.feed(0).Outcomes, 5)
	require.Zero(t, value[int](w, `SELECT count(*) FROM sn_pren_delivery`), "without a webhook nothing is to be delivered")
}

func TestAnAccountSeesTheOutcomesOfItsProviders(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes("")
	w.lives()
	require.Len(t, w.feed(0, "sn").Outcomes, 4)
	require.Len(t, w.feed(0, "other", "sn").Outcomes, 4)
	require.Empty(t, w.feed(0, "other").Outcomes)
}

func TestTheFeedIsReadInPages(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes("")
	for range 3 {
		w.lives()
	}
	var all []string
	for after, more := int64(0), true; more; {
		feed, err := w.db.Outcomes(t.Context(), nil, after, 5)
		require.NoError(t, err)
		require.LessOrEqual(t, len(feed.Outcomes), 5)
		all, after, more = append(all, told(feed.Outcomes)...), feed.Next, feed.More
	}
	require.Len(t, all, 12)
	last := w.feed(0).Next
	require.Equal(t, last, w.feed(last).Next, "where there is nothing more, the place stays")
	_, err := w.db.Outcomes(t.Context(), nil, last+1, 5)
	require.ErrorIs(t, err, schema.FeedAhead)
}

// An outcome whose transaction commits late gets its place late: nobody who has read on passes over it.
// Where only webhooks are used nobody gives places; who then reads for the first time is not told that there is nothing.
func TestWhoReadsBehindManyOutcomesOfOthersIsToldToReadOn(t *testing.T) {
	w := newIssueWorld(t)
	id := w.lives()
	w.exec(`
		INSERT INTO sn_pren_outcome (issue, provider, experience_id, issue_code, step, state, end_reason, sequence)
		SELECT i.sys_id, CASE WHEN n > $2 THEN i.provider ELSE md5('other') END, i.experience_id, '200', 1, i.state, '', n
		  FROM sn_pren_experience_issue i, generate_series(1, $2 + 1) n
		 WHERE i.experience_id = $1
		 ORDER BY n`, id, placeAtOnce*mostPlacings)
	feed := w.feed(0, "sn")
	require.Empty(t, feed.Outcomes)
	require.True(t, feed.More)
	feed = w.feed(feed.Next, "sn")
	require.Len(t, feed.Outcomes, 1)
	require.False(t, feed.More)
}

func TestTheFeedPassesOverNothingThatCommitsLate(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes("")
	id := w.submit("200")
	late, err := w.db.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer late.Rollback()
	_, err = late.Exec(`UPDATE sn_pren_experience_issue SET state = 'in_progress' WHERE experience_id = $1`, id)
	require.NoError(t, err)
	w.cancels(w.submit("100"))
	first := w.feed(0)
	require.Equal(t, []string{"closed_cancelled"}, told(first.Outcomes))
	require.NoError(t, late.Commit())
	require.Equal(t, []string{"in_progress"}, told(w.feed(first.Next).Outcomes))
}

func (w *issueWorld) cancels(id string) {
	w.t.Helper()
	_, err := w.db.Cancel(w.t.Context(), id, "test")
	require.NoError(w.t, err)
}

// Many write, commit late or roll back while several read on: each reader gets each outcome once, and those of one issue in order.
func TestEveryReaderOfTheFeedGetsEverythingOnceAndInOrder(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes("")
	const issues, readers = 40, 3
	ids := make([]string, issues)
	for i := range ids {
		ids[i] = schema.NewSysID()
	}
	w.exec(`
		INSERT INTO sys_user (sys_id, user_name) SELECT md5('crowd ' || n), 'crowd.' || n FROM generate_series(1, $1) n`, issues)
	w.exec(`
		INSERT INTO sn_pren_experience_issue (sys_id, experience_id, provider, registry, "user", state, due_at)
		SELECT id, id, r.provider, r.sys_id, md5('crowd ' || n), 'open', now()
		  FROM unnest($1::text[]) WITH ORDINALITY AS new (id, n), (SELECT * FROM sn_pren_issue_registry WHERE issue_code = '200') r`, textArray(ids))
	var writing sync.WaitGroup
	for i, id := range ids {
		writing.Go(func() {
			for _, state := range []string{"in_progress", "action_wait"} {
				w.moves(id, state, i%5 == 0)
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	var reading sync.WaitGroup
	heard := make([][]schema.OutcomeEvent, readers)
	for r := range readers {
		reading.Go(func() { heard[r] = w.readsOn(done, 7) })
	}
	reading.Wait()
	for _, all := range heard {
		require.Len(t, all, 2*issues)
		sequences := map[string][]int{}
		for _, o := range all {
			sequences[o.ExperienceID] = append(sequences[o.ExperienceID], o.Sequence)
		}
		require.Len(t, sequences, issues)
		for id, got := range sequences {
			require.Equal(t, []int{1, 2}, got, id)
		}
	}
}

// moves lets an issue come to a state, in a transaction that takes a while; with fails also in one that is rolled back before.
func (w *issueWorld) moves(id, state string, fails bool) {
	statement := `UPDATE sn_pren_experience_issue SET state = $2, wait_until = CASE WHEN $2 = 'action_wait' THEN now() END WHERE experience_id = $1`
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Rollback, (*sql.Tx).Commit} {
		if !fails {
			fails = true
			continue
		}
		t, err := w.db.db.BeginTx(context.Background(), nil)
		if err == nil {
			_, err = t.Exec(statement, id, state)
		}
		if err == nil {
			_, err = t.Exec(`SELECT pg_sleep(random() * 0.02)`)
		}
		if err == nil {
			err = end(t)
		}
		if err != nil {
			w.t.Error(err)
		}
	}
}

// readsOn reads until nobody writes any more and nothing is left.
func (w *issueWorld) readsOn(written <-chan struct{}, limit int) (all []schema.OutcomeEvent) {
	var after int64
	for last := false; ; {
		feed, err := w.db.Outcomes(context.Background(), nil, after, limit)
		if err != nil {
			w.t.Error(err)
			return nil
		}
		all, after = append(all, feed.Outcomes...), feed.Next
		if last && len(feed.Outcomes) == 0 {
			return all
		}
		select {
		case <-written:
			last = true
		default:
		}
	}
}

// After a restore the places of outcomes that only the lost database knew are left out.
func TestAToolThatHasReadFurtherThanABackupMissesNothingAfterARestore(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes("")
	w.lives()
	ahead := w.feed(0).Next + 5
	require.NoError(t, w.db.SkipNumbers(t.Context(), 10))
	w.lives()
	require.Equal(t, []string{"in_progress", "action_wait", "in_progress", "closed_complete"}, told(w.feed(ahead).Outcomes))
}

func TestOldOutcomesOfClosedIssuesAreRemoved(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	waiting := w.submit("200")
	_, err := w.db.Begin(t.Context(), waiting, 1, runIt)
	require.NoError(t, err)
	remove := func() int64 {
		n, err := w.db.RemoveOutcomes(t.Context(), time.Hour)
		require.NoError(t, err)
		return n
	}
	require.Zero(t, remove(), "they are young")
	w.exec(`UPDATE sn_pren_outcome SET sys_created_on = now() - interval '2 hours'`)
	require.Zero(t, remove(), "they are still to be delivered")
	w.exec(`UPDATE sn_pren_delivery SET state = 'given_up', ended_on = now()`)
	require.EqualValues(t, 4, remove())
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM sn_pren_outcome`), "that of an issue that is not closed is counted on")
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM sn_pren_delivery`))
}

func TestAnIssueIsNotRemovedWhileItsProviderIsStillToHear(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	w.exec(`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '1 day'`)
	w.exec(`DELETE FROM sn_pren_experience_issue_inbox`)
	removed, err := w.db.RemoveIssues(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Zero(t, removed.Issues)
	w.exec(`UPDATE sn_pren_delivery SET state = 'delivered', ended_on = now()`)
	removed, err = w.db.RemoveIssues(t.Context(), time.Hour)
	require.NoError(t, err)
	require.EqualValues(t, 1, removed.Issues)
	require.Zero(t, value[int](w, `SELECT count(*) FROM sn_pren_outcome`))
	require.Zero(t, value[int](w, `SELECT count(*) FROM sn_pren_delivery`))
}

var aMinute = schema.DispatchLeases{Outcome: time.Minute, Incident: time.Minute}

// claims takes what is due for the one receiver.
func (w *issueWorld) claims(room int) []schema.Dispatch {
	w.t.Helper()
	ids, err := w.db.Receivers(w.t.Context())
	require.NoError(w.t, err)
	claimed, err := w.db.ClaimDispatches(w.t.Context(), map[string]int{ids[0]: room}, aMinute)
	require.NoError(w.t, err)
	return claimed
}

func (w *issueWorld) settles(d schema.Dispatch, a schema.DispatchAttempt, after time.Duration) string {
	w.t.Helper()
	a.Began, a.Took = time.Now(), time.Millisecond
	state, err := w.db.SettleDispatch(w.t.Context(), d, a, after)
	require.NoError(w.t, err)
	return state
}

func TestWhatIsToldOfOneIssueIsClaimedInOrder(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	w.lives()
	var order []int
	for range 4 {
		claimed := w.claims(10)
		require.Len(t, claimed, 2, "one of each issue")
		require.Empty(t, w.claims(10), "it is leased")
		for _, d := range claimed {
			require.Equal(t, 1, d.Attempt)
			order = append(order, value[int](w, `SELECT sequence FROM sn_pren_outcome WHERE sys_id = $1`, d.Outcome))
			require.Equal(t, "delivered", w.settles(d, schema.DispatchAttempt{Delivered: true, Status: 200, Detail: "x answered 200."}, 0))
		}
	}
	require.Equal(t, []int{1, 1, 2, 2, 3, 3, 4, 4}, order)
	require.Empty(t, w.claims(10))
	require.Equal(t, 8, value[int](w, `SELECT count(*) FROM sn_pren_delivery_attempt WHERE status = 200 AND attempt = 1 AND next_try IS NULL`))
}

func TestNoMoreIsClaimedThanThereIsRoomFor(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	for range 5 {
		w.lives()
	}
	require.Len(t, w.claims(2), 2)
	require.Len(t, w.claims(2), 2)
	require.Len(t, w.claims(2), 1)
}

func TestWhatDidNotArriveKeepsBackWhatFollowsUntilItIsGivenUp(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	first := w.claims(10)[0]
	require.Equal(t, "pending", w.settles(first, schema.DispatchAttempt{Status: 500, Detail: "x answered 500."}, time.Hour/2))
	require.Empty(t, w.claims(10), "what follows waits as long")
	w.exec(`UPDATE sn_pren_delivery SET not_before = now()`)
	again := w.claims(10)
	require.Len(t, again, 1)
	require.Equal(t, first.SysID, again[0].SysID)
	require.Equal(t, 2, again[0].Attempt)
	require.Equal(t, "pending", w.settles(again[0], schema.DispatchAttempt{Detail: "No answer."}, 2*time.Hour), "there is time for a last try")
	require.InDelta(t, 0, value[float64](w, `SELECT extract(epoch FROM since + interval '1 hour' - $2 * interval '1 second' - not_before)::float8 FROM sn_pren_delivery WHERE sys_id = $1`, first.SysID, lastTry.Seconds()), 1e-3)
	w.exec(`UPDATE sn_pren_delivery SET not_before = now(), since = since - interval '1 hour' WHERE sys_id = $1`, first.SysID)
	again = w.claims(10)
	require.Equal(t, first.SysID, again[0].SysID)
	require.Equal(t, "given_up", w.settles(again[0], schema.DispatchAttempt{Detail: "No answer."}, 0), "its time is over")
	require.NotEqual(t, first.SysID, w.claims(10)[0].SysID)
	waiting, err := w.db.DispatchesWaiting(t.Context())
	require.NoError(t, err)
	waiting[1].OldestSeconds = 0
	require.Equal(t, []schema.DispatchWaiting{{Kind: "incident"}, {Kind: "outcome", Count: 3, GivenUp: 1}}, waiting)

	n, err := w.db.Redeliver(t.Context(), schema.Redelivery{Provider: "sn", Providers: []string{"other"}})
	require.NoError(t, err)
	require.Zero(t, n, "another's")
	n, err = w.db.Redeliver(t.Context(), schema.Redelivery{Provider: "sn"})
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	require.Equal(t, 0, value[int](w, `SELECT count(*) FROM sn_pren_delivery WHERE state = 'given_up'`))
}

// Of two who have the same delivery, because a lease was over, what has arrived counts whoever says it, and a failure only the last one's.
func TestALeaseThatIsOverDoesNoHarm(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	slow, second := w.claimsTwice()
	require.Empty(t, w.settles(slow, schema.DispatchAttempt{Status: 500}, time.Second))
	require.Equal(t, "delivered", w.settles(slow, schema.DispatchAttempt{Status: 200, Delivered: true}, 0))
	require.Empty(t, w.settles(second, schema.DispatchAttempt{Status: 500}, time.Second))
	require.Equal(t, "delivered", value[string](w, `SELECT state FROM sn_pren_delivery WHERE sys_id = $1`, slow.SysID))
}

// claimsTwice has one delivery for two, as the lease of the first is over.
func (w *issueWorld) claimsTwice() (slow, second schema.Dispatch) {
	w.t.Helper()
	slow = w.claims(1)[0]
	w.exec(`UPDATE sn_pren_delivery SET not_before = now() WHERE sys_id = $1`, slow.SysID)
	second = w.claims(1)[0]
	require.Equal(w.t, slow.SysID, second.SysID)
	return slow, second
}

func TestTwoWorkersShareTheDeliveries(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	for range 30 {
		w.lives()
	}
	claimed := make([][]schema.Dispatch, 4)
	var claiming sync.WaitGroup
	for i := range claimed {
		claiming.Go(func() {
			var err error
			if claimed[i], err = w.db.ClaimDispatches(context.Background(), map[string]int{md5("receiver"): 20}, aMinute); err != nil {
				t.Error(err)
			}
		})
	}
	claiming.Wait()
	seen := map[string]bool{}
	for _, d := range slices.Concat(claimed...) {
		require.False(t, seen[d.SysID], "claimed twice")
		seen[d.SysID] = true
	}
	require.LessOrEqual(t, len(seen), 30)
}

func TestAnIncidentOfOursIsHandedOverAndOneThatCameFromElsewhereIsNot(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`INSERT INTO sn_pren_service_desk (sys_id, name, type, config) VALUES (md5('desk'), 'desk', 'servicenow', '{}')`)
	id := w.submit("400")
	_, err := w.db.Begin(t.Context(), id, 1, runIt)
	require.NoError(t, err)
	_, err = w.db.Conclude(t.Context(), id, schema.Outcome{Step: 1, Reason: schema.IncidentRequested})
	require.NoError(t, err)
	w.exec(`
		INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, impact, urgency, priority, correlation_id,
		                      correlation_display, origin_table, origin_id, investigative_details)
		VALUES (md5('theirs'), md5('fred'), '', '', '', 3, 3, 5, 'x', 'x', '', 'x', '[]')`)
	claimed := w.claims(10)
	require.Len(t, claimed, 1)
	letter, err := w.db.IncidentLetter(t.Context(), claimed[0].Incident, claimed[0].Receiver)
	require.NoError(t, err)
	require.Equal(t, id, letter.CorrelationID)
	require.Equal(t, "fred.luddy", letter.UserName)

	require.Equal(t, "delivered", w.settles(claimed[0], schema.DispatchAttempt{Delivered: true, Status: 201,
		Foreign: schema.ForeignRecord{SysID: "f1", Number: "INC0012345"}}, 0))
	issue, err := w.db.Issue(t.Context(), id, 0)
	require.NoError(t, err)
	require.Equal(t, "INC0012345", issue.ForeignNumber)
	last := issue.Timeline[len(issue.Timeline)-1]
	require.Equal(t, schema.EventIncidentHandedOver, last.Event)
	require.Equal(t, "The service desk's system knows it as INC0012345.", last.Detail)
	for i, e := range issue.Timeline {
		require.Equal(t, i+1, e.Number)
	}
}

// With the plans of an empty database, whatever is written, claimed, settled and read of outcomes is found by its key among many.
func TestOutcomesAreFoundByTheirKeysAmongMany(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	db := w.open(w.url)
	db.db.SetMaxOpenConns(1)
	life := issueLife{issueWorld: w, db: db}
	lead := func() map[string]int {
		read := life.lead()
		before := life.readSoFar()
		claimed, err := db.ClaimDispatches(t.Context(), map[string]int{md5("receiver"): 1}, aMinute)
		require.NoError(t, err)
		require.Len(t, claimed, 1)
		read["claim a delivery"] = life.readSoFar() - before
		_, err = db.SettleDispatch(t.Context(), claimed[0], schema.DispatchAttempt{Delivered: true, Began: time.Now()}, 0)
		require.NoError(t, err)
		read["settle a delivery"] = life.readSoFar() - before - read["claim a delivery"]
		return read
	}
	lead()                           // makes the plans
	fill := func(statement string) { // on the one connection, so that what it reads is told before the next count
		_, err := db.db.Exec(statement)
		require.NoError(t, err)
	}
	fill(`
		INSERT INTO sn_pren_experience_issue (sys_id, experience_id, provider, registry, "user", state, end_reason, closed_on, due_at)
		SELECT md5('many ' || n), 'many-' || n, r.provider, r.sys_id, md5('fred'), 'closed_complete', 'resolved_silently', now(), now()
		  FROM generate_series(1, 3000) n, (SELECT * FROM sn_pren_issue_registry WHERE issue_code = '200') r`)
	fill(`
		INSERT INTO sn_pren_outcome (sys_id, issue, provider, experience_id, issue_code, step, state, end_reason, sequence)
		SELECT sys_id, sys_id, provider, experience_id, '200', 1, state, end_reason, 1 FROM sn_pren_experience_issue WHERE experience_id LIKE 'many-%'`)
	fill(`
		INSERT INTO sn_pren_delivery (receiver, outcome, issue, give_up_after_seconds)
		SELECT md5('receiver'), sys_id, issue, 3600 FROM sn_pren_outcome WHERE experience_id LIKE 'many-%'`)
	for what, read := range lead() {
		assert.Less(t, read, 300, "rows and index entries read to %s", what)
	}
}

// What is written while the one before is settled does not wait for that one's lease.
func TestAnOutcomeThatCommitsWhileTheOneBeforeIsSettledIsDueAtOnce(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	ctx := t.Context()
	id := w.submit("200")
	w.begin(id, 1)
	receivers, err := w.db.Receivers(ctx)
	require.NoError(t, err)
	claimed, err := w.db.ClaimDispatches(ctx, map[string]int{receivers[0]: 8}, aMinute)
	require.NoError(t, err)
	require.Len(t, claimed, 1)

	late, err := w.db.db.BeginTx(ctx, nil)
	require.NoError(t, err)
	defer late.Rollback()
	_, err = late.Exec(`UPDATE sn_pren_experience_issue SET state = 'closed_complete', end_reason = 'resolved_silently', closed_on = now() WHERE experience_id = $1`, id)
	require.NoError(t, err)
	_, err = w.db.SettleDispatch(ctx, claimed[0], schema.DispatchAttempt{Delivered: true, Began: time.Now()}, 0)
	require.NoError(t, err)
	require.NoError(t, late.Commit())

	claimed, err = w.db.ClaimDispatches(ctx, map[string]int{receivers[0]: 8}, aMinute)
	require.NoError(t, err)
	require.Len(t, claimed, 1, "seconds until it is due: %s", value[string](w, `SELECT (not_before - now())::text FROM sn_pren_delivery WHERE state = 'pending'`))
}
