package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

const aDay = 24 * time.Hour

// delivers lets the relay deliver everything.
func (w *issueWorld) delivers() { w.exec(`DELETE FROM sn_pren_experience_issue_inbox`) }

// ages lets closed issues be closed longer ago than they were.
func (w *issueWorld) ages(by time.Duration, ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.exec(`UPDATE sn_pren_experience_issue SET closed_on = closed_on - make_interval(secs => $2) WHERE experience_id = $1`, id, by.Seconds())
	}
}

// closed gives an issue of fred's that was called off.
func (w *issueWorld) closed(change ...func(*schema.Report)) (id string) {
	w.t.Helper()
	id = w.submit("100", change...)
	_, err := w.db.Cancel(w.t.Context(), id, "test")
	require.NoError(w.t, err)
	w.delivers()
	return id
}

// remove removes all that is older than a day.
func (w *issueWorld) remove() (removed schema.Removed) {
	w.t.Helper()
	for {
		batch, err := w.db.RemoveIssues(w.t.Context(), aDay)
		require.NoError(w.t, err)
		if batch.Issues == 0 {
			return removed
		}
		removed.Issues, removed.Rows = removed.Issues+batch.Issues, removed.Rows+batch.Rows
	}
}

// mentions counts, by table and column, the rows that hold a text somewhere, whatever its case.
func (w *issueWorld) mentions(text string) map[string]int {
	w.t.Helper()
	var columns []struct {
		Table  string `db:"table_name"`
		Column string `db:"column_name"`
	}
	require.NoError(w.t, w.db.db.Select(&columns, `
		SELECT c.table_name, c.column_name
		  FROM information_schema.columns c
		  JOIN information_schema.tables t USING (table_schema, table_name)
		 WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'`))
	require.Greater(w.t, len(columns), 100)
	found := map[string]int{}
	for _, c := range columns {
		query := fmt.Sprintf(`SELECT count(*) FROM %q WHERE position(lower($1) in lower(%q::text)) > 0`, c.Table, c.Column)
		if n := value[int](w, query, text); n > 0 {
			found[c.Table+"."+c.Column] = n
		}
	}
	return found
}

// full gives closed issues of every road: with conversations, replies, messages, jobs, chained steps, incidents and live agents.
func (w *talkWorld) full() (ids []string) {
	w.t.Helper()
	id, token := w.asked()
	w.click(token, schema.ReplyAccept)
	require.Equal(w.t, schema.TurnRun, w.turn(id).Do)
	w.acted(id, success(1))
	w.says(token, schema.Reply{Step: 1, Kind: schema.ReplyNotHelped, Comment: "It is as bad as before."})
	w.turn(id)
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.UnresolvedByUser})
	ids = append(ids, id)

	chained := w.waiting(withID("chosen"), withDetails(`{"cpu usage": "99%"}`))
	w.submit("300", withID(chained), by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}))
	w.exec(`UPDATE sn_pren_issue_registry SET fallback = 'live_agent'`)
	w.begin(chained, 2)
	w.exec(`INSERT INTO sn_pren_notification_channel (sys_id, name, type, audience) VALUES (md5('desk'), 'desk', 'webhook', 'desk') ON CONFLICT DO NOTHING`)
	w.conclude(chained, schema.Outcome{Step: 2, Reason: schema.OutcomeUnknown})
	w.exec(`UPDATE sn_pren_notification SET state = 'delivered', ended_on = now() WHERE occasion = 'desk'`)
	w.exec(`UPDATE sn_pren_issue_registry SET fallback = 'incident'`)
	w.delivers()
	return append(ids, chained)
}

func TestNothingRefersToARemovedIssueButTheServiceDesksRecords(t *testing.T) {
	w := newTalkWorld(t)
	gone := w.full()
	kept := w.closed(withID("young"))
	open := w.submit("100")
	var sysIDs []string
	for _, id := range gone {
		issue := w.issue(id)
		sysIDs = append(sysIDs, issue.SysID)
		before := w.mentions(issue.SysID)
		require.Greater(t, len(before), 5, "the search finds what is there: %v", before)
	}
	w.ages(2*aDay, gone...)

	removed := w.remove()
	require.Equal(t, len(gone), removed.Issues)
	require.Greater(t, removed.Rows, 20)
	for i, id := range gone {
		for _, value := range []string{sysIDs[i], id} {
			found := w.mentions(value)
			for _, record := range []string{"incident.origin_id", "interaction.origin_id", "incident.correlation_id", "interaction.correlation_id"} {
				delete(found, record)
			}
			require.Empty(t, found)
		}
		_, err := w.db.Issue(t.Context(), id, 0)
		require.ErrorIs(t, err, schema.ErrNoRecord)
		w.refused(schema.NotAwaited, "100", withID(id), by(schema.Endpoint{UserName: "beth.anglin"}))
		w.refused(schema.NotAwaited, "200", withID(id), by(schema.Endpoint{UserName: "abel.tuter"}))
	}
	require.Equal(t, 1, value[int](w.issueWorld, `SELECT count(*) FROM incident`))
	require.Equal(t, 1, value[int](w.issueWorld, `SELECT count(*) FROM interaction`))
	require.Equal(t, schema.ClosedCancelled, w.issue(kept).State)
	require.Equal(t, schema.Open, w.issue(open).State)
}

func TestALinkOfARemovedIssueLeadsNowhere(t *testing.T) {
	w := newTalkWorld(t)
	id, token := w.asked()
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.NoResponse})
	w.exec(`UPDATE sn_pren_notification SET state = 'delivered', ended_on = now() WHERE ended_on IS NULL`)
	w.delivers()
	_, err := w.db.Conversation(t.Context(), token)
	require.NoError(t, err)
	w.ages(2*aDay, id)
	require.Equal(t, 1, w.remove().Issues)
	_, err = w.db.Conversation(t.Context(), token)
	require.ErrorIs(t, err, schema.ErrNoRecord)
	_, err = w.db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyAccept})
	require.ErrorIs(t, err, schema.ErrNoRecord)
}

func TestWhatIsStillNeededIsNotRemoved(t *testing.T) {
	w := newTalkWorld(t)
	id := w.closed()
	for what, change := range map[string][2]string{
		"it is young": {`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '23 hours'`,
			`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '2 days'`},
		"its workflow has something to hear": {
			`INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step) SELECT sys_id, 9, 'lost', 1 FROM sn_pren_experience_issue`,
			`DELETE FROM sn_pren_experience_issue_inbox`},
		"the desk is being told": {
			`INSERT INTO sn_pren_notification (sys_id, issue, step, channel, occasion, turn, state)
			 SELECT md5('n'), sys_id, 1, md5('mail'), 'desk', 0, 'sending' FROM sn_pren_experience_issue`,
			`UPDATE sn_pren_notification SET state = 'delivered', ended_on = now()`},
		"a user limit looks back so far": {
			`UPDATE sn_pren_issue_registry SET user_limit = 1, user_limit_window_seconds = 3 * 86400 WHERE issue_code = '500'`,
			`UPDATE sn_pren_issue_registry SET user_limit = 0, user_limit_window_seconds = 0`},
	} {
		w.exec(`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '2 days'`)
		w.exec(change[0])
		require.Zero(t, w.remove().Issues, what)
		w.exec(change[1])
	}
	require.Equal(t, 1, w.remove().Issues)
	w.refused(schema.NotAwaited, "100", withID(id))
}

// A report that has waited for the removal of the issue with its id must not take its place: when the statement began, there was no
// tombstone to see.
func TestAReportThatWaitsForTheRemovalOfItsIDIsRefused(t *testing.T) {
	w := newIssueWorld(t)
	id := w.closed(withID("chosen"))
	w.ages(2*aDay, id)
	refused := make(chan error, 1)
	require.NoError(t, w.db.inTx(t.Context(), func(tx tx) error {
		ids, err := lockOld(t.Context(), tx, aDay)
		require.NoError(t, err)
		require.Len(t, ids, 1)
		_, err = removeIssues(t.Context(), tx, ids)
		require.NoError(t, err)
		go func() {
			_, err := w.db.Submit(t.Context(), report("300", withID(id)))
			refused <- err
		}()
		w.blocked()
		return nil
	}))
	require.ErrorIs(t, <-refused, schema.NotAwaited)
	require.Zero(t, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue`))
}

func TestReportsAndRemovalsOfTheSameIDsAgree(t *testing.T) {
	w := newIssueWorld(t)
	several := w.several(4)
	const n = 40
	var ids []string
	for i := range n {
		ids = append(ids, w.closed(withID(fmt.Sprintf("race-%d", i))))
	}
	w.ages(2*aDay, ids...)
	var removed [2]int
	errs := timesAtOnce(4, func(i int) error {
		if i < 2 {
			for {
				batch, err := several[i].RemoveIssues(t.Context(), aDay)
				if removed[i] += batch.Issues; err != nil || batch.Issues == 0 {
					return err
				}
			}
		}
		for _, id := range ids {
			if _, err := several[i].Submit(t.Context(), report("100", withID(id))); !errors.Is(err, schema.NotAwaited) {
				return fmt.Errorf("%s: %v", id, err)
			}
		}
		return nil
	})
	require.Equal(t, map[string]int{"": 4}, tally(errs))
	require.Equal(t, n, removed[0]+removed[1]+w.remove().Issues)
	require.Zero(t, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue`))
}

// Whoever removes does not wait for one who has an issue, and takes the others.
func TestAnIssueThatSomebodyHasIsPassedOver(t *testing.T) {
	w := newIssueWorld(t)
	held, free := w.closed(), w.closed()
	w.ages(2*aDay, held, free)
	require.NoError(t, w.db.inTx(t.Context(), func(tx tx) error {
		_, err := lockIssue(t.Context(), tx, held)
		require.NoError(t, err)
		require.Equal(t, 1, w.remove().Issues)
		return nil
	}))
	require.Equal(t, 1, w.remove().Issues)
}

// An issue with a long story does not make the statement long.
func TestABatchIsBoundedByWhatItsIssuesHaveGoneThrough(t *testing.T) {
	w := newIssueWorld(t)
	long, short := w.closed(), w.closed()
	w.exec(`UPDATE sn_pren_experience_issue SET events = 5000 WHERE experience_id = $1`, long)
	w.ages(3*aDay, long)
	w.ages(2*aDay, short)
	for range 2 {
		batch, err := w.db.RemoveIssues(t.Context(), aDay)
		require.NoError(t, err)
		require.Equal(t, 1, batch.Issues)
	}
	require.Zero(t, w.remove().Issues)
}

func TestRevokedTokensAreRemoved(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`INSERT INTO sn_agent_token (token_hash, ci, revoked_on) VALUES ('\x01', md5('spare'), now() - interval '2 days'), ('\x02', md5('spare'), now())`)
	n, err := w.db.RemoveTokens(context.Background(), aDay)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	require.Equal(t, 2, value[int](w, `SELECT count(*) FROM sn_agent_token`))
}
