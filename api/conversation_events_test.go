package api_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

const (
	retryLine = "retry: 3000\n\n"
	beatLine  = ":\n\n"
)

// news is what has happened by when.
type news struct {
	after  time.Duration
	events int
	state  schema.State
}

// growing is a conversation whose issue grows as time goes by; it rings for each news, and once for none.
func growing(t testing.TB, rings ...news) *conversations {
	begin, f := time.Now(), &conversations{t: t}
	now := func() schema.View {
		view := asked()
		for _, n := range rings {
			if time.Since(begin) >= n.after {
				view.Events, view.State = n.events, n.state
			}
		}
		return view
	}
	f.conversation = func(context.Context) (schema.View, error) { return now(), nil }
	f.waitIssue = func(ctx context.Context, id string, since int) error {
		require.Equal(t, "x1", id)
		for now().Events <= since {
			next := time.Hour
			for _, n := range rings {
				if left := n.after - time.Since(begin); left > 0 {
					next = min(next, left)
				}
			}
			select {
			case <-time.After(next):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	return f
}

func change(number string) string {
	return "event: change\nid: " + number + "\ndata: " + number + "\n\n"
}

// listened is what a page hears until the stream ends, and how long that took.
func listened(t testing.TB, f *conversations, path string, header ...string) (*httptest.ResponseRecorder, time.Duration) {
	t.Helper()
	r, begin := get(helpPage+path).nobody(), time.Now()
	for i := 0; i < len(header); i += 2 {
		r.with(header[i], header[i+1])
	}
	got := sendWith(t.Context(), r, pages(f))
	return got, time.Since(begin)
}

func TestAPageHearsOfEveryChangeUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := growing(t, news{40 * time.Second, 4, schema.InProgress}, news{50 * time.Second, 6, schema.ClosedComplete})
		got, took := listened(t, f, "/events")
		require.Equal(t, http.StatusOK, got.Code)
		require.Equal(t, "text/event-stream", got.Header().Get("Content-Type"))
		require.Equal(t, "no-store", got.Header().Get("Cache-Control"))
		require.Equal(t, retryLine+beatLine+beatLine+change("4")+change("6"), got.Body.String())
		require.Equal(t, 50*time.Second, took)
		require.True(t, got.Flushed)
		require.EqualValues(t, 3, f.lookups.Load(), "one at the beginning, and one for each change")
	})
}

func TestAStreamEndsAfterFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, took := listened(t, growing(t), "/events")
		require.Equal(t, 5*time.Minute, took)
		beats := strings.Count(got.Body.String(), beatLine)
		require.Contains(t, []int{19, 20}, beats, "the last one and the end come in the same moment")
		require.Equal(t, retryLine+strings.Repeat(beatLine, beats), got.Body.String())
	})
}

// What happened since the page was written, or while nobody listened, is told at once.
func TestAPageThatKnowsLessIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, row := range []struct {
			path, last, heard string
		}{
			{"/events?since=2", "", change("3")},
			{"/events?since=0", "2", change("3")},
			{"/events?since=2", "3", ""}, // what the browser repeats is younger than what the page says
			{"/events?since=3", "", ""},
			{"/events?since=99", "", ""},
			{"/events?since=-1", "", ""},
			{"/events?since=x", "y", ""},
			{"/events", "", ""},
		} {
			got, _ := listened(t, growing(t, news{10 * time.Second, 5, schema.ClosedComplete}), row.path, "Last-Event-ID", row.last)
			require.Equal(t, retryLine+row.heard+change("5"), got.Body.String(), row)
		}
	})
}

// A closed issue has had its last event: a page that knows it is told not to come again, any other hears it first.
func TestAPageHearsTheEndOnce(t *testing.T) {
	f := asking(t)
	f.conversation = func(context.Context) (schema.View, error) {
		view := asked()
		view.State = schema.ClosedIncomplete
		return view, nil
	}
	got, _ := listened(t, f, "/events")
	require.Equal(t, retryLine+change("3"), got.Body.String())
	for _, header := range [][]string{{"Last-Event-ID", "3"}, {"Last-Event-ID", "7"}} {
		got, _ = listened(t, f, "/events", header...)
		require.Equal(t, http.StatusNoContent, got.Code)
		require.Empty(t, got.Body.String())
	}
}

func TestAStreamEndsWithItsLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := growing(t, news{10 * time.Second, 4, schema.InProgress})
		valid := f.conversation
		f.conversation = func(ctx context.Context) (schema.View, error) {
			if f.lookups.Load() > 1 {
				return schema.View{}, schema.ErrNoRecord
			}
			return valid(ctx)
		}
		got, took := listened(t, f, "/events")
		require.Equal(t, retryLine, got.Body.String())
		require.Equal(t, 10*time.Second, took)
	})
}

// An answer with an error would end a browser's listening for good, so a stream outlives the database's absence.
func TestAStreamGoesOnWhenTheDatabaseWasAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := growing(t, news{40 * time.Second, 4, schema.ClosedComplete})
		waits, wait := 0, f.waitIssue
		f.waitIssue = func(ctx context.Context, id string, since int) error {
			if waits++; waits <= 2 {
				return errAway
			}
			return wait(ctx, id, since)
		}
		got, took := listened(t, f, "/events")
		require.Equal(t, retryLine+beatLine+beatLine+change("4"), got.Body.String())
		require.Equal(t, 40*time.Second, took)
		require.Equal(t, 3, waits, "once for each heartbeat")
	})
}

func TestAStreamEndsWhenThePageHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithTimeout(t.Context(), 20*time.Second)
		defer leave()
		begin := time.Now()
		sendWith(ctx, get(helpPage+"/events").nobody(), pages(growing(t)))
		require.Equal(t, 20*time.Second, time.Since(begin))
	})
}

func TestAskingForTheHeadOfAStreamEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		got := get(helpPage+"/events").nobody().by("HEAD").send(t, pages(growing(t)))
		require.Equal(t, http.StatusOK, got.Code)
		require.Equal(t, "text/event-stream", got.Header().Get("Content-Type"))
		require.Zero(t, time.Since(begin))
	})
}

// A seventh page with one link is one too many; when one goes, there is room again.
func TestOnlyAFewPagesListenWithOneLink(t *testing.T) {
	waiting := make(chan struct{})
	f := asking(t)
	f.waitIssue = func(ctx context.Context, _ string, _ int) error {
		waiting <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	handler := pages(f)
	ended := make(chan struct{}, 7)
	listen := func() (leave context.CancelFunc) {
		ctx, leave := context.WithCancel(t.Context())
		go func() { sendWith(ctx, get(helpPage+"/events").nobody(), handler); ended <- struct{}{} }()
		select {
		case <-waiting:
		case <-ended:
			t.Fatal("there was no room")
		}
		return leave
	}
	var leave []context.CancelFunc
	for range 6 {
		leave = append(leave, listen())
	}
	got := get(helpPage+"/events").nobody().send(t, handler)
	require.Equal(t, http.StatusTooManyRequests, got.Code)
	require.Equal(t, "300", got.Header().Get("Retry-After"))
	require.Equal(t, http.StatusNotFound, get(helpPage+"x/events").nobody().send(t, handler).Code)
	leave[0]()
	<-ended
	leave[0] = listen()
	for _, each := range leave {
		each()
		<-ended
	}
}

// Over a real connection: what is told arrives at once, the server's timeouts do not cut it, and stopping ends it.
func TestAStreamOverAConnection(t *testing.T) {
	rings := make(chan struct{})
	f := asking(t)
	f.conversation = func(context.Context) (schema.View, error) {
		view := asked()
		view.Events += int(f.lookups.Load()) - 1
		return view, nil
	}
	f.waitIssue = func(ctx context.Context, _ string, _ int) error {
		select {
		case <-rings:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	short := api.Config{ReadHeaderTimeout: patience, ReadTimeout: 20 * time.Millisecond, WriteTimeout: 20 * time.Millisecond, StopTimeout: time.Minute}
	go func() { ended <- api.New(short, nil, api.With{Conversations: f}).Serve(ctx, listener) }()
	client := http.Client{Timeout: patience} // what does not come must not be waited for
	answer, err := client.Get("http://" + listener.Addr().String() + helpPage + "/events")
	require.NoError(t, err)
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	hear := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		_, err := io.ReadFull(lines, got)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	hear(retryLine)
	for _, number := range []string{"4", "5"} {
		<-time.After(50 * time.Millisecond) // longer than the server's timeouts
		rings <- struct{}{}
		hear(change(number))
	}
	stop()
	_, err = lines.ReadByte()
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, <-ended)
}
