package agent

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// answering is a server that always says the same.
type answering struct {
	status     int
	retryAfter string
	body       string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.status == http.StatusNoContent {
		a.body = "" // net/http reads none
	}
	return &http.Response{StatusCode: a.status, Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
		Header: http.Header{"Retry-After": {a.retryAfter}, "Location": {a.body}}}, nil
}

// FuzzServersAnswer: whatever answers in the server's place, the agent is given a job whose id can name a file, or an error, and never
// comes again at once or not at all.
func FuzzServersAnswer(f *testing.F) {
	f.Add(200, "", `{"id":"0123456789abcdef0123456789abcdef","experience_id":"exp-1","step":1,"attempt":1,"action":"end_process","parameters":{"process_id":"10644"},`+
		`"idempotent":true,"reported_at":"2026-11-23T09:00:00Z","expires_at":"2026-11-23T09:00:00Z","timeout_seconds":300,"lease_until":"2026-11-23T09:00:00Z"}`)
	f.Add(200, "", `{"id":"../../etc/passwd"}`)
	f.Add(204, "", "")
	f.Add(503, "5", "<html>")
	f.Add(429, "99999999999999999999", "")
	f.Add(302, "-1", "http://elsewhere.example.com/")
	f.Add(410, "Wed, 21 Oct 2026 07:28:00 GMT", "{}")
	f.Fuzz(func(t *testing.T, status int, retryAfter, body string) {
		if status < 200 || status > 999 {
			return // net/http does not give others
		}
		c, err := newClient(Config{Server: "http://127.0.0.1", HTTP: &http.Client{Transport: answering{status, retryAfter, body}},
			Token: func() (string, error) { return "t", nil }})
		if err != nil {
			t.Fatal(err)
		}
		job, err := c.next(t.Context(), []string{"end_process"})
		if job != nil && (err != nil || status != http.StatusOK || len(job.ID) != 32 || filepath.Base(job.ID) != job.ID) {
			t.Fatalf("%d gives %+v and %v", status, job, err)
		}
		if status/100 != 3 && status != http.StatusOK && status != http.StatusNoContent && !isStatus(err, status) || status/100 == 3 && err == nil {
			t.Fatalf("%d gives %v", status, err)
		}
		again := retry{first: time.Second, most: time.Minute, now: time.Second}
		if pause := again.next(err); pause < time.Second/2 || pause > mostAsked+time.Second {
			t.Fatalf("after %d with %q the agent comes again in %s", status, retryAfter, pause)
		}
	})
}

// FuzzParameters: whatever a job brings, an action gets one process, or one plain message, or says why not without repeating it.
func FuzzParameters(f *testing.F) {
	for _, seed := range []string{`{"process_id":"10644"}`, `{"process_id":10644,"executable":"/usr/bin/x","started_at":"2026-11-23T09:00:00Z"}`,
		`{"process_id":"-1"}`, `{"process_id":1e9}`, `{"process_id":"\"1\""}`, `{"title":"Help","text":"Shall we?","link":"https://help.example.com/help/t"}`,
		`{"title":"\u001b[31m","text":"\u202e","link":"javascript:x"}`, `{"title":"x","link":"http://a\u0000b"}`, `null`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, parameters []byte) {
		wanted, complaint := readProcessParameters(parameters)
		if complaint == "" && (wanted.ID <= 0 || !strings.Contains(string(parameters), strconv.Itoa(wanted.ID))) {
			t.Fatalf("%q means %+v", parameters, wanted)
		}
		m, complained := readMessage(parameters)
		if complained != "" {
			return
		}
		if m.Title == "" || strings.Contains(m.Title, "\n") || utf8.RuneCountInString(m.Title) > longestTitle || utf8.RuneCountInString(m.Text) > longestText || len(m.Link) > longestLink {
			t.Fatalf("%q shows %+v", parameters, m)
		}
		if strings.ContainsFunc(m.Title+m.Text+m.Link, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Fatalf("%q shows %+q", parameters, m)
		}
		if m.Link != "" && !strings.HasPrefix(strings.ToLower(m.Link), "http") {
			t.Fatalf("leads to %q", m.Link)
		}
	})
}

// FuzzPolicy: what is read as a policy names whole files, and is the same when it is written and read again.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{"actions:\n  end_process:\n    grace: 7s\n    processes:\n      - {executable: /usr/bin/stuck-app, pid: 12, user: abel}\n  show_message: {}\n",
		"actions: {end_process: {}}", "actions: {}\n---\n", "actions: {end_process: {processes: [{executable: /usr/../x}]}}", "&a [*a]", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := readText(t, text)
		if err != nil {
			return
		}
		if end := policy.Actions.EndProcess; end != nil {
			if end.Grace <= 0 || end.Grace > mostGrace {
				t.Fatalf("%q gives %s", text, end.Grace)
			}
			for _, rule := range end.Processes {
				if !filepath.IsAbs(rule.Executable) {
					t.Fatalf("%q allows %+v", text, rule)
				}
			}
			if len(end.Processes) == 0 {
				end.Processes = nil
			}
		}
		path := filepath.Join(t.TempDir(), "again.yaml")
		if err := errors.Join(WritePolicy(path, policy)); err != nil {
			t.Fatalf("%q cannot be written: %v", text, err)
		}
		again, err := ReadPolicy(path)
		if again.Actions.EndProcess != nil && len(again.Actions.EndProcess.Processes) == 0 {
			again.Actions.EndProcess.Processes = nil
		}
		if err != nil || !reflect.DeepEqual(policy, again) {
			t.Fatalf("%q is read as %+v, and written and read as %+v: %v", text, policy, again, err)
		}
	})
}
