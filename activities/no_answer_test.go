package activities

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is what an activity has for one attempt where a host hangs: enough to begin it, and to tell afterwards, on a busy machine.
const patience = 5 * time.Second

// hangs answers, if at all, with what begin writes, and then never ends.
func hangs(begin func(w http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

func TestAHostThatHangsIsGivenUpBeforeTheActivityIs(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"before its headers": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"after its headers":  hangs(func(w http.ResponseWriter) { w.WriteHeader(200) }),
		"in its body":        hangs(func(w http.ResponseWriter) { io.WriteString(w, "I am thinking") }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := send(t, `{"method":"POST","url":"%s"}`, newDesk(t, answer).URL)
			s.timeout = patience
			outcome, told := s.gives()
			assert.Equal(t, NoAnswerInTime, outcome, "it is the activity that says what happened, and not its timeout")
			assert.Contains(t, told, "No answer from 127.0.0.1:")
			assert.Contains(t, told, " in time.")
			assert.Empty(t, s.rows.output)
		})
	}
}

func TestAHostThatHangsUpMayHaveActed(t *testing.T) {
	d := newDesk(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	outcome, told := send(t, `{"method":"POST","url":"%s"}`, d.URL).gives()
	assert.Equal(t, NoAnswer, outcome)
	assert.NotContains(t, told, "in time")
}

func TestARequestThatIsInterruptedIsToldOf(t *testing.T) {
	var s *sending
	d := newDesk(t, func(_ http.ResponseWriter, r *http.Request) {
		s.interrupt()
		<-r.Context().Done()
	})
	s = send(t, `{"method":"POST","url":"%s"}`, d.URL)
	outcome, told := s.gives()
	assert.Equal(t, NoAnswer, outcome)
	assert.Equal(t, "Attempt 1: No answer from "+strings.TrimPrefix(d.URL, "http://")+".", told)
}

func TestAHostThatIsNotThereCannotHaveActed(t *testing.T) {
	d := newDesk(t, status(200))
	address := d.URL
	d.Close()
	s := send(t, `{"method":"POST","url":"%s"}`, address)
	s.attempt = 2
	outcome, told := s.gives()
	assert.Equal(t, codeNotReached, outcome)
	assert.Equal(t, "Attempt 2: "+strings.TrimPrefix(address, "http://")+" could not be reached.", told)
}

func TestAHostThatOnlyTakesConnectionsIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	s := send(t, `{"method":"POST","url":"https://%s"}`, l.Addr())
	s.timeout = patience
	outcome, told := s.gives()
	assert.Equal(t, codeNotReached, outcome, "nothing was sent before TLS was agreed on")
	assert.Contains(t, told, "could not be reached in time")
}

func TestRequestsThatQueueForAHangingHostAreOnTheirOwnTime(t *testing.T) {
	d := newDesk(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	other := newDesk(t, status(200))
	allow, err := ParseAllowList("127.0.0.1")
	require.NoError(t, err)
	transport := allow.transport()
	get := func(to string, limit time.Duration) error {
		client := http.Client{Transport: transport, Timeout: limit}
		response, err := client.Get(to)
		if err == nil {
			response.Body.Close()
		}
		return err
	}
	var waiting sync.WaitGroup
	for range 100 { // more than may be connected at once
		waiting.Go(func() { assert.Error(t, get(d.URL, time.Second)) })
	}
	require.NoError(t, get(other.URL, 10*time.Second), "others are not held up")
	waiting.Wait()
}
