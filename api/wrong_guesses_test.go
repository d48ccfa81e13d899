package api

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheTableOfWrongGuessesStaysSmallHoweverLongTheNamesAre(t *testing.T) {
	w := newWrongGuesses(10, 5*time.Minute)
	inUse := func() (m runtime.MemStats) {
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m
	}
	before := inUse()
	for i := range 1000 {
		w.count(fmt.Sprint(i)+strings.Repeat("x", 40<<10), fmt.Sprintf("2001:db8:%x::1", i))
	}
	after := inUse()
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(2<<20))
	runtime.KeepAlive(w)
}
