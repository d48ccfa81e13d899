package mailbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// world is a mailbox of the test's own.
type world struct {
	*Mailbox
	t       *testing.T
	arrived chan Message
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, arrived: make(chan Message, keep+10)}
	var err error
	w.Mailbox, err = Open("127.0.0.1:0", func(m Message) { w.arrived <- m })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return w
}

func ignore(Message) {}

// sends hands a mail over, as it is, to abel.
func (w *world) sends(mail string) Message {
	w.t.Helper()
	require.NoError(w.t, smtp.SendMail(w.SMTPAddress(), nil, "desk@example.com", []string{"abel.tuter@example.com"}, []byte(strings.ReplaceAll(mail, "\n", "\r\n"))))
	return <-w.arrived
}

// gets asks for a page and gives it with its headers.
func (w *world) gets(path string, status int) (string, http.Header) {
	w.t.Helper()
	answer, err := http.Get(w.URL() + path)
	require.NoError(w.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, status, answer.StatusCode, "%s", body)
	return string(body), answer.Header
}

func (w *world) lists(path string) (all []Message) {
	w.t.Helper()
	body, _ := w.gets(path, http.StatusOK)
	require.NoError(w.t, json.Unmarshal([]byte(body), &all))
	return all
}

const both = `From: =?utf-8?q?Die_IT_=E2=80=93_Hilfe?= <desk@example.com>
To: abel.tuter@example.com
Subject: =?utf-8?b?SGlsZmUgZsO8ciBhYmVsLWxhcHRvcA==?=
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

M=C3=B6chten Sie Hilfe?  http://127.0.0.1:8080/help/abc-_.
--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PCFkb2N0eXBlIGh0bWw+PHA+TcO2Y2h0ZW4gU2llIDxhIGhyZWY9Imh0dHA6Ly8xMjcu
MC4wLjE6ODA4MC9oZWxwL2FiYy1fIj5IaWxmZTwvYT4/PC9wPjxhIGhyZWY9Imh0dHBz
Oi8vZXhhbXBsZS5jb20vP2E9MSZhbXA7Yj0yIj5tb3JlPC9hPg==
--b--
`

func TestAMailIsReadWithItsTextItsHTMLAndItsLinks(t *testing.T) {
	w := newWorld(t)
	before := time.Now()
	w.sends(both)

	mails := w.lists("/mails.json")
	require.Len(t, mails, 1)
	m := mails[0]
	require.WithinRange(t, m.At, before.Add(-time.Second), time.Now())
	require.Equal(t, "Die IT – Hilfe <desk@example.com>", m.From)
	require.Equal(t, w.URL()+"/mail/1", m.Page)
	require.Equal(t, []string{"abel.tuter@example.com"}, m.To)
	require.Equal(t, "Hilfe für abel-laptop", m.Subject)
	require.Equal(t, "Möchten Sie Hilfe?  http://127.0.0.1:8080/help/abc-_.", m.Text)
	require.True(t, strings.HasPrefix(m.HTML, "<!doctype html><p>Möchten Sie <a"), m.HTML)
	require.Equal(t, []string{"http://127.0.0.1:8080/help/abc-_", "https://example.com/?a=1&b=2"}, m.Links)
}

func TestTheListShowsTheNewestFirst(t *testing.T) {
	w := newWorld(t)
	empty, _ := w.gets("/", http.StatusOK)
	require.Contains(t, empty, "No message yet")
	w.sends("Subject: the first\n\nx")
	w.Show("abel-laptop", "Your code", "The code is 123 456.", "")
	require.Equal(t, "Your code", (<-w.arrived).Subject)
	w.sends("Subject: the last\n\nx")

	page, _ := w.gets("/", http.StatusOK)
	require.Contains(t, page, "3 messages, newest first")
	require.Regexp(t, `(?s)<a href="/mail/3">the last</a>.*From desk@example.com to abel.tuter@example.com.*Your code.*On the screen of abel-laptop.*The code is 123 456\..*<a href="/mail/1">the first</a>`, page)
}

func TestAnOpenedMailStandsInAFrameThatRunsNothing(t *testing.T) {
	w := newWorld(t)
	mail := w.sends(both)

	page, headers := w.gets(fmt.Sprintf("/mail/%d", mail.ID), http.StatusOK)
	require.Contains(t, page, fmt.Sprintf(`<iframe title="The mail as it looks" sandbox="allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation" src="/mail/%d/html">`, mail.ID))
	require.Contains(t, page, "<pre>Möchten Sie Hilfe?")
	require.Contains(t, page, `<li><a href="http://127.0.0.1:8080/help/abc-_">`)
	require.Contains(t, headers.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'; script-src 'self';")
	require.Equal(t, "no-store", headers.Get("Cache-Control"))
	require.Equal(t, "no-referrer", headers.Get("Referrer-Policy"))

	frame, headers := w.gets(fmt.Sprintf("/mail/%d/html", mail.ID), http.StatusOK)
	require.True(t, strings.HasPrefix(frame, `<!doctype html><base target="_top"><!doctype html><p>Möchten`), frame)
	require.Equal(t, "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "+
		"sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation", headers.Get("Content-Security-Policy"))
}

func TestAMessageOnAScreenIsNoMail(t *testing.T) {
	w := newWorld(t)
	w.Show("abel-laptop", "May we help?", "Two lines\nof text.", "http://127.0.0.1:8080/help/abc")
	w.Show("abel-laptop", "Hm", "x", "javascript:alert(1)")
	require.Empty(t, w.lists("/mails.json"))
	w.gets("/mail/1", http.StatusNotFound)

	screens := w.lists("/screens.json")
	require.Len(t, screens, 2)
	require.Equal(t, Message{ID: 1, At: screens[1].At, Page: w.URL() + "/", Device: "abel-laptop", Subject: "May we help?", Text: "Two lines\nof text.",
		Links: []string{"http://127.0.0.1:8080/help/abc"}}, screens[1])
	require.Empty(t, screens[0].Links)
}

func TestEachMailOfAConnectionHasItsOwnRecipients(t *testing.T) {
	w := newWorld(t)
	c, err := smtp.Dial(w.SMTPAddress())
	require.NoError(t, err)
	defer c.Close()
	for _, to := range []string{"abel@example.com", "beth@example.com"} {
		require.NoError(t, c.Mail("desk@example.com"))
		require.NoError(t, c.Rcpt(to))
		body, err := c.Data()
		require.NoError(t, err)
		fmt.Fprint(body, "Subject: x\r\n\r\nx")
		require.NoError(t, body.Close())
		require.Equal(t, []string{to}, (<-w.arrived).To)
	}
	require.NoError(t, c.Quit())
}

func TestTheOldestMakesRoom(t *testing.T) {
	w := newWorld(t)
	for i := range keep + 3 {
		w.Show("abel-laptop", fmt.Sprint(i), "", "")
	}
	screens := w.lists("/screens.json")
	require.Len(t, screens, keep)
	require.Equal(t, []string{"202", "3"}, []string{screens[0].Subject, screens[keep-1].Subject})
}

func TestOnlyThisMachineByItsOwnNameReadsTheMails(t *testing.T) {
	w := newWorld(t)
	for host, status := range map[string]int{
		"localhost:8025": http.StatusOK, "127.0.0.1": http.StatusOK, "[::1]:8025": http.StatusOK,
		"evil.example:8025": http.StatusMisdirectedRequest, "10.0.0.1:8025": http.StatusMisdirectedRequest, "localhost.evil.example": http.StatusMisdirectedRequest,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL()+"/mails.json", nil)
		require.NoError(t, err)
		request.Host = host
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		answer.Body.Close()
		require.Equal(t, status, answer.StatusCode, host)
	}
}

func TestAMailboxThatOthersCouldReachIsNotOpened(t *testing.T) {
	_, err := Open("0.0.0.0:0", ignore)
	require.ErrorContains(t, err, "is no loopback address")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, err = Open(taken.Addr().String(), ignore)
	require.ErrorContains(t, err, "start the mailbox: ")
}

func TestAClosedMailboxTakesNothing(t *testing.T) {
	m, err := Open("127.0.0.1:0", ignore)
	require.NoError(t, err)
	require.NoError(t, m.Close())
	for _, address := range []string{m.SMTPAddress(), strings.TrimPrefix(m.URL(), "http://")} {
		_, err := net.Dial("tcp", address)
		require.Error(t, err)
	}
}

// A connection that is kept open and says nothing stops neither others nor the end.
func TestASilentConnectionHoldsNobodyUp(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		silent, err := net.Dial("tcp", w.SMTPAddress())
		require.NoError(t, err)
		defer silent.Close()
	}
	require.Equal(t, "hello", w.sends("Subject: hello\n\nx").Subject)
}
