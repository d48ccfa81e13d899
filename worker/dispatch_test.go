package worker

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// errands is Postgres as the dispatcher sees it: what is due, by receiver.
type errands struct {
	mu      sync.Mutex
	due     map[string][]schema.Dispatch
	settled []schema.DispatchAttempt
	after   []time.Duration
	back    []time.Duration
	looks   int

	slow    time.Duration // that claiming and settling take
	claimed time.Time
	leases  schema.DispatchLeases
}

func (e *errands) Receivers(context.Context) ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.due)), nil
}

func (e *errands) ClaimDispatches(ctx context.Context, room map[string]int, leases schema.DispatchLeases) (claimed []schema.Dispatch, _ error) {
	began := time.Now() // Postgres's now(), from which the lease counts
	pause(ctx, e.slow)
	e.mu.Lock()
	if e.looks == 0 {
		e.claimed, e.leases = began, leases
	}
	defer e.mu.Unlock()
	e.looks++
	for receiver, n := range room {
		n = min(n, len(e.due[receiver]))
		claimed = append(claimed, e.due[receiver][:n]...)
		e.due[receiver] = e.due[receiver][n:]
	}
	return claimed, nil
}

func (e *errands) GiveBackDispatch(_ context.Context, _ schema.Dispatch, after time.Duration) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.back = append(e.back, after)
	return nil
}

func (e *errands) SettleDispatch(ctx context.Context, _ schema.Dispatch, a schema.DispatchAttempt, after time.Duration) (string, error) {
	pause(ctx, e.slow)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settled, e.after = append(e.settled, a), append(e.after, after)
	return "delivered", nil
}

func (e *errands) OutcomeRings() (<-chan struct{}, func()) { return make(chan struct{}), func() {} }

func (e *errands) count() (settled, back int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.settled), len(e.back)
}

// left is how many nobody has claimed.
func (e *errands) left(receiver string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.due[receiver])
}

// many are n deliveries for a receiver, asked for now.
func many(receiver string, n int) (all []schema.Dispatch) {
	for range n {
		all = append(all, schema.Dispatch{SysID: schema.NewSysID(), Receiver: receiver, Attempt: 1, Outcome: "o"})
	}
	return all
}

// messengers deliver by receiver.
type messengers map[string]func(ctx context.Context) (schema.DispatchAttempt, error)

func (m messengers) Deliver(ctx context.Context, d schema.Dispatch) (schema.DispatchAttempt, error) {
	return m[d.Receiver](ctx)
}

func arrives(context.Context) (schema.DispatchAttempt, error) {
	return schema.DispatchAttempt{Delivered: true}, nil
}

func hangs(ctx context.Context) (schema.DispatchAttempt, error) {
	<-ctx.Done()
	return schema.DispatchAttempt{Detail: "No answer."}, nil
}

// dispatching runs a dispatcher for as long as the story goes.
func dispatching(t *testing.T, e *errands, m messenger, story func()) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { newDispatcher(e, m).run(ctx); close(done) }()
		story()
		cancel()
		<-done
	})
}

func TestAReceiverThatHangsHoldsUpNobodyElse(t *testing.T) {
	e := &errands{due: map[string][]schema.Dispatch{"dead": many("dead", 100), "well": many("well", 100)}}
	dispatching(t, e, messengers{"dead": hangs, "well": arrives}, func() {
		time.Sleep(5 * time.Second)
		settled, _ := e.count()
		require.Equal(t, 100, settled)
		require.Equal(t, 100-dispatchPlaces, e.left("dead"), "no more are on their way to it")
	})
	_, back := e.count()
	require.Equal(t, dispatchPlaces, back, "what is on its way when the worker stops is given back")
}

func TestAReceiverThatFailsIsTriedWithOneAtATime(t *testing.T) {
	e := &errands{due: map[string][]schema.Dispatch{"sick": many("sick", 1000)}}
	tried := 0
	fails := func(context.Context) (schema.DispatchAttempt, error) {
		tried++
		return schema.DispatchAttempt{Status: 500}, nil
	}
	dispatching(t, e, messengers{"sick": func(ctx context.Context) (schema.DispatchAttempt, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		return fails(ctx)
	}}, func() {
		time.Sleep(10 * time.Minute)
		e.mu.Lock()
		defer e.mu.Unlock()
		require.Greater(t, tried, dispatchPlaces)
		require.Less(t, tried, dispatchPlaces+20)
	})
}

// A receiver may not want some of what it is told, and says so. What it wants does not wait for that.
func TestWhatAReceiverRefusesHoldsNothingElseUp(t *testing.T) {
	refused := many("picky", 100)
	for i := range refused {
		refused[i].Outcome = "unwanted"
	}
	e := &errands{due: map[string][]schema.Dispatch{"picky": append(refused, many("picky", 1)...)}}
	dispatching(t, e, picky{}, func() {
		time.Sleep(time.Minute)
		settled, _ := e.count()
		require.Equal(t, 101, settled)
	})
}

// picky wants everything but what is unwanted.
type picky struct{}

func (picky) Deliver(_ context.Context, d schema.Dispatch) (schema.DispatchAttempt, error) {
	if d.Outcome == "unwanted" {
		return schema.DispatchAttempt{Status: http.StatusUnprocessableEntity, Detail: "No."}, nil
	}
	return schema.DispatchAttempt{Status: http.StatusOK, Delivered: true}, nil
}

func TestWhatMayHaveArrivedRestsBeforeItIsTriedAgain(t *testing.T) {
	incident := many("desk", 1)
	incident[0].Outcome, incident[0].Incident = "", "i"
	e := &errands{due: map[string][]schema.Dispatch{"desk": incident}}
	dispatching(t, e, messengers{"desk": func(context.Context) (schema.DispatchAttempt, error) {
		return schema.DispatchAttempt{Unclear: true}, nil
	}}, func() { time.Sleep(time.Second) })
	require.Len(t, e.after, 1)
	require.GreaterOrEqual(t, e.after[0], unclearRest)
}

// However long Postgres and the receiver take, the result is written down before somebody else may claim the delivery.
func TestALeaseIsLongerThanTheLongestAttempt(t *testing.T) {
	incident := many("desk", 1)
	incident[0].Outcome, incident[0].Incident = "", "i"
	for kind, due := range map[string][]schema.Dispatch{"outcome": many("desk", 1), "incident": incident} {
		e := &errands{due: map[string][]schema.Dispatch{"desk": due}, slow: callTimeout - time.Millisecond}
		dispatching(t, e, messengers{"desk": hangs}, func() {
			for settled := 0; settled == 0; settled, _ = e.count() {
				time.Sleep(time.Second)
			}
			e.mu.Lock()
			defer e.mu.Unlock()
			lease := map[string]time.Duration{"outcome": e.leases.Outcome, "incident": e.leases.Incident}[kind]
			require.Less(t, time.Since(e.claimed), lease, kind)
			require.Greater(t, time.Since(e.claimed), lease/2, "it is no guess")
		})
	}
}

func TestABusyHostIsNotAskedForAgainBeforeItsTurn(t *testing.T) {
	e := &errands{due: map[string][]schema.Dispatch{"busy": many("busy", 1000)}}
	dispatching(t, e, messengers{"busy": func(context.Context) (schema.DispatchAttempt, error) {
		return schema.DispatchAttempt{Busy: true, After: 10 * time.Second}, nil
	}}, func() { time.Sleep(time.Minute) })
	_, back := e.count()
	require.LessOrEqual(t, back, 7*dispatchPlaces)
}

func TestAReceiverThatAsksForRestIsLeftAlone(t *testing.T) {
	for status, tries := range map[int]int{503: 1, 429: 1, 500: 5} {
		e := &errands{due: map[string][]schema.Dispatch{"sick": many("sick", 1000)}}
		dispatching(t, e, messengers{"sick": func(context.Context) (schema.DispatchAttempt, error) {
			return schema.DispatchAttempt{Status: status, After: time.Hour}, nil
		}}, func() { time.Sleep(20 * time.Minute) })
		settled, _ := e.count()
		require.GreaterOrEqual(t, settled, tries, status)
		require.Equal(t, status == 500, settled > dispatchPlaces, status)
	}
}

// Of an incident that may have arrived the log says so, also when its worker stops.
func TestAnIncidentThatMayHaveArrivedIsNotGivenBackAsIfNothingHadBeen(t *testing.T) {
	for unclear, settledAndBack := range map[bool][2]int{true: {1, 0}, false: {0, 1}} {
		incident := many("desk", 1)
		incident[0].Outcome, incident[0].Incident = "", "i"
		e := &errands{due: map[string][]schema.Dispatch{"desk": incident}}
		dispatching(t, e, messengers{"desk": func(ctx context.Context) (schema.DispatchAttempt, error) {
			<-ctx.Done()
			return schema.DispatchAttempt{Unclear: unclear}, nil
		}}, func() { time.Sleep(time.Second) })
		settled, back := e.count()
		require.Equal(t, settledAndBack, [2]int{settled, back})
	}
}

func TestABusyHostAndAnUnreadableLetterAreNoAttempts(t *testing.T) {
	e := &errands{due: map[string][]schema.Dispatch{"busy": many("busy", 1), "unreadable": many("unreadable", 1)}}
	dispatching(t, e, messengers{
		"busy": func(context.Context) (schema.DispatchAttempt, error) {
			return schema.DispatchAttempt{Busy: true, After: 7 * time.Second}, nil
		},
		"unreadable": func(context.Context) (schema.DispatchAttempt, error) {
			return schema.DispatchAttempt{}, schema.ErrUnavailable
		},
	}, func() { time.Sleep(time.Second) })
	slices.Sort(e.back)
	require.Equal(t, []time.Duration{time.Second, 7 * time.Second}, e.back)
	require.Empty(t, e.settled)
}

func TestWhereNobodyIsToBeToldNothingIsClaimed(t *testing.T) {
	e := &errands{due: map[string][]schema.Dispatch{}}
	dispatching(t, e, messengers{}, func() { time.Sleep(time.Minute) })
	require.Zero(t, e.looks)
}

func TestTheTimeBetweenTriesGrowsWithHowLongItHasWaited(t *testing.T) {
	for waited, least := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Minute: 30 * time.Second, 24 * time.Hour: time.Hour} {
		got := deliveryDelay(waited)
		require.GreaterOrEqual(t, got, least)
		require.LessOrEqual(t, got, least+least/10)
	}
}

// endings is Postgres with deliveries that nobody tries, in batches.
type endings struct {
	batches [][]schema.EndedDispatch
	looks   []time.Time
}

func (e *endings) EndDispatches(context.Context) (ended []schema.EndedDispatch, more bool, err error) {
	e.looks = append(e.looks, time.Now())
	if len(e.batches) == 0 {
		return nil, false, schema.ErrUnavailable
	}
	ended, e.batches = e.batches[0], e.batches[1:]
	return ended, len(e.batches) > 0, nil
}

func TestWhatNobodyTriesIsLookedAfterAlsoWherePostgresIsAwayForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endings{batches: make([][]schema.EndedDispatch, 3)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		began := time.Now()
		go func() { endDispatches(ctx, e); close(done) }()
		time.Sleep(2*endingLook + time.Second)
		cancel()
		<-done
		require.Len(t, e.looks, 5, "three at once, and then as often as it looks")
		require.Equal(t, began, e.looks[2])
		require.Equal(t, began.Add(2*endingLook), e.looks[4])
	})
}
