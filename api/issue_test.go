package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func anIssue() schema.Issue {
	closed := nine.Add(90*time.Second + 1500*time.Microsecond)
	return schema.Issue{
		SysID: "0123456789abcdef0123456789abcdef", ExperienceID: "x1", State: schema.ClosedIncomplete, EndReason: schema.ActionFailed, Step: 1,
		IssueCode: "100", Provider: "sn", User: "62826bf03710200044e0bfc8bcbe5df1", UserName: "abel.tuter", CI: "d049b28e936aa1106f98f6db5cba10d5",
		CreatedOn: nine.In(time.FixedZone("x", 3600)), ClosedOn: &closed, FallbackResult: "incident", Incident: "fedcba9876543210fedcba9876543210",
		IncidentNumber: "INC0010001",
		Timeline: []schema.Event{
			{Number: 1, At: nine, Step: 1, Event: schema.EventCreated, Detail: "Reported.", By: "tool"},
			{Number: 2, At: closed, Step: 1, Event: schema.EventClosed, Detail: "<The remedial action failed.>"},
		},
	}
}

// issues is a store with one issue, as Postgres would answer for it.
func issues(t testing.TB, issue func() schema.Issue) *fakeStore {
	store := newStore(t)
	store.issue = func(_ context.Context, id string, since int) (schema.Issue, error) {
		found := issue()
		if id != found.ExperienceID {
			return schema.Issue{}, schema.ErrNoRecord
		}
		found.Timeline = found.Timeline[min(since, len(found.Timeline)):]
		return found, nil
	}
	return store
}

// The shape of an issue, in JSON and in XML; one that has just begun has no incident and no end.
func TestAnIssueIsRead(t *testing.T) {
	handler := door(issues(t, anIssue))
	golden(t, "issue.json.golden", get(issuePath+"x1").send(t, handler).Body.Bytes())
	golden(t, "issue.xml.golden", get(issuePath+"x1").with("Accept", "application/xml").send(t, handler).Body.Bytes())
	fresh := func() schema.Issue {
		return schema.Issue{ExperienceID: "x1", SysID: "0", State: schema.Open, Step: 1, IssueCode: "100", Provider: "sn", CreatedOn: nine}
	}
	golden(t, "issue_fresh.json.golden", get(issuePath+"x1").send(t, door(issues(t, fresh))).Body.Bytes())
	got := get(issuePath+"x1?since=1").send(t, handler)
	require.Len(t, got.Result["timeline"], 1)
}

// A live agent's record stands beside the incident's.
func TestAnIssueThatWaitsForALiveAgent(t *testing.T) {
	handler := door(issues(t, func() schema.Issue {
		i := anIssue()
		i.Incident, i.IncidentNumber, i.Interaction, i.InteractionNumber = "", "", "0123456789abcdef0123456789abcdef", "IMS0010001"
		return i
	}))
	got := get(issuePath+"x1").send(t, handler)
	require.Equal(t, map[string]any{"sys_id": "0123456789abcdef0123456789abcdef", "number": "IMS0010001"}, got.Result["interaction"])
	require.Nil(t, got.Result["incident"])
	require.Contains(t, get(issuePath+"x1").with("Accept", "text/xml").send(t, handler).Body.String(),
		"<interaction><sys_id>0123456789abcdef0123456789abcdef</sys_id><number>IMS0010001</number></interaction>")
}

// "404 No Record found", also for what can be no id, and for an account that is bound to other providers.
func TestAnIssueThatIsNotThere(t *testing.T) {
	other := func() schema.Issue { i := anIssue(); i.Provider = "acme"; return i }
	store := issues(t, other)
	store.cancel = func(context.Context, string, string) (schema.State, error) { return schema.ClosedCancelled, nil }
	handler := door(store)
	for _, r := range []*request{get(issuePath + "x2"), get(issuePath + "a%00b"), get(issuePath + "a%20b"),
		get(issuePath + "x1").as("sn-tool"), post("").to(issuePath + "x1/cancel").as("sn-tool"), post("").to(issuePath + "%C3/cancel").as("admin")} {
		got := r.send(t, handler)
		require.Equal(t, http.StatusNotFound, got.Code, r.path)
		require.Equal(t, "No Record found", got.Problem.Message)
		require.Equal(t, "Record doesn't exist or ACL restricts the record retrieval", got.Problem.Detail)
	}
	require.Equal(t, http.StatusOK, get(issuePath+"x1").send(t, handler).Code)
}

func TestBadWaits(t *testing.T) {
	handler := door(issues(t, anIssue))
	for _, query := range []string{"wait=61s", "wait=-1s", "wait=30", "wait=soon", "since=-1", "since=1.5", "since=x", "wait=1s&since=99999999999999999999"} {
		got := get(issuePath+"x1?"+query).send(t, handler)
		require.Equal(t, http.StatusBadRequest, got.Code, query)
		require.NotEmpty(t, got.Problem.Detail)
	}
}

// "With ?wait=30s&since=<event number> it answers as soon as there is a newer event": not before, and not after the wait.
func TestWaitingForNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, news := time.Now(), 10*time.Second
		store := issues(t, func() schema.Issue {
			i := anIssue()
			i.State = schema.InProgress
			if time.Since(begin) < news {
				i.Timeline = i.Timeline[:1]
			}
			return i
		})
		rings := 0
		store.waitIssue = func(ctx context.Context, _ string, _ int) error {
			rings++
			select {
			case <-time.After(5 * time.Second): // the first ring is a false one
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		handler := door(store)
		got := get(issuePath+"x1?wait=30s&since=1").send(t, handler)
		require.Len(t, got.Result["timeline"], 1)
		require.Equal(t, news, time.Since(begin))
		require.Equal(t, 2, rings)

		begin, news = time.Now(), time.Hour
		got = get(issuePath+"x1?wait=12s&since=1").send(t, handler)
		require.Equal(t, http.StatusOK, got.Code)
		require.Equal(t, []any{}, got.Result["timeline"])
		require.Equal(t, 12*time.Second, time.Since(begin))

		begin = time.Now()
		require.Len(t, get(issuePath+"x1?wait=60s").send(t, handler).Result["timeline"], 1, "event 1 is news to whoever knows none")
		store.waitIssue = func(context.Context, string, int) error { return errAway }
		require.Equal(t, http.StatusServiceUnavailable, get(issuePath+"x1?wait=60s&since=1").send(t, handler).Code)
		require.Zero(t, time.Since(begin))
	})
}

// A closed issue has had its last event: nobody waits for another.
func TestNobodyWaitsForAClosedIssue(t *testing.T) {
	store := issues(t, anIssue)
	store.waitIssue = func(context.Context, string, int) error { return errors.New("waited") }
	got := get(issuePath+"x1?wait=60s&since=2").send(t, door(store))
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, "closed_incomplete", got.Result["state"])
}

// "200 when it is or already was closed as cancelled, 409 when closed otherwise."
func TestCancelling(t *testing.T) {
	store := issues(t, anIssue)
	state, asked := schema.ClosedCancelled, ""
	store.cancel = func(_ context.Context, id, by string) (schema.State, error) {
		asked = id + " by " + by
		return state, nil
	}
	handler := door(store)
	cancel := func() answer { return post("").to(issuePath+"x1/cancel").as("sn-tool").send(t, handler) }
	got := cancel()
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, record{"experience_id": "x1", "state": "closed_cancelled"}, got.Result)
	require.Equal(t, "x1 by sn-tool", asked)
	state = schema.ClosedComplete
	got = cancel()
	require.Equal(t, http.StatusConflict, got.Code)
	require.Contains(t, got.Problem.Detail, "closed_complete")
	state = schema.InProgress
	require.Equal(t, http.StatusInternalServerError, cancel().Code)
}
