package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/devstack/pgproxy"
	"proactive/schema"
)

// proxied is the same database by way of a proxy.
func (w *issueWorld) proxied() (*DB, *pgproxy.Proxy) {
	w.t.Helper()
	proxy := pgproxy.Start(w.t, w.url)
	return w.open(proxy.URL()), proxy
}

func (w *issueWorld) held(h *pgproxy.Held) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(w.t, h.Wait(ctx))
}

func TestAReportWhoseAnswerWasLostIsTakenOnce(t *testing.T) {
	w := newIssueWorld(t)
	db, proxy := w.proxied()
	_, err := db.Submit(t.Context(), report("400", withID("warm"))) // the statement is prepared
	require.NoError(t, err)
	held := proxy.Hold("INSERT INTO sn_pren_experience_issue", pgproxy.AfterExecute)
	id := make(chan string, 1)
	go func() {
		got, err := db.Submit(t.Context(), report("100"))
		if err != nil {
			t.Error(err)
		}
		id <- got
	}()
	w.held(held)
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue i JOIN sn_pren_issue_registry r ON r.sys_id = i.registry WHERE r.issue_code = '100'`))
	held.Drop()
	require.Equal(t, schema.Open, w.issue(<-id).State)
	require.Equal(t, 2, value[int](w, `SELECT count(*) FROM sn_pren_experience_issue_inbox`))
	w.sound()
}

func TestAChainedReportWhoseAnswerWasLostIsTheNextStepOnce(t *testing.T) {
	w := newIssueWorld(t)
	db, proxy := w.proxied()
	id := w.waiting()
	held := proxy.Hold("UPDATE sn_pren_experience_issue i", pgproxy.AfterExecute)
	done := make(chan error, 1)
	go func() {
		_, err := db.Submit(t.Context(), report("100", withID(id)))
		done <- err
	}()
	w.held(held)
	held.Drop()
	require.NoError(t, <-done)
	require.Equal(t, 2, w.issue(id).Step)
	w.sound()
}

func TestACallerThatHangsUpDoesNotLeaveAReportUndecided(t *testing.T) {
	w := newIssueWorld(t)
	db, proxy := w.proxied()
	held := proxy.Hold("INSERT INTO sn_pren_experience_issue", pgproxy.Before)
	ctx, hangUp := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := db.Submit(ctx, report("100"))
		done <- err
	}()
	w.held(held)
	hangUp()
	held.Release()
	require.NoError(t, <-done)
	w.refused(schema.BeingResolved, "100")
}

func TestAConcludeWhoseAnswerWasLostIsRepeatedWithoutASecondIncident(t *testing.T) {
	w := newIssueWorld(t)
	db, proxy := w.proxied()
	id := w.submit("400")
	w.begin(id, 1)
	held := proxy.AfterCommitOf("INSERT INTO incident")
	outcome := schema.Outcome{Step: 1, Reason: schema.IncidentRequested}
	done := make(chan error, 1)
	go func() {
		_, err := db.Conclude(t.Context(), id, outcome)
		done <- err
	}()
	w.held(held)
	held.Drop()
	require.ErrorIs(t, <-done, schema.ErrUnavailable)
	require.Equal(t, schema.ClosedComplete, w.conclude(id, outcome).State)
	require.Equal(t, 1, value[int](w, `SELECT count(*) FROM incident`))
	w.sound()
}

func TestAReportWhoseAnswerNeverComesIsAskedAgain(t *testing.T) {
	w := newIssueWorld(t)
	proxy := pgproxy.Start(t, w.url)
	db, err := open(proxy.URL(), 2*time.Second, nil)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Submit(t.Context(), report("400"))
	require.NoError(t, err)
	held := proxy.Hold("INSERT INTO sn_pren_experience_issue", pgproxy.AfterExecute)
	defer held.Drop()
	id, err := db.Submit(t.Context(), report("100"))
	require.NoError(t, err)
	require.Equal(t, schema.Open, w.issue(id).State)
	w.sound()
}

func TestAReplyWhoseAnswerWasLostIsHeardOnce(t *testing.T) {
	w := newTalkWorld(t)
	db, proxy := w.proxied()
	id, token := w.asked(byFlow)
	_, err := db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyNotNow}) // without a time: the statements are prepared
	require.ErrorIs(t, err, schema.ReplyUnclear)
	held := proxy.Hold("UPDATE sn_pren_conversation c", pgproxy.AfterExecute)
	done := make(chan error, 1)
	go func() {
		_, err := db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyAccept})
		done <- err
	}()
	w.held(held)
	held.Drop()
	require.NoError(t, <-done)
	require.Equal(t, []string{"created", "replied"}, w.inbox(id))
	_, err = db.Reply(t.Context(), token, schema.Reply{Step: 1, Kind: schema.ReplyAccept})
	require.ErrorIs(t, err, schema.ReplyNotAsked, "a later click is another one")
}
