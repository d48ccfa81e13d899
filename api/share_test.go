package api

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOnlySoManyWaitAtOnce(t *testing.T) {
	w := newWaiters(maxStreams, streamsOfALink)
	nth := func(i int) guest { return guest{guestLink, fmt.Sprint(i)} }
	var leave func()
	for i := range maxStreams {
		left, ok := w.enter(nth(i))
		require.True(t, ok)
		leave = left
	}
	_, ok := w.enter(nth(maxStreams))
	require.False(t, ok)
	leave()
	leave, ok = w.enter(nth(maxStreams))
	require.True(t, ok)
	leave()
	require.Len(t, w.by, maxStreams-1, "who does not wait any more is forgotten")
	require.Equal(t, maxStreams-1, w.count())
}

func TestOneGuestDoesNotWaitWithoutEnd(t *testing.T) {
	w := newWaiters(100, 2)
	for _, c := range []struct {
		who string
		ok  bool
	}{{"a", true}, {"a", true}, {"a", false}, {"b", true}} {
		_, ok := w.enter(guest{guestDevice, c.who})
		require.Equal(t, c.ok, ok)
	}
	_, ok := w.enter(guest{guestAccount, "a"})
	require.True(t, ok, "an account of the same name is somebody else")
}

func placesOf(n int) *places { return newPlaces(Config{MaxRequests: n}.withDefaults()) }

// "One guest, and all strangers together, get at most half of the places": here of four.
func TestHalfOfThePlacesIsKeptForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := placesOf(4)
		enter := func(kind guestKind, name string) bool {
			return p.enter(t.Context(), place{guest: guest{kind, name}})
		}
		require.True(t, enter(guestAccount, "greedy"))
		require.True(t, enter(guestAccount, "greedy"))
		require.False(t, enter(guestAccount, "greedy"))
		require.True(t, enter(guestStranger, "192.0.2.1"))
		require.True(t, enter(guestAccount, "modest"))
		require.False(t, enter(guestAccount, "modest"), "all four are taken")

		p = placesOf(4)
		require.True(t, enter(guestStranger, "192.0.2.1"))
		require.True(t, enter(guestStranger, "192.0.2.2"))
		require.False(t, enter(guestStranger, "192.0.2.3"), "strangers are one guest as far as this goes")
		require.True(t, enter(guestDevice, "laptop"))

		p = placesOf(8)
		require.True(t, enter(guestStranger, "192.0.2.1"))
		require.True(t, enter(guestStranger, "192.0.2.1"))
		require.False(t, enter(guestStranger, "192.0.2.1"), "and one of them leaves half of that to the others")
		require.True(t, enter(guestStranger, "192.0.2.2"))
	})
}

func TestWhoFindsNoPlaceWaitsForOneAndNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := placesOf(2)
		a, b := place{guest: guest{guestAccount, "a"}}, place{guest: guest{guestAccount, "b"}}
		require.True(t, p.enter(t.Context(), a))
		begin := time.Now()
		require.False(t, p.enter(t.Context(), a))
		require.Equal(t, 2*time.Second, time.Since(begin))

		entered := make(chan bool)
		go func() { entered <- p.enter(t.Context(), a) }()
		synctest.Wait()
		require.True(t, p.enter(t.Context(), b), "who waits for others of their own guest holds nobody up")
		taken, queued := p.count()
		require.Equal(t, []int{2, 1}, []int{taken, queued})
		p.leave(a)
		require.True(t, <-entered)
		taken, queued = p.count()
		require.Equal(t, []int{2, 0}, []int{taken, queued})
	})
}

// The first who may have the place gets it, and who gives up is passed over.
func TestThePlacesAreGivenInTheOrderOfTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := placesOf(6)
		nth := func(i int) place { return place{guest: guest{guestAccount, fmt.Sprint(i)}} }
		for i := range 6 {
			require.True(t, p.enter(t.Context(), nth(i)))
		}
		gone, hangUp := context.WithCancel(t.Context())
		order := make(chan int, 3)
		for i, ctx := range []context.Context{gone, t.Context(), t.Context()} {
			go func() {
				if p.enter(ctx, nth(10+i)) {
					order <- i
				}
			}()
			synctest.Wait()
		}
		hangUp()
		synctest.Wait()
		p.leave(nth(0))
		require.Equal(t, 1, <-order)
		p.leave(nth(1))
		require.Equal(t, 2, <-order)
	})
}

// Who is called at the moment in which their patience ends has the place, and is the one to give it back.
func TestACallAtTheLastMomentCounts(t *testing.T) {
	for range 50 {
		p, q := placesOf(1), &queuer{place: place{guest: guest{guestAccount, "a"}}, called: make(chan struct{})}
		require.True(t, p.take(q.place))
		close(q.called)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		require.True(t, p.wait(over, q))
	}
}

func TestTheQueueIsBoundedForAllAndForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := placesOf(4)
		nth := func(i int) place { return place{guest: guest{guestAccount, fmt.Sprint(i)}} }
		for i := range 4 {
			require.True(t, p.enter(t.Context(), nth(i)))
		}
		refused := func(g place) bool {
			begin := time.Now()
			return !p.enter(t.Context(), g) && time.Since(begin) == 0
		}
		for range 2 {
			go p.enter(t.Context(), nth(10))
		}
		synctest.Wait()
		require.True(t, refused(nth(10)), "half of the queue is anybody's most")
		for i := range 2 {
			go p.enter(t.Context(), nth(11+i))
		}
		synctest.Wait()
		require.True(t, refused(nth(20)), "the queue is full")
	})
}

// Nobody is refused while there is room, and a place that was given is always given back.
func TestPlacesAreNeitherLostNorDoubled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := placesOf(3)
		busy, most := make(chan struct{}, 100), 0
		done := make(chan struct{})
		for i := range 60 {
			go func() {
				defer func() { done <- struct{}{} }()
				g := place{guest: guest{guestAccount, fmt.Sprint(i % 7)}, body: i << 16}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%5)*time.Millisecond)
				defer cancel()
				if !p.enter(ctx, g) {
					return
				}
				busy <- struct{}{}
				time.Sleep(time.Millisecond)
				<-busy
				p.leave(g)
			}()
			most = max(most, len(busy))
		}
		for range 60 {
			<-done
		}
		require.LessOrEqual(t, most, 3)
		taken, queued := p.count()
		require.Equal(t, []int{0, 0}, []int{taken, queued})
		require.Empty(t, p.queue)
		require.Zero(t, p.bodies.had)
	})
}

func TestBodiesFindRoomOrAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(Config{MaxRequests: 8, MaxBody: 4 << 20}.withDefaults()) // room for 8 MiB
		enter := func(name string, body int) bool { return p.enter(t.Context(), place{guest{guestAccount, name}, body}) }
		require.True(t, enter("greedy", 4<<20))
		begin := time.Now()
		require.False(t, enter("greedy", 1), "half is anybody's most")
		require.Equal(t, 2*time.Second, time.Since(begin))
		require.True(t, enter("greedy", 0), "who sends nothing needs no room")
		require.True(t, enter("modest", 3<<20))
		require.False(t, enter("third", 2<<20), "that is more than is left")
		require.True(t, enter("third", 1<<20))

		entered := make(chan bool, 2)
		for range 2 {
			go func() { entered <- enter("fourth", 2<<20) }()
		}
		synctest.Wait()
		require.Empty(t, entered)
		p.leave(place{guest{guestAccount, "greedy"}, 4 << 20})
		require.True(t, <-entered, "the room of one")
		require.True(t, <-entered, "is enough for both")

		p = newPlaces(Config{MaxRequests: 1, MaxBody: 64 << 20}.withDefaults())
		require.True(t, enter("anybody", 64<<20), "one body always fits")
	})
}

func TestTheLineBeforeTheCounterIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter(2)
		var leave func()
		for range 2 {
			left, err := c.enter(t.Context())
			require.NoError(t, err)
			leave = left
		}
		attended := make(chan func())
		for range 2 * lineAtWindow {
			go func() {
				leave, err := c.enter(t.Context())
				if err == nil {
					attended <- leave
				}
			}()
		}
		synctest.Wait()
		_, err := c.enter(t.Context())
		require.Equal(t, 429, problemOf(err, true).status)
		leave()
		for range 2 * lineAtWindow {
			(<-attended)()
		}
		synctest.Wait()
		require.Len(t, c.line, 1, "only who is still at the other window")
	})
}
