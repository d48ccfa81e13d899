package api_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

const feedPath = issuePath + "outcomes"

// feeds is a feed of outcomes with places from 1.
type feeds struct {
	mu       sync.Mutex
	away     error
	outcomes []schema.OutcomeEvent
	woken    chan struct{}
	asked    []string // providers of the last reader
	again    schema.Redelivery
	over     schema.HandingOver
}

func (f *feeds) Outcomes(_ context.Context, providers []string, after int64, limit int) (schema.Feed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = providers
	switch {
	case f.away != nil:
		return schema.Feed{}, f.away
	case after > int64(len(f.outcomes)):
		return schema.Feed{}, schema.FeedAhead
	}
	left := f.outcomes[after:]
	page := left[:min(limit, len(left))]
	return schema.Feed{Outcomes: page, Next: after + int64(len(page)), More: len(left) > limit}, nil
}

func (f *feeds) OutcomeRings() (<-chan struct{}, func()) { return f.woken, func() {} }

func (f *feeds) Redeliver(_ context.Context, what schema.Redelivery) (int64, error) {
	f.again = what
	return 2, f.away
}

func (f *feeds) HandOverIncidents(_ context.Context, what schema.HandingOver) (int64, error) {
	f.over = what
	return 3, f.away
}

func someOutcomes() []schema.OutcomeEvent {
	return []schema.OutcomeEvent{
		{ID: "0123456789abcdef0123456789abcdef", ExperienceID: "x1", Provider: "sn", IssueCode: "100", Step: 1, State: schema.ActionWait, Sequence: 1, At: nine},
		{ID: "fedcba9876543210fedcba9876543210", ExperienceID: "x1", Provider: "sn", IssueCode: "300", Step: 2, State: schema.ClosedIncomplete,
			EndReason: schema.ActionFailed, Sequence: 2, At: nine.Add(time.Minute)},
	}
}

func fed(t *testing.T, f *feeds) http.Handler {
	return api.New(api.Config{}, newStore(t), api.With{Outcomes: f}).Handler()
}

func TestTheFeedIsReadOnFromItsCursor(t *testing.T) {
	handler := fed(t, &feeds{outcomes: someOutcomes()})
	golden(t, "outcomes.json.golden", get(feedPath).send(t, handler).Body.Bytes())
	golden(t, "outcomes.xml.golden", get(feedPath).with("Accept", "application/xml").send(t, handler).Body.Bytes())
	first := get(feedPath+"?limit=1").send(t, handler)
	require.Equal(t, true, first.Result["more"])
	second := get(feedPath+"?limit=1&since="+first.Result["next"].(string)).send(t, handler)
	require.Equal(t, "fedcba9876543210fedcba9876543210", second.Result["outcomes"].([]any)[0].(map[string]any)["id"])
	require.Equal(t, false, second.Result["more"])
	third := get(feedPath+"?since="+second.Result["next"].(string)).send(t, handler)
	require.Empty(t, third.Result["outcomes"])
	require.Equal(t, second.Result["next"], third.Result["next"])
}

func TestWhoMayReadTheFeed(t *testing.T) {
	f := &feeds{}
	handler := fed(t, f)
	for name, status := range map[string]int{"reader": 200, "tool": 200, "sn-tool": 200, "stranger": 403} {
		require.Equal(t, status, get(feedPath).as(name).send(t, handler).Code, name)
	}
	get(feedPath).as("sn-tool").send(t, handler)
	require.Equal(t, []string{"sn"}, f.asked, "an account that is bound to providers sees theirs")
}

func TestAnUnreadableQuestionToTheFeedIsToldWhatToSend(t *testing.T) {
	handler := fed(t, &feeds{outcomes: someOutcomes()})
	for query, says := range map[string]string{
		"wait=1h": "0s to 60s", "limit=0": "1 to 1000", "limit=1001": "1 to 1000", "since=x": "next of the last answer", "since=MTp4": "next of the last answer",
		"since=MjoxMA": "next of the last answer", "since=MToxMA": "ahead of its feed",
	} {
		got := get(feedPath+"?"+query).send(t, handler)
		require.Equal(t, http.StatusBadRequest, got.Code, query)
		require.Contains(t, got.Problem.Detail, says, query)
	}
}

func TestWhoWaitsForOutcomesGetsThemAsTheyCome(t *testing.T) {
	f := &feeds{woken: make(chan struct{})}
	handler := fed(t, f)
	answer := make(chan answer)
	go func() { answer <- get(feedPath+"?wait=60s").send(t, handler) }()
	f.woken <- struct{}{} // it waits now
	f.mu.Lock()
	f.outcomes = someOutcomes()
	f.mu.Unlock()
	select {
	case got := <-answer: // it may have looked before there was anything, and then waits for the next ring
		require.Len(t, got.Result["outcomes"], 2)
	case f.woken <- struct{}{}:
		require.Len(t, (<-answer).Result["outcomes"], 2)
	}
	began := time.Now()
	got := get(feedPath+"?wait=1s&since=MToy").send(t, handler)
	require.Empty(t, got.Result["outcomes"], "nothing came")
	require.GreaterOrEqual(t, time.Since(began), time.Second)
}

func TestOutcomesAreToldAgain(t *testing.T) {
	f := &feeds{}
	handler := fed(t, f)
	redeliver := func(query string) answer {
		return post("").to(feedPath+"/redeliver"+query).as("sn-tool").send(t, handler)
	}
	require.Equal(t, record{"redelivered": 2.0}, redeliver("?experience_id=x1").Result)
	require.Equal(t, schema.Redelivery{ExperienceID: "x1", Providers: []string{"sn"}}, f.again)
	for _, query := range []string{"", "?id=a&provider=sn"} {
		require.Equal(t, http.StatusBadRequest, redeliver(query).Code)
	}
	require.Equal(t, http.StatusForbidden, post("").to(feedPath+"/redeliver?id=a").as("reader").send(t, handler).Code)
}
