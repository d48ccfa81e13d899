package activities

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"proactive/schema"
)

// full takes all places of an address.
func full(t *testing.T, h *Hosts, address string) (leave func()) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	var leaves []func()
	for range h.perHost {
		leave, busy := h.Enter(u.Host)
		require.Nil(t, busy)
		leaves = append(leaves, leave)
	}
	return func() {
		for _, leave := range leaves {
			leave()
		}
	}
}

func TestABusyHostIsSentNothingAndItIsNoAttempt(t *testing.T) {
	d := newDesk(t, status(200))
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.attempt, s.hosts = 3, NewHosts(2)
	leave := full(t, s.hosts, d.URL)
	_, err := s.run()
	var coded *temporal.ApplicationError
	require.ErrorAs(t, err, &coded)
	assert.Equal(t, HostBusy, coded.Type())
	assert.True(t, coded.NonRetryable(), "it gives back its place; the workflow comes again")
	var idle NotBegun
	require.NoError(t, coded.Details(&idle))
	assert.Zero(t, idle.Attempts)
	assert.Positive(t, idle.Wait)
	assert.Empty(t, d.requests())
	assert.Empty(t, s.rows.notes)

	leave()
	outcome, told := s.gives()
	assert.Equal(t, "succeeded", outcome)
	assert.Contains(t, told, "Attempt 1: ")
}

func TestAttemptsBeforeAHostWasBusyAreTold(t *testing.T) {
	hosts := NewHosts(1)
	d := newDesk(t, status(503))
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.attempt, s.hosts = 5, hosts
	s.rows.noted = func(n int) {
		if n == 2 {
			full(t, hosts, d.URL)
		}
	}
	_, err := s.run()
	var coded *temporal.ApplicationError
	require.ErrorAs(t, err, &coded)
	require.Equal(t, HostBusy, coded.Type())
	var idle NotBegun
	require.NoError(t, coded.Details(&idle))
	assert.Equal(t, 2, idle.Attempts)
	assert.Len(t, d.requests(), 2)
}

func TestAPlaceIsGivenBackHoweverARequestEnds(t *testing.T) {
	other := newDesk(t, status(200))
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		path   string
	}{
		"well":           {status(200), ""},
		"not at all":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
		"not in time":    {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ""},
		"elsewhere":      {moved(303, other.at("localhost")), ""},
		"not allowed to": {moved(303, "http://example.com/"), ""},
		"in circles":     {moved(303, "/"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, c.answer)
			s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
			s.allow, s.hosts, s.timeout = "127.0.0.1,localhost", NewHosts(1), patience
			s.gives()
			held, refused := s.hosts.Count()
			assert.Zero(t, held)
			assert.Zero(t, refused)
			assert.Empty(t, s.hosts.hosts, "what is over is forgotten")
		})
	}
}

func TestARedirectToABusyHostIsAnAttempt(t *testing.T) {
	other := newDesk(t, status(200))
	d := newDesk(t, moved(303, other.at("localhost")))
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.allow, s.attempt = "127.0.0.1,localhost", 2
	full(t, s.hosts, other.at("localhost"))
	outcome, told := s.gives()
	assert.Equal(t, codeNotReached, outcome)
	assert.Equal(t, "Attempt 2: The redirect was not followed: "+strings.TrimPrefix(other.at("localhost"), "http://")+
		" has as many requests on their way as may be at once.", told)
	assert.Len(t, d.requests(), 2)
	assert.Empty(t, other.requests())
}

func TestOneHostIsOneHoweverItIsWritten(t *testing.T) {
	for _, group := range [][]string{
		{"http://desk.example.com", "http://DESK.example.com.:80/x", "http://desk.example.com:80"},
		{"https://[::1]", "https://[0:0::1]:443/", "https://[::0001]"},
		{"https://10.1.2.3:8443", "http://10.1.2.3:8443", "https://[::ffff:10.1.2.3]:8443"},
	} {
		h := NewHosts(1)
		for i, address := range group {
			u, err := url.Parse(address)
			require.NoError(t, err)
			busy := h.visit().enter(u)
			assert.Equal(t, i > 0, busy != nil, address)
		}
	}
}

func TestThoseWhoAreRefusedGetATurnEachAtThePaceOfTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHosts(5)
		var leaves []func()
		for range 50 { // each takes 10 s
			leave, busy := h.Enter("slow:80")
			require.Nil(t, busy)
			leaves = append(leaves, leave)
			time.Sleep(2 * time.Second)
			if len(leaves) == 5 {
				leaves[0]()
				leaves = leaves[1:]
			}
		}
		_, busy := h.Enter("slow:80")
		require.Nil(t, busy)
		var waits []time.Duration
		for range 100 {
			_, busy := h.Enter("slow:80")
			waits = append(waits, busy.wait)
		}
		slices.Sort(waits)
		assert.Greater(t, waits[0], time.Second)
		assert.Greater(t, waits[99], 190*time.Second, "5 in 10 s are as many as can be served")
		assert.Less(t, waits[99], 250*time.Second)
		assert.InDelta(t, 100, waits[50].Seconds(), 30, "spread over the time")
		_, refused := h.Count()
		assert.EqualValues(t, 100, refused)
	})
}

func TestABusyReceiverOfWebhooksIsNoAttempt(t *testing.T) {
	d := newDesk(t, status(202))
	p := hooked(t, d.URL, "")
	p.most = 1
	leave := full(t, p.config.Hosts, d.URL)
	outcome, told := p.ends()
	assert.Equal(t, HostBusy, outcome)
	assert.Empty(t, told)
	assert.Equal(t, schema.NotificationPending, p.outbox.message.State)
	assert.Zero(t, p.outbox.message.Attempts)
	assert.Empty(t, d.requests())
	leave()
	outcome, _ = p.ends()
	assert.Equal(t, "delivered", outcome)
	held, _ := p.config.Hosts.Count()
	assert.Zero(t, held)
}

func TestABusyMailServerIsNoAttempt(t *testing.T) {
	office := newPostOffice(t, false)
	p := mailed(t, office)
	p.most = 1
	var config schema.EmailConfig
	require.NoError(t, json.Unmarshal(p.outbox.message.Channel.Config, &config))
	leave := full(t, p.config.Hosts, "//"+net.JoinHostPort(config.Host, strconv.Itoa(office.port)))
	outcome, told := p.ends()
	assert.Equal(t, HostBusy, outcome)
	assert.Empty(t, told)
	sessions, _ := office.came()
	assert.Zero(t, sessions)
	leave()
	outcome, _ = p.ends()
	assert.Equal(t, "delivered", outcome)
	held, _ := p.config.Hosts.Count()
	assert.Zero(t, held)
}

func TestAMailServerThatFailsGivesItsPlaceBack(t *testing.T) {
	for name, script := range map[string]onStep{"refuses": {"RCPT": "550 no"}, "hangs up": {"EHLO": drop}} {
		t.Run(name, func(t *testing.T) {
			p := mailed(t, newPostOffice(t, false, script, script, script))
			p.ends()
			held, _ := p.config.Hosts.Count()
			assert.Zero(t, held)
		})
	}
}

// A resolver that never answers is a host that hangs, too.
func TestANameThatIsNeverResolvedIsGivenUp(t *testing.T) {
	s := send(t, `{"method":"POST","url":"http://desk.example.com/"}`)
	s.resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	s.allow, s.timeout = "desk.example.com", patience
	outcome, told := s.gives()
	assert.Equal(t, codeNotReached, outcome)
	assert.Equal(t, "Attempt 1: desk.example.com could not be reached in time.", told)
	held, _ := s.hosts.Count()
	assert.Zero(t, held)
}
