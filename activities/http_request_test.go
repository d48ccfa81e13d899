package activities

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestTheDefaultBodyIsTheReport(t *testing.T) {
	d := newDesk(t, status(204))
	s := send(t, `{"method":"POST","url":"%s/hook?x=1"}`, d.URL)
	outcome, told := s.gives()
	assert.Equal(t, "succeeded", outcome)
	assert.Equal(t, "Attempt 1: "+strings.TrimPrefix(d.URL, "http://")+" answered 204.", told)
	require.Len(t, d.requests(), 1)
	got := d.requests()[0]
	assert.Equal(t, `{"experience_id":"issue-1","step":2,"issue_code":"100","provider":"sn","ci":"ci-1","user":"user-1","input_parameters":{"process_id":"10644"}}`, got.body)
	assert.Equal(t, "/hook?x=1", got.RequestURI)
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, "proactive", got.Header.Get("User-Agent"))
}

func TestAReportWithoutParametersIsSentWithNone(t *testing.T) {
	d := newDesk(t, status(200))
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.rows.action.InputParameters = nil
	s.gives()
	assert.Contains(t, d.requests()[0].body, `"input_parameters":{}`)
}

func TestABodyOfItsOwnHoldsInputsAndSecretsInTheirPlaces(t *testing.T) {
	d := newDesk(t, status(200))
	s := send(t, `{"method":"PUT","url":"%s","headers":{"Authorization":{"$secret":"TOKEN"},"X-Team":"desk"},
		"body":{"pid":{"$input":"process_id"},"gone":{"$input":"missing"},"big":12345678901234567890,"key":{"$secret":"KEY"},"text":"{{process_id}} $input"},
		"input":{"process_id":{"a":["\"<1>",2.50]}}}`, d.URL)
	s.secrets["TOKEN"], s.secrets["KEY"] = " Bearer s3cret\n", "k3y"
	outcome, told := s.gives()
	assert.Equal(t, "succeeded", outcome)
	got := d.requests()[0]
	assert.JSONEq(t, `{"pid":{"a":["\"<1>",2.50]},"gone":null,"big":12345678901234567890,"key":"k3y","text":"{{process_id}} $input"}`, got.body)
	assert.Contains(t, got.body, "12345678901234567890")
	assert.Equal(t, "Bearer s3cret", got.Header.Get("Authorization"))
	assert.Equal(t, "desk", got.Header.Get("X-Team"))
	assert.NotContains(t, told, "s3cret")
}

func TestAGetHasNoBodyUnlessItIsGivenOne(t *testing.T) {
	d := newDesk(t, status(200))
	send(t, `{"method":"GET","url":"%s"}`, d.URL).gives()
	send(t, `{"method":"GET","url":"%s","body":{"a":1}}`, d.URL).gives()
	assert.Equal(t, "", d.requests()[0].body)
	assert.Equal(t, "", d.requests()[0].Header.Get("Content-Type"))
	assert.Equal(t, `{"a":1}`, d.requests()[1].body)
}

func TestWhatCannotBeSentIsNotSentAndSaysWhy(t *testing.T) {
	d := newDesk(t, status(200))
	for name, c := range map[string]struct{ parameters, secret, result, told string }{
		"secret not set":   {`{"method":"POST","url":"%s","headers":{"A":{"$secret":"NONE"}}}`, "", codeNoSecret, "secret NONE is not set"},
		"broken secret":    {`{"method":"POST","url":"%s","headers":{"A":{"$secret":"BROKEN"}}}`, "a\r\nb", codeBadParameters, "header A holds a control character"},
		"wrong method":     {`{"method":"TRACE","url":"%s"}`, "", codeBadParameters, "method"},
		"unknown member":   {`{"method":"POST","url":"%s","proxy":"x"}`, "", codeBadParameters, "proxy"},
		"no web address":   {`{"method":"POST","url":"file:///%s"}`, "", codeBadParameters, "url"},
		"user in the host": {`{"method":"POST","url":"http://a:b@%s"}`, "", codeBadParameters, "url"},
	} {
		t.Run(name, func(t *testing.T) {
			s := send(t, c.parameters, d.URL)
			s.secrets["BROKEN"] = c.secret
			result, err := s.run()
			require.NoError(t, err)
			assert.Equal(t, schema.ActionResult{Status: schema.ActionHasFailed, Message: c.result}, result)
			require.Len(t, s.rows.notes, 1)
			assert.Contains(t, s.rows.notes[0], "Attempt 1: The request was not sent: ")
			assert.Contains(t, s.rows.notes[0], c.told)
			assert.NotContains(t, s.rows.notes[0], "\r")
		})
	}
	assert.Empty(t, d.requests())
}

func TestHowAnAnswerIsJudged(t *testing.T) {
	for _, c := range []struct {
		status   int
		expected string
		outcome  string
		requests int
	}{
		{200, "", "succeeded", 1}, {204, "", "succeeded", 1}, {299, "", "succeeded", 1},
		{400, "", "failed", 1}, {404, "", "failed", 1}, {304, "", "failed", 1},
		{429, "", codeBadStatus, 3}, {500, "", codeBadStatus, 3}, {503, "", codeBadStatus, 3},
		{409, `,"expected_statuses":[200,409]`, "succeeded", 1}, {201, `,"expected_statuses":[200,409]`, "failed", 1},
		{503, `,"expected_statuses":[503]`, "succeeded", 1}, {302, `,"expected_statuses":[302]`, "succeeded", 1},
	} {
		d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.status == 302 {
				w.Header().Set("Location", "http://elsewhere.example.com/")
			}
			w.WriteHeader(c.status)
		})
		s := send(t, `{"method":"POST","url":"%s"`+c.expected+`}`, d.URL)
		s.attempt = 3
		outcome, _ := s.gives()
		assert.Equal(t, c.outcome, outcome, "%d%s", c.status, c.expected)
		assert.Len(t, d.requests(), c.requests, "%d%s", c.status, c.expected)
		assert.Len(t, s.rows.notes, c.requests)
	}
}

func TestAnAttemptThatFailedMaySucceedTheNextTime(t *testing.T) {
	n := 0
	d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(503)
		}
	})
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.attempt = 3
	outcome, told := s.gives()
	assert.Equal(t, "succeeded", outcome)
	assert.Contains(t, told, "Attempt 2: ")
}

func TestAStepThatIsNoLongerWantedSendsNothing(t *testing.T) {
	d := newDesk(t, status(200))
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.rows.action.Wanted, s.attempt = false, 3
	outcome, _ := s.gives()
	assert.Equal(t, codeNotWanted, outcome)
	assert.Empty(t, d.requests())
	assert.Empty(t, s.rows.notes)
}

func TestWhenPostgresIsAwayNothingIsSent(t *testing.T) {
	d := newDesk(t, status(200))
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.rows.readErr = schema.ErrUnavailable
	outcome, _ := s.gives()
	assert.Equal(t, Unavailable, outcome)
	assert.Empty(t, d.requests())
}

func TestARequestIsNotRepeatedBecauseItCouldNotBeNoted(t *testing.T) {
	d := newDesk(t, status(200))
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.rows.noteErr, s.attempt = schema.ErrUnavailable, 3
	outcome, _ := s.gives()
	assert.Equal(t, "succeeded", outcome)
	assert.Len(t, d.requests(), 1)
}

// kept is the answer as it was kept.
func kept(t *testing.T, output []byte) (k struct {
	Status  int
	Content string `json:"content_type"`
	Body    string
	CutOff  bool `json:"cut_off"`
}) {
	t.Helper()
	require.LessOrEqual(t, len(output), maxOutput, "what is larger is not kept")
	require.NoError(t, json.Unmarshal(output, &k))
	return k
}

func TestTheAnswerIsKeptAsItIs(t *testing.T) {
	d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(404)
		io.WriteString(w, "<b>no\x00\xff</b>")
	})
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	result, err := s.run()
	require.NoError(t, err)
	assert.Equal(t, schema.ActionResult{Status: schema.ActionHasFailed, Message: "The answer was 404."}, result, "no output passes through Temporal")
	k := kept(t, s.rows.output)
	assert.Equal(t, "<b>no\uFFFD\uFFFD</b>", k.Body)
	assert.Equal(t, 404, k.Status)
	assert.Equal(t, "text/html", k.Content)
	assert.False(t, k.CutOff)
}

func TestALongAnswerIsCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		cut  bool
		told bool
		min  int
	}{
		"well below":         {strings.Repeat("a", 60<<10), false, false, 60 << 10},
		"exactly 64 KiB":     {strings.Repeat("a", 64<<10), true, false, 63 << 10},
		"a byte more":        {strings.Repeat("a", 64<<10+1), true, true, 63 << 10},
		"nothing but quotes": {strings.Repeat(`"`, 64<<10), true, false, 20 << 10},
		"control characters": {strings.Repeat("\x01", 64<<10), true, false, 9 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, c.text) })
			s := send(t, `{"method":"GET","url":"%s"}`, d.URL)
			outcome, told := s.gives()
			assert.Equal(t, "succeeded", outcome)
			assert.Equal(t, c.told, strings.Contains(told, "cut off at 64 KiB"))
			k := kept(t, s.rows.output)
			assert.Equal(t, c.cut, k.CutOff)
			assert.GreaterOrEqual(t, len(k.Body), c.min)
			assert.True(t, strings.HasPrefix(c.text, k.Body))
		})
	}
}

func TestAnEndlessAnswerIsNotReadToItsEnd(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 16 {
		z.Write(zeros)
	}
	z.Close()
	written := 0
	for name, answer := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				n, err := w.Write(zeros)
				if written += n; err != nil {
					return
				}
			}
		},
		"gzip": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, answer)
			outcome, told := send(t, `{"method":"GET","url":"%s"}`, d.URL).gives()
			assert.Equal(t, "succeeded", outcome)
			assert.Contains(t, told, "cut off at 64 KiB")
			d.Close() // waits for the handler
			assert.Less(t, written, 64<<20, "what the sockets held, and no more")
		})
	}
}

func TestHeadersWithoutEndAreNoAnswer(t *testing.T) {
	d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 80 {
			w.Header().Add("X-Long", strings.Repeat("a", 1<<10))
		}
	})
	outcome, _ := send(t, `{"method":"GET","url":"%s"}`, d.URL).gives()
	assert.Equal(t, NoAnswer, outcome)
}

func TestRetryAfterIsReadInBothItsForms(t *testing.T) {
	for header, want := range map[string]time.Duration{"": 0, "soon": 0, "-1": 0, "7": 7 * time.Second, "9999999": time.Hour,
		"Thu, 01 Jan 1970 00:00:00 GMT": 0, "Fri, 31 Dec 9999 23:59:59 GMT": time.Hour} {
		require.Equal(t, want, retryAfter(header), header)
	}
	in := retryAfter(time.Now().Add(30 * time.Minute).UTC().Format(http.TimeFormat))
	require.True(t, in > 29*time.Minute && in <= 30*time.Minute, in)
}
