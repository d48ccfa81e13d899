package journey

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// With few places, hundreds who report at once are each told yes or not now, and every yes is an issue. Health is told all the while,
// and the work at once stays bounded.
func TestAStormThatIsTooMuchLosesNothing(t *testing.T) {
	t.Parallel()
	const people, places = 400, 4
	w := newWorld(t)
	w.applies("users:\n" + strings.Join(each(people, func(i int) string { return fmt.Sprintf("- {user_name: storm-%d}\n", i) }), ""))
	w.api("PROACTIVE_MAX_REQUESTS=" + strconv.Itoa(places))
	w.accepted(w.posts(report("100", "abel.tuter", nil)))

	answers, errs := make([]answer, people), make([]error, people)
	begin, over := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			<-begin
			answers[i], errs[i] = w.client.send(http.MethodPost, createPath, report("100", fmt.Sprintf("storm-%d", i), nil), asJSON)
		})
	}
	close(begin)
	go func() { all.Wait(); close(over) }()
	for storming := true; storming; {
		require.LessOrEqual(t, w.metric("proactive_http_places_taken"), places)
		require.LessOrEqual(t, w.metric("proactive_http_places_queued"), places)
		select {
		case <-over:
			storming = false
		default:
		}
	}

	taken := 1
	for i, a := range answers {
		require.NoError(t, errs[i])
		if a.Status == http.StatusOK {
			taken++
			continue
		}
		require.Equal(t, http.StatusTooManyRequests, a.Status, a.Text)
		require.Equal(t, "5", a.Header.Get("Retry-After"))
	}
	require.Less(t, taken, people+1, "it was too much")
	require.Equal(t, strconv.Itoa(taken), w.value(`SELECT count(*) FROM sn_pren_experience_issue`))
	require.Equal(t, people+1-taken, w.metric(`proactive_http_refused_total{bound="places"}`))
	require.Less(t, w.metric("go_goroutines"), 3*people)
	t.Logf("%d of %d were taken", taken, people)
}

func each(n int, text func(i int) string) (all []string) {
	for i := range n {
		all = append(all, text(i))
	}
	return all
}

// metric is a whole number of the page of metrics, which is asked for without credentials and on a connection of its own.
func (w *world) metric(name string) int {
	w.t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(w.server + "/metrics")
	require.NoError(w.t, err)
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	_, rest, found := strings.Cut(string(page), "\n"+name+" ")
	require.True(w.t, found, name)
	text, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(text)
	require.NoError(w.t, err)
	return n
}
