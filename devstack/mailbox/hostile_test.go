package mailbox

import (
	"fmt"
	"net/http"
	"net/smtp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatAMailSaysStaysText(t *testing.T) {
	w := newWorld(t)
	mail := w.sends("From: <script>alert(1)</script>\nSubject: \"><script>alert(2)</script>\nContent-Type: text/plain\n\n</pre><script>alert(3)</script> http://x/\"onmouseover=alert(4)")
	w.Show("<b>laptop", "<script>alert(5)</script>", "<script>alert(6)</script>", `http://x/"><script>alert(7)</script>`)
	list, _ := w.gets("/", http.StatusOK)
	one, _ := w.gets(fmt.Sprintf("/mail/%d", mail.ID), http.StatusOK)
	for _, page := range []string{list, one} {
		require.NotContains(t, page, "<script>")
		require.NotContains(t, page, "<b>laptop")
		require.NotContains(t, page, `"onmouseover`)
	}
	require.Contains(t, list, "alert(2)")
	require.Contains(t, one, "alert(3)")
}

// The HTML of a mail is given as it is, but only with the headers that take its powers away; and only a mail has a frame.
func TestScriptsOfAMailStandOnlyWhereNothingRuns(t *testing.T) {
	w := newWorld(t)
	mail := w.sends("Content-Type: text/html\n\n<script>alert(1)</script><a href=' javascript:alert(2)'>x</a><a href='/mail/1'>y</a><form action=http://x/>")
	frame, headers := w.gets(fmt.Sprintf("/mail/%d/html", mail.ID), http.StatusOK)
	require.Contains(t, frame, "<script>alert(1)")
	policy := headers.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "; sandbox ")
	for _, power := range []string{"allow-scripts", "allow-same-origin", "allow-forms", "script-src"} {
		require.NotContains(t, policy, power)
	}
	page, _ := w.gets(fmt.Sprintf("/mail/%d", mail.ID), http.StatusOK)
	require.NotContains(t, page, "alert(1)")
	require.Empty(t, mail.Links, "neither scripts nor our own pages")
}

func TestHeadersCannotPlayTricks(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ mail, subject, from string }{
		{"Subject: =?utf-8?q?one=0D=0ABcc:_two?=\nFrom: a@b\n\nx", "one  Bcc: two", "a@b"},
		{"Subject: =?utf-8?b?G1szMW1yZWQbWzBt?=\nFrom: a@b\n\nx", "[31mred[0m", "a@b"},               // colours of a terminal
		{"Subject: =?utf-8?b?4oCuZXhl?=\nFrom: a@b\n\nx", "exe", "a@b"},                              // from right to left
		{"Subject: =?unknown?b?AAAA?=\nFrom: =?utf-8?q?=\n\nx", "=?unknown?b?AAAA?=", "=?utf-8?q?="}, // not to be decoded
		{"Subject: x\nFrom: \"Service Desk\" <a@b>\n\nx", "x", "Service Desk <a@b>"},
		{"Subject: x\nFrom: =?utf-8?q?one=0D=0Atwo?= <a@b>\n\nx", "x", "one  two <a@b>"},
		{"Subject: one\nSubject: two\nFrom: a@b\nFrom: c@d\n\nx", "one", "a@b"},
		{"Subject: \xff\xfe\nFrom: a@b\n\nx", "�", "a@b"},
		{"Subject: " + strings.Repeat("long ", 15) + "\n" + strings.Repeat(" folded", 200) + "\nFrom: a@b\n\nx", "", "a@b"},
		{"To: somebody.else@example.com\n\nx", "(no subject)", "desk@example.com"},
	} {
		m := w.sends(c.mail)
		if c.subject != "" {
			require.Equal(t, c.subject, m.Subject)
		}
		require.LessOrEqual(t, len([]rune(m.Subject)), longestLine)
		require.Equal(t, c.from, m.From)
		require.Equal(t, []string{"abel.tuter@example.com"}, m.To)
	}
}

func TestABrokenMailIsShownAsFarAsItCanBeRead(t *testing.T) {
	w := newWorld(t)
	deep := "Content-Type: multipart/mixed; boundary=b0\n\n"
	for i := range 30 {
		deep += fmt.Sprintf("--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	deep += "--b30\nContent-Type: text/plain\n\nat the bottom\n"
	for name, c := range map[string]struct{ mail, text, html string }{
		"no header":           {"just words", "just words", ""},
		"no body":             {"Subject: x\n\n", "", ""},
		"no end":              {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhalf a", "half a", ""},
		"no boundary":         {"Content-Type: multipart/mixed\n\n--b\n", "--b", ""},
		"another boundary":    {"Content-Type: multipart/mixed; boundary=b\n\n--c\nx", "--c\nx", ""},
		"unreadable type":     {"Content-Type: ;;;\n\nx", "x", ""},
		"broken base64":       {"Content-Transfer-Encoding: base64\n\naGVsbG8g!!!!", "hello ", ""},
		"broken quoted signs": {"Content-Transfer-Encoding: quoted-printable\n\ngood=ZZ", "good=ZZ", ""},
		"another charset":     {"Content-Type: text/plain; charset=iso-8859-1\n\nm\xf6chten", "m�chten", ""},
		"an attachment":       {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\nContent-Disposition: attachment\n\n<p>no\n--b\nContent-Type: text/html\n\n<p>yes\n--b--", "", "<p>yes"},
	} {
		m := w.sends(c.mail)
		require.Equal(t, c.text, strings.TrimRight(m.Text, "\n"), name)
		require.Equal(t, c.html, m.HTML, name)
	}
	require.Contains(t, w.sends(deep).Text, "--b0", "what is too deep is shown as it is")
	require.Contains(t, w.sends("Content-Type: multipart/mixed; boundary=b\n\n"+strings.Repeat("--b\nContent-Type: image/png\n\n\n", 5000)+"--b\n\nlate\n--b--").Text, "--b",
		"what stands behind too many parts is not looked for")
}

func TestAMailThatIsTooLargeIsRefused(t *testing.T) {
	w := newWorld(t)
	err := smtp.SendMail(w.SMTPAddress(), nil, "a@b", []string{"c@d"}, []byte("Subject: huge\r\n\r\n"+strings.Repeat(strings.Repeat("x", 100)+"\r\n", largest/100)))
	require.ErrorContains(t, err, "552")
	require.Equal(t, "small", w.sends("Subject: small\n\nx").Subject)
	require.Len(t, w.lists("/mails.json"), 1)
}

func TestNoMoreLinksAreListedThanFit(t *testing.T) {
	w := newWorld(t)
	var many strings.Builder
	for i := range 500 {
		fmt.Fprintf(&many, "<a href=https://example.com/%d>x</a>\n", i)
	}
	require.Len(t, w.sends("Content-Type: text/html\n\n"+many.String()).Links, mostLinks)
}
