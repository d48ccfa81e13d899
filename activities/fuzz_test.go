package activities

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"proactive/registry"
	"proactive/schema"
)

// says is a connection to a server that says what it has to say, whatever it hears, and hangs up. Servers of mail speak first; the
// answer of one that does not comes after a request has begun, as the client takes no other.
func says(text []byte, speaksFirst bool) net.Conn {
	ours, theirs := net.Pipe()
	ours.SetDeadline(time.Now().Add(5 * time.Second))
	go func() {
		if !speaksFirst {
			theirs.Read(make([]byte, 4<<10)) //nolint:errcheck // it ends with the connection
		}
		go io.Copy(io.Discard, theirs) //nolint:errcheck // until it is closed
		theirs.Write(text)             //nolint:errcheck // we may hang up first
		theirs.Close()
	}()
	return ours
}

// FuzzHTTPAnswer: whatever a host answers to http_request or to a webhook, it is judged in our own words, no more of it is kept than
// there is room for, and no other host is called.
func FuzzHTTPAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"heard\": true}", "HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 307 x\r\nLocation: /again\r\n\r\n",
		"HTTP/1.1 303 x\r\nLocation: //other.example.com\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00", "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
		"HTTP/1.1 303 x\r\nLocation: //" + strings.Repeat("a", 5000) + "\r\n\r\n", "HTTP/1.1 429\r\n\r\n\x00\xff\"\\", "HTTP/0.9", "SSH-2.0-x\r\n", "",
	} {
		f.Add([]byte(seed))
	}
	allow, err := ParseAllowList("desk.example.com")
	if err != nil {
		f.Fatal(err)
	}
	codes := []string{"", NoAnswer, NoAnswerInTime, codeNotAllowed, codeNotReached, codeBadStatus}
	f.Fuzz(func(t *testing.T, answer []byte) {
		h := NewHTTPRequest(nil, allow, NewHosts(1))
		h.transport = checked{allow, &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10, DialContext: func(_ context.Context, _, to string) (net.Conn, error) {
			if host, _, _ := net.SplitHostPort(to); canonical(host) != "desk.example.com" {
				t.Fatalf("calls %s", to)
			}
			return says(answer, false), nil
		}}}
		for _, method := range []string{"GET", "POST"} {
			a := h.attempt(t.Context(), schema.ActionInput{ExperienceID: "issue-1", Step: 1},
				schema.RunningAction{Parameters: json.RawMessage(`{"method":"` + method + `","url":"http://desk.example.com/hook"}`)})
			if !slices.Contains(codes, a.code) || (a.code == "") != (a.status/100 == 2) {
				t.Fatalf("%q: %+v", answer, a)
			}
			checkKept(t, a)
		}
		request, _ := http.NewRequest(http.MethodPost, "http://desk.example.com/hook", http.NoBody)
		taken, failed := call{signed{client: &http.Client{Transport: h.transport, CheckRedirect: stay}, request: request}}.send(t.Context())
		if (taken == "") == (failed == nil) || failed != nil && !slices.Contains(codes[1:], failed.code) {
			t.Fatalf("%q: %q, %+v", answer, taken, failed)
		}
		if held, _ := h.hosts.Count(); held != 0 {
			t.Fatalf("%d places are kept", held)
		}
	})
}

// checkKept looks at all that leaves an attempt.
func checkKept(t *testing.T, a attempt) {
	output := a.output()
	if len(output) > maxOutput || !json.Valid(output) || !schema.StorableJSON(output) || !utf8.Valid(output) {
		t.Fatalf("cannot be kept: %q", output)
	}
	if sentence := a.sentence(1); len(sentence) > 500 || !utf8.ValidString(sentence) || strings.ContainsFunc(sentence, func(r rune) bool { return r < ' ' }) {
		t.Fatalf("no sentence: %q", sentence)
	}
	if result, err := a.result(); err == nil && result.Message == "" || err != nil && err.Error() == "" {
		t.Fatalf("%+v, %v", result, err)
	}
}

var ofMailServer = regexp.MustCompile(`^localhost (answered -?\d+ to the [\w-]+|broke off at the [\w-]+|did not answer in time to the [\w-]+|offers no login with a password that is known here)\.$`)

// FuzzMailServer: whatever a mail server says, a mail counts as taken only when the server said so, and of its words none is repeated.
func FuzzMailServer(f *testing.F) {
	const opening = "220 post.example.com\r\n250-post.example.com\r\n250-SMTPUTF8\r\n250 AUTH LOGIN PLAIN\r\n"
	for _, seed := range []string{
		opening + "235 welcome\r\n250 yes\r\n250 yes\r\n354 go on\r\n250 taken\r\n", opening + "334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 yes\r\n250 a\r\n250 b\r\n354 c\r\n451 later\r\n",
		opening + "535 fred.luddy@example.com\r\n", opening + "235 yes\r\n550 no\r\n", "220-a\r\n220-b\r\n220 c\r\n500 what\r\n250 HELO\r\n", "554 go away\r\n", "220\r\n", "999 \r\n", "",
		"220 x\r\n250 AUTH SCRAM-SHA-256\r\n334 cj1hLHM9YSxpPTE=\r\n", "220 x\r\n250 AUTH CRAM-MD5\r\n334 !\r\n",
	} {
		f.Add([]byte(seed))
	}
	config := schema.EmailConfig{Host: "localhost", Port: 25, TLS: schema.TLSNone, Username: "it"}
	f.Fuzz(func(t *testing.T, answers []byte) {
		s := &mailServer{host: "localhost", stop: func() bool { return true }, leave: func() {}}
		connection := &sparing{Conn: says(answers, true), left: maxSaid}
		defer connection.Close()
		taken, failed := "", s.begin(connection, config, "s3cret", nil)
		if failed == nil {
			taken, failed = s.take("<it@example.com>", "<fred.luddy@example.com>", []byte("Subject: x\r\n\r\nx\r\n"))
		}
		switch {
		case failed == nil && (taken != "localhost has taken it." || !strings.Contains(string(answers), "354") || !strings.Contains(string(answers), "25")):
			t.Fatalf("%q: %q", answers, taken)
		case failed != nil && (taken != "" || !ofMailServer.MatchString(failed.sentence)):
			t.Fatalf("%q: %+v", answers, failed)
		case failed != nil && failed.final && !strings.Contains(failed.sentence, "answered 5") && failed.code != codeBadChannel:
			t.Fatalf("%q is given up: %+v", answers, failed)
		}
	})
}

// FuzzAllowList: a list that is read lets its own hosts through, however it is written, and nothing that it does not name.
func FuzzAllowList(f *testing.F) {
	for _, list := range []string{"desk.example.com", "desk.example.com:8443, 10.1.0.0/16", "[::1]:80,::1", "localhost,127.0.0.1:1", "http://x", "a:0", "*", "10.0.0.0/33", "a..b.", ",,", "[fe80::1%25eth0]", "xn--a"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseAllowList(text)
		if err != nil {
			if !strings.Contains(err.Error(), `"`) || !strings.Contains(err.Error(), " ") {
				t.Fatalf("no sentence: %v", err)
			}
			return
		}
		again, err := ParseAllowList(strings.ToUpper(" " + strings.ReplaceAll(text, ",", " , ")))
		if utf8.ValidString(text) && (err != nil || len(again.hosts) != len(list.hosts) || len(again.networks) != len(list.networks)) {
			t.Fatalf("%q in capitals is %+v: %v", text, again, err)
		}
		for _, host := range list.hosts {
			port := host.port
			if port == "" {
				port = "443"
			}
			if err := list.checkHost(host.name, port, ""); err != nil {
				t.Fatalf("%q does not let %q through", text, host.name)
			}
		}
		for _, stranger := range []string{"http://not.on.the.list.example/", "http://169.254.169.254/"} {
			u, _ := url.Parse(stranger)
			if list.checkURL(u) == nil && !strings.Contains(strings.ToLower(text), u.Hostname()) && len(list.networks) == 0 && !strings.Contains(text, ":") {
				t.Fatalf("%q lets %s through", text, stranger)
			}
		}
		if len(list.networks) == 0 && !strings.ContainsAny(text, "169:") && list.checkAddress("tcp", "169.254.169.254:80", nil) == nil {
			t.Fatalf("%q lets us dial the cloud's metadata", text)
		}
	})
}

// FuzzReportedInputs: whatever a report brings, the request goes where the resolution says, with its headers, and the report names no
// secret that is then sent.
func FuzzReportedInputs(f *testing.F) {
	for _, seed := range []string{`{"process_id":"10644"}`, `{"process_id":{"$secret":"OTHER"}}`, `{"process_id":{"a":[{"$input":"process_id"}]}}`, `{"url":"http://x","headers":{"A":"b"},"input":{}}`,
		`{"process_id":1e999}`, `{"process_id":"\r\nHost: x"}`, `null`, `{"process_id":null,"process_id":2}`} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	static := json.RawMessage(`{"method":"POST","url":"https://desk.example.com/hook","headers":{"Authorization":{"$secret":"TOKEN"}},"body":{"pid":{"$input":"process_id"},"key":{"$secret":"TOKEN"}}}`)
	desk, err := ParseSecretHosts("TOKEN=desk.example.com")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, reported []byte, isText bool) {
		merged, _, err := registry.MergeHTTPRequest(static, []string{"process_id", "url", "headers", "body"}, reported, isText, nil)
		if err != nil {
			return
		}
		var p requestParameters
		if err := p.read(merged); err != nil {
			t.Fatalf("%q makes what Begin lets through and we do not: %v", reported, err)
		}
		request, err := p.request(t.Context(), schema.ActionInput{}, schema.RunningAction{}, secrets{hosts: desk, find: func(name string) (string, error) {
			if name != "TOKEN" {
				t.Fatalf("%q names the secret %s", reported, name)
			}
			return "s3cret", nil
		}})
		if err != nil {
			t.Fatalf("%q cannot be sent: %v", reported, err)
		}
		body, _ := io.ReadAll(request.Body)
		var sent struct{ Key string }
		if request.URL.String() != "https://desk.example.com/hook" || len(request.Header) != 3 || json.Unmarshal(body, &sent) != nil || sent.Key != "s3cret" {
			t.Fatalf("%q sends %s to %s with %v", reported, body, request.URL, request.Header)
		}
	})
}
