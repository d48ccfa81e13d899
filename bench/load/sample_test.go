package load

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// takes is a server that keeps the bodies it got and answers with a status.
func takes(t *testing.T, status func(n int) int) (address string, bodies *sync.Map) {
	t.Helper()
	bodies = &sync.Map{}
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies.Store(string(body), r.URL.Path)
		w.WriteHeader(status(int(n.Add(1))))
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), bodies
}

func TestEachRequestIsSentOnceOverHoweverManyConnections(t *testing.T) {
	address, bodies := takes(t, func(int) int { return http.StatusOK })
	sample, err := Times(t.Context(), address, 7, 100, func(k int) []byte { return Post("/here", "Basic x", fmt.Sprint(k)) })
	require.NoError(t, err)
	require.NoError(t, sample.Clean())
	require.Len(t, sample.Times, 100)
	for k := range 100 {
		path, sent := bodies.Load(fmt.Sprint(k))
		require.True(t, sent, k)
		require.Equal(t, "/here", path)
	}
}

func TestAnAnswerThatIsNo200IsNoSuccess(t *testing.T) {
	address, _ := takes(t, func(n int) int {
		if n%2 == 0 {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	sample, err := Times(t.Context(), address, 3, 10, func(int) []byte { return Post("/", "", "{}") })
	require.NoError(t, err)
	require.Len(t, sample.Times, 5)
	require.Equal(t, map[int]int{http.StatusBadRequest: 5}, sample.Others)
	require.ErrorContains(t, sample.Clean(), "400")
}

func TestItStopsWhenTheTimeIsOver(t *testing.T) {
	address, _ := takes(t, func(int) int { return http.StatusOK })
	var k atomic.Int64
	const long = time.Second
	sample, err := For(t.Context(), address, 2, long, &k, func(int) []byte { return Post("/", "", "{}") })
	require.NoError(t, err)
	require.NotEmpty(t, sample.Times)
	require.GreaterOrEqual(t, sample.Took, long, "connections are there before the time begins")
	require.InDelta(t, float64(len(sample.Times))/sample.Took.Seconds(), sample.PerSecond(), 0.001)
}
