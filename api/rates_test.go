package api

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// sharedCounts are what Postgres keeps for several processes.
type sharedCounts struct {
	mu     sync.Mutex
	rules  schema.RateRules
	counts map[schema.RateCount]int // by hour, rule and user
	away   bool
	asked  int
}

var errCountsAway = errors.New("away")

func newSharedCounts(limit int) *sharedCounts {
	return &sharedCounts{counts: map[schema.RateCount]int{}, rules: schema.RateRules{{SysID: "r", Type: schema.RateAllUsers, Limit: limit, Active: true}}}
}

func (s *sharedCounts) RateRules(context.Context) (schema.RateRules, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.away {
		return nil, errCountsAway
	}
	return s.rules, nil
}

func (s *sharedCounts) AddRequests(_ context.Context, hour time.Time, added []schema.RateCount) (all []schema.RateCount, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.away {
		return nil, errCountsAway
	}
	for _, a := range added {
		s.counts[schema.RateCount{Hour: hour, Rule: a.Rule, User: a.User}] += a.Count
	}
	for key, n := range s.counts {
		if key.Hour.Equal(hour) {
			key.Count = n
			all = append(all, key)
		}
	}
	return all, nil
}

func (s *sharedCounts) ForgetRequests(_ context.Context, before time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.counts, func(key schema.RateCount, _ int) bool { return key.Hour.Before(before) })
	return nil
}

func (s *sharedCounts) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// limiting is a process that counts; it runs as long as ctx.
func (s *sharedCounts) limiting(ctx context.Context) *rates {
	r := newRates(s, slog.New(slog.DiscardHandler))
	r.sync(ctx)
	go r.run(ctx)
	return r
}

// lets makes so many requests and gives how many were within the limit.
func (r *rates) lets(name string, requests int) (within int) {
	for range requests {
		if _, _, ok := r.count(schema.Account{SysID: name, UserName: name}); ok {
			within++
		}
	}
	return within
}

func inBubble(t *testing.T, test func(t *testing.T, ctx context.Context)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer func() { stop(); synctest.Wait() }()
		test(t, ctx)
	})
}

func TestAnAccountMakesAsManyRequestsAnHourAsItsRuleAllows(t *testing.T) {
	inBubble(t, func(t *testing.T, ctx context.Context) {
		r := newSharedCounts(10).limiting(ctx)
		require.Equal(t, 10, r.lets("a", 100))
		require.Equal(t, 10, r.lets("b", 100), "each account has a count of its own")
		_, reset, _ := r.count(schema.Account{SysID: "a", UserName: "a"})
		require.Equal(t, time.Now().UTC().Truncate(time.Hour).Add(time.Hour), reset)
		time.Sleep(time.Until(reset) - time.Millisecond)
		require.Zero(t, r.lets("a", 1))
		time.Sleep(time.Millisecond)
		require.Equal(t, 10, r.lets("a", 100), "the next hour begins anew")
	})
}

// "Counting must hold over several processes": what one has counted, the others know after two seconds.
func TestAllProcessesTogetherKeepTheLimitButForTwoSeconds(t *testing.T) {
	inBubble(t, func(t *testing.T, ctx context.Context) {
		shared := newSharedCounts(100)
		one, two := shared.limiting(ctx), shared.limiting(ctx)
		require.Equal(t, 60, one.lets("a", 60))
		require.Equal(t, 60, two.lets("a", 60), "within the second neither knows of the other")
		time.Sleep(2*ratesEvery + time.Millisecond)
		require.Zero(t, one.lets("a", 1))
		require.Zero(t, two.lets("a", 1))
		require.Equal(t, 120, shared.counts[schema.RateCount{Hour: one.hour, Rule: "r", User: "a"}], "what was refused is not counted")
	})
}

func TestARestartForgetsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, ctx context.Context) {
		shared := newSharedCounts(10)
		first, stop := context.WithCancel(ctx)
		require.Equal(t, 7, shared.limiting(first).lets("a", 7))
		stop()
		synctest.Wait()
		require.Equal(t, 3, shared.limiting(ctx).lets("a", 100))
	})
}

// While Postgres is away each process counts for itself, with the rules that it knows; afterwards the counts come together.
func TestWithoutPostgresAProcessCountsForItself(t *testing.T) {
	inBubble(t, func(t *testing.T, ctx context.Context) {
		shared := newSharedCounts(10)
		r := shared.limiting(ctx)
		require.Equal(t, 4, r.lets("a", 4))
		shared.setAway(true)
		time.Sleep(time.Minute)
		require.Equal(t, 3, r.lets("a", 3))
		time.Sleep(time.Minute)
		require.Equal(t, 3, r.lets("a", 100))
		shared.setAway(false)
		time.Sleep(ratesEvery + time.Millisecond)
		require.Zero(t, r.lets("a", 1))
		require.Equal(t, 10, shared.counts[schema.RateCount{Hour: r.hour, Rule: "r", User: "a"}], "each request once")
	})
}

func TestAChangedRuleCountsWithinSeconds(t *testing.T) {
	inBubble(t, func(t *testing.T, ctx context.Context) {
		shared := newSharedCounts(10)
		r := shared.limiting(ctx)
		require.Equal(t, 10, r.lets("a", 20))
		shared.mu.Lock()
		shared.rules = schema.RateRules{{SysID: "r", Type: schema.RateAllUsers, Limit: 15, Active: true}}
		shared.mu.Unlock()
		time.Sleep(rulesEvery + time.Millisecond)
		require.Equal(t, 5, r.lets("a", 20), "what was counted before counts on")
		shared.mu.Lock()
		shared.rules = nil
		shared.mu.Unlock()
		time.Sleep(rulesEvery + time.Millisecond)
		require.Equal(t, 20, r.lets("a", 20))
	})
}

// Whoever has no rules pays for none: one look every five seconds, and nothing per request.
func TestWithoutRulesNothingIsCounted(t *testing.T) {
	inBubble(t, func(t *testing.T, ctx context.Context) {
		shared := newSharedCounts(10)
		shared.rules = nil
		r := shared.limiting(ctx)
		for range 60 {
			require.Equal(t, 1000, r.lets("a", 1000))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		require.InDelta(t, 12, shared.asked, 2)
		require.Empty(t, r.counts)
	})
}

func TestCountsAreRemovedAfterADay(t *testing.T) {
	inBubble(t, func(t *testing.T, ctx context.Context) {
		shared := newSharedCounts(10)
		r := shared.limiting(ctx)
		for range 30 {
			r.lets("a", 1)
			time.Sleep(time.Hour)
		}
		synctest.Wait()
		require.LessOrEqual(t, len(shared.counts), 26)
		require.GreaterOrEqual(t, len(shared.counts), 24)
	})
}
