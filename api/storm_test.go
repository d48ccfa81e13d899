package api_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// kept is a store that is slow and remembers what it took.
type kept struct {
	mu   sync.Mutex
	ids  map[string]bool
	work crowd
}

func (k *kept) submit(_ context.Context, r schema.Report) (string, error) {
	defer k.work.enter()()
	time.Sleep(2 * time.Millisecond) // what a busy database takes
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ids[r.ExperienceID] = true
	return r.ExperienceID, nil
}

// stormed is what hundreds who report at once were told.
type stormed struct {
	mu       sync.Mutex
	taken    []string
	refused  int
	stranger []string // any other answer
}

func (r *stormed) note(id string, response *http.Response, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		r.stranger = append(r.stranger, err.Error())
	case response.StatusCode == http.StatusOK:
		r.taken = append(r.taken, id)
	case response.StatusCode == http.StatusTooManyRequests && response.Header.Get("Retry-After") == "5":
		r.refused++
	default:
		r.stranger = append(r.stranger, response.Status)
	}
}

// With few places, each of several hundred callers gets 200 or 429, in time; what was answered with 200 is there, the work at once
// stays bounded, and health is told all the while.
func TestAStormIsAnsweredToTheLast(t *testing.T) {
	const callers, reportsEach, places = 400, 5, 8
	store, k := newStore(t), &kept{ids: map[string]bool{}}
	store.submit = k.submit
	s := serves(t, api.Config{MaxRequests: places, QueueTimeout: 50 * time.Millisecond}, store, api.With{})
	client := &http.Client{Timeout: patience, Transport: &http.Transport{MaxConnsPerHost: callers, MaxIdleConnsPerHost: callers}}
	t.Cleanup(client.CloseIdleConnections)
	send := func(id, account string) (*http.Response, error) {
		body := strings.Replace(goodBody, "{", `{"experience_id":"`+id+`",`, 1)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.address+createPath, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		request.SetBasicAuth(account, account+"-secret")
		response, err := client.Do(request)
		if err == nil {
			response.Body.Close()
		}
		return response, err
	}
	for _, account := range []string{"tool", "sn-tool"} { // so that both are remembered
		response, err := send("first-"+account, account)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode)
	}

	var said stormed
	var all sync.WaitGroup
	over := make(chan struct{})
	for i := range callers {
		all.Go(func() {
			for n := range reportsEach {
				id := fmt.Sprintf("x-%d-%d", i, n)
				response, err := send(id, []string{"tool", "sn-tool"}[i%2])
				said.note(id, response, err)
			}
		})
	}
	go func() { all.Wait(); close(over) }()
	goroutines := 0
	for storming := true; storming; {
		s.alive()
		assert.LessOrEqual(t, s.metric("proactive_http_places_taken"), float64(places))
		assert.LessOrEqual(t, s.metric("proactive_http_places_queued"), float64(places))
		goroutines = max(goroutines, runtime.NumGoroutine())
		select {
		case <-over:
			storming = false
		case <-time.After(time.Millisecond):
		}
	}

	require.Empty(t, said.stranger)
	require.Equal(t, callers*reportsEach, len(said.taken)+said.refused)
	require.NotZero(t, said.refused, "it was a storm")
	require.Greater(t, len(said.taken), places)
	for _, id := range said.taken {
		require.True(t, k.ids[id], id)
	}
	require.Len(t, k.ids, len(said.taken)+2, "and nothing else is there")
	require.LessOrEqual(t, k.work.most, places)
	require.Less(t, goroutines, 8*callers, "those of both sides of each connection")
	require.Equal(t, float64(said.refused), s.metric("proactive_http_refused_total"))
	s.becomes("proactive_http_places_taken", 0)
	t.Logf("%d were taken, %d refused, with at most %d goroutines", len(said.taken), said.refused, goroutines)
}

// Anybody may ask for readiness, as often as they like: Postgres is asked once for all who ask at the same time.
func TestAStormOfQuestionsForReadinessIsOneForPostgres(t *testing.T) {
	const callers = 50
	store, answers := newStore(t), make(chan struct{})
	var work crowd
	store.ready = func(context.Context) error {
		defer work.enter()()
		<-answers
		return nil
	}
	s := serves(t, api.Config{}, store, api.With{})
	var asking []*wire
	for range callers {
		asking = append(asking, s.dials().says("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"))
	}
	s.becomes("proactive_http_requests_in_flight", callers)
	close(answers)
	for _, w := range asking {
		status, body := w.hears()
		require.Equal(t, http.StatusOK, status, body)
	}
	require.Equal(t, 1, work.most)
}
