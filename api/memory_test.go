package api

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// What is remembered is forgotten in time, and a full memory makes room.
func TestAMemoryIsBoundedInTimeAndSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory[string, int](3, 10*time.Second)
		m.put("a", 1)
		time.Sleep(10*time.Second - time.Nanosecond)
		value, _, ok := m.get("a")
		require.True(t, ok)
		require.Equal(t, 1, value)
		time.Sleep(time.Nanosecond)
		_, _, ok = m.get("a")
		require.False(t, ok)
		require.Empty(t, m.items)
		for i := range 100 {
			m.put(fmt.Sprint(i), i)
			require.LessOrEqual(t, len(m.items), 3)
		}
		_, _, ok = m.get("99")
		require.True(t, ok, "the newest is there")
	})
}

// The window begins with the first wrong password and does not move: ten in five minutes, whatever comes after.
func TestTheWindowOfWrongGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWrongGuesses(2, 5*time.Minute)
		w.count("abel", "192.0.2.1")
		time.Sleep(4 * time.Minute)
		require.NoError(t, w.tooMany("abel", "192.0.2.1"))
		w.count("abel", "192.0.2.1")
		p, _ := w.tooMany("abel", "192.0.2.2").(*problem)
		require.NotNil(t, p)
		require.Equal(t, "60", p.header["Retry-After"])
		require.Equal(t, fmt.Sprint(time.Now().Add(time.Minute).Unix()), p.header["X-RateLimit-Reset"])
		require.Error(t, w.tooMany("fred", "192.0.2.1"))
		w.forgive("abel")
		require.NoError(t, w.tooMany("abel", "192.0.2.2"))
		time.Sleep(time.Minute)
		require.NoError(t, w.tooMany("fred", "192.0.2.1"))
	})
}

// No more passwords are verified at once than there are places; strangers do not keep those waiting who were right before.
func TestPlacesForVerifying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(Config{HashesAtOnce: 1}.withDefaults(), nil)
		leave, err := g.place(t.Context(), false)
		require.NoError(t, err)
		got := make(chan struct{})
		go func() {
			next, err := g.place(t.Context(), false)
			if err == nil {
				next()
			}
			close(got)
		}()
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("two at once")
		default:
		}
		familiar, err := g.place(t.Context(), true)
		require.NoError(t, err)
		familiar()
		leave()
		<-got
	})
}

// A name that nobody has costs what a wrong password costs: the parameters of the stored hashes.
func TestADummyHashCostsWhatARealOneCosts(t *testing.T) {
	g := newGate(Config{}.withDefaults(), nil)
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$`, dummyHash(*g.cost.Load()))
}
