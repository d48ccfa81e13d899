package mailbox

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzReadMail: whatever comes in as a mail is shown as text: its headers are lines, its links lead to the web, and it does not grow.
func FuzzReadMail(f *testing.F) {
	for _, seed := range []string{
		"From: \"Service Desk\" <desk@example.com>\r\nTo: abel@example.com\r\nSubject: =?utf-8?q?May_we_help=3F?=\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
			"Answer here: http://127.0.0.1:8080/help/t=\r\noken\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			"PGEgaHJlZj0iaHR0cDovLzEyNy4wLjAuMTo4MDgwL2hlbHAvdG9rZW4iPkFuc3dlcjwvYT4=\r\n--b--\r\n",
		"Subject: =?utf-8?b?G1szMW1yZWQbWzBt?=\nFrom: =?utf-8?q?one=0D=0Atwo?= <a@b>\n\nx",
		"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a\n\n--a\n",
		"Content-Type: text/html\n\n<a href=' javascript:x'><a href=http://x/><a href=\"https://y\">", "no mail", "", "\xff\n\n\xff",
	} {
		f.Add([]byte(seed), "desk@example.com", "abel@example.com")
	}
	f.Fuzz(func(t *testing.T, raw []byte, from, to string) {
		m := readMail(raw, from, []string{to})
		for _, header := range []string{m.From, m.To[0], m.Subject} {
			if utf8.RuneCountInString(header) > longestLine || strings.ContainsFunc(header, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("no line: %q", header)
			}
		}
		if m.Subject == "" || !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) || len(m.Text)+len(m.HTML) > 6*len(raw) {
			t.Fatalf("%q becomes %+v", raw, m)
		}
		if len(m.Links) > mostLinks {
			t.Fatalf("%d links", len(m.Links))
		}
		for _, link := range m.Links {
			if !isWeb(link) {
				t.Fatalf("leads to %q", link)
			}
		}
	})
}
