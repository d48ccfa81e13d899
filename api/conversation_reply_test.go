package api_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// formOf is a form as it is.
func formOf(path, body string) *request {
	return post(body).to(path).nobody().with("Content-Type", "application/x-www-form-urlencoded")
}

// filled is a form of the page at path, with its csrf: HMAC-SHA256 with the token for a key.
func filled(path string, fields ...string) *request {
	mac := hmac.New(sha256.New, []byte(strings.TrimPrefix(path, schema.ConversationPath)))
	mac.Write([]byte("csrf"))
	form := url.Values{"csrf": {base64.RawURLEncoding.EncodeToString(mac.Sum(nil))}}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return formOf(path, form.Encode())
}

// The fields of the forms are the fields of a reply, as a browser without a script sends them.
func TestAFormIsAReply(t *testing.T) {
	var said []schema.Reply
	f := asking(t)
	f.reply = func(_ context.Context, reply schema.Reply) (schema.View, error) {
		said = append(said, reply)
		return asked(), nil
	}
	for _, row := range []struct {
		fields []string
		want   schema.Reply
	}{
		{[]string{"reply", "accept"}, schema.Reply{Kind: schema.ReplyAccept}},
		{[]string{"reply", "not_now", "later", "tomorrow"}, schema.Reply{Kind: schema.ReplyNotNow, Later: schema.Tomorrow}},
		{[]string{"reply", "not_now", "later", "30m"}, schema.Reply{Kind: schema.ReplyNotNow, Later: schema.InHalfAnHour}},
		{[]string{"reply", "accept", "step", "2"}, schema.Reply{Kind: schema.ReplyAccept, Step: 2}},
		{[]string{"reply", "decline"}, schema.Reply{Kind: schema.ReplyDecline}},
		{[]string{"reply", "not_mine"}, schema.Reply{Kind: schema.ReplyNotMine}},
		{[]string{"reply", "consent"}, schema.Reply{Kind: schema.ReplyConsent}},
		{[]string{"reply", "consent", "code", " 12 34 "}, schema.Reply{Kind: schema.ReplyConsent, Code: " 12 34 "}},
		{[]string{"reply", "refuse"}, schema.Reply{Kind: schema.ReplyRefuse}},
		{[]string{"reply", "helped"}, schema.Reply{Kind: schema.ReplyHelped}},
		{[]string{"reply", "not_helped", "comment", "Still\r\nslow."}, schema.Reply{Kind: schema.ReplyNotHelped, Comment: "Still\nslow."}},
		{[]string{"reply", "not_helped", "comment", ""}, schema.Reply{Kind: schema.ReplyNotHelped}},
		{[]string{"reply", "feedback", "rating", "5", "comment", "Größe & <b>\x00\xff"}, schema.Reply{Kind: schema.ReplyFeedback, Rating: 5, Comment: "Größe & <b>\uFFFD\uFFFD"}},
		{[]string{"reply", "feedback", "rating", "", "comment", ""}, schema.Reply{Kind: schema.ReplyFeedback}},
		{[]string{"reply", "feedback", "rating", "6"}, schema.Reply{Kind: schema.ReplyFeedback, Rating: 6}}, // is judged with the rest
	} {
		said = nil
		got := filled(helpPage, row.fields...).with("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8").send(t, pages(f))
		require.Equal(t, http.StatusSeeOther, got.Code, row.fields)
		require.Equal(t, []schema.Reply{row.want}, said)
		require.Equal(t, helpPage, got.Header().Get("Location"), "so that loading the page again repeats nothing")
		require.Empty(t, got.Body.String())
	}
}

// The longest comment fits, in any script.
func TestTheLongestCommentFits(t *testing.T) {
	comment, got := strings.Repeat("\U0001F600", schema.MaxComment), ""
	f := asking(t)
	f.reply = func(_ context.Context, reply schema.Reply) (schema.View, error) {
		got = reply.Comment
		return asked(), nil
	}
	require.Equal(t, http.StatusSeeOther, filled(helpPage, "reply", "feedback", "rating", "1", "comment", comment).send(t, pages(f)).Code)
	require.Equal(t, comment, got)
}

// What is no reply decides nothing, and the person sees how it stands and a sentence about it.
func TestAFormThatSaysNothing(t *testing.T) {
	f := asking(t) // a reply fails the test
	handler := pages(f)
	calm := get(helpPage).nobody().send(t, handler).Body.String()
	proof := proofOf(t, handler)
	for name, row := range map[string]struct {
		request *request
		status  int
	}{
		"no reply":         {filled(helpPage), http.StatusUnprocessableEntity},
		"unknown":          {filled(helpPage, "reply", "ACCEPT"), http.StatusUnprocessableEntity},
		"twice":            {filled(helpPage, "reply", "accept", "reply", "decline"), http.StatusUnprocessableEntity},
		"rating":           {filled(helpPage, "reply", "feedback", "rating", "five"), http.StatusUnprocessableEntity},
		"half a star":      {filled(helpPage, "reply", "feedback", "rating", "4.5"), http.StatusUnprocessableEntity},
		"bad escape":       {formOf(helpPage, "csrf="+proof+"&reply=accept&comment=%zz"), http.StatusUnprocessableEntity},
		"no csrf":          {formOf(helpPage, "reply=accept"), http.StatusForbidden},
		"empty csrf":       {formOf(helpPage, "csrf=&reply=accept"), http.StatusForbidden},
		"another csrf":     {formOf(helpPage, "csrf="+proof[1:]+"A&reply=accept"), http.StatusForbidden},
		"the token itself": {formOf(helpPage, "csrf="+aToken+"&reply=accept"), http.StatusForbidden},
		"in the query":     {formOf(helpPage+"?reply=accept&csrf="+proof, ""), http.StatusForbidden},
		"half a query":     {formOf(helpPage+"?reply=accept", "csrf="+proof), http.StatusUnprocessableEntity},
		"JSON":             {formOf(helpPage, `{"reply":"accept"}`).with("Content-Type", "application/json"), http.StatusUnsupportedMediaType},
		"text":             {filled(helpPage, "reply", "accept").with("Content-Type", "text/plain"), http.StatusUnsupportedMediaType},
		"no type":          {filled(helpPage, "reply", "accept").without("Content-Type"), http.StatusUnsupportedMediaType},
		"parts":            {filled(helpPage, "reply", "accept").with("Content-Type", "multipart/form-data; boundary=x"), http.StatusUnsupportedMediaType},
		"compressed":       {filled(helpPage, "reply", "accept").with("Content-Encoding", "gzip"), http.StatusUnsupportedMediaType},
		"too large":        {filled(helpPage, "reply", "accept", "comment", strings.Repeat("x", 16<<10)), http.StatusBadRequest},
	} {
		f.lookups.Store(0)
		got := row.request.send(t, handler)
		require.Equal(t, row.status, got.Code, name)
		require.Contains(t, got.Body.String(), "A program uses all of the processor.", name)
		require.NotEqual(t, calm, got.Body.String(), "%s: nothing tells the person", name)
		require.EqualValues(t, 1, f.lookups.Load(), name)
	}
}

// A form that a browser sends from another site is refused like one with a wrong csrf.
func TestAFormFromAnotherSite(t *testing.T) {
	replies := 0
	f := asking(t)
	f.reply = func(context.Context, schema.Reply) (schema.View, error) { replies++; return asked(), nil }
	handler := api.New(api.Config{PublicURL: "https://Help.example.com/"}, nil, api.With{Conversations: f}).Handler()
	for _, row := range []struct {
		site, origin string
		ours         bool
	}{
		{"", "", true},                                    // no browser of today
		{"same-origin", "null", true},                     // ours: the page asks for no referrer
		{"", "null", true},                                // ours, in an old browser; the csrf decides
		{"", "http://example.com", true},                  // httptest's host
		{"", "https://example.com", true},                 // behind a proxy that ends TLS
		{"same-origin", "https://help.example.com", true}, // behind a proxy that changes Host
		{"cross-site", "null", false},
		{"same-site", "", false},
		{"none", "", false},
		{"same-origin", "https://evil.example", false},
		{"", "https://evil.example", false},
		{"", "http://example.com.evil.example", false},
		{"", "http://example.com:8443", false},
		{"", "http://help.example.com", false},
		{"", "%zz", false},
	} {
		replies = 0
		r := filled(helpPage, "reply", "accept")
		for name, value := range map[string]string{"Sec-Fetch-Site": row.site, "Origin": row.origin} {
			if value != "" {
				r.with(name, value)
			}
		}
		got := r.send(t, handler)
		if row.ours {
			require.Equal(t, http.StatusSeeOther, got.Code, row)
			require.Equal(t, 1, replies)
		} else {
			require.Equal(t, http.StatusForbidden, got.Code, row)
			require.Contains(t, got.Body.String(), "A program uses all of the processor.")
			require.Zero(t, replies, row)
		}
	}
}

// "Late or repeated clicks get a friendly page that tells how it stands": as it stands after the reply.
func TestARefusedReplyShowsHowItStands(t *testing.T) {
	for why, status := range map[schema.ReplyRefusal]int{schema.ReplyTooLate: http.StatusConflict, schema.ReplyNotAsked: http.StatusConflict,
		schema.ReplyWrongCode: http.StatusUnprocessableEntity, schema.ReplyUnclear: http.StatusUnprocessableEntity} {
		f := asking(t)
		f.reply = func(context.Context, schema.Reply) (schema.View, error) {
			after := asked()
			after.Found, after.Conversation.State = "Afterwards.", schema.ConversationConsent
			return after, why
		}
		got := filled(helpPage, "reply", "consent", "code", "000000").send(t, pages(f))
		require.Equal(t, status, got.Code, why)
		require.Equal(t, "text/html;charset=UTF-8", got.Header().Get("Content-Type"))
		require.Contains(t, got.Body.String(), "Afterwards.")
		require.Contains(t, got.Body.String(), `class="notice"`, why)
		require.EqualValues(t, 1, f.lookups.Load())
	}
}

// "Two tabs clicking accept and decline at once: one wins, both pages tell the same."
func TestOfTwoRepliesAtOnceOneWins(t *testing.T) {
	var mu sync.Mutex
	var both sync.WaitGroup
	both.Add(2)
	said := []schema.ReplyKind{}
	f := asking(t)
	f.reply = func(_ context.Context, reply schema.Reply) (schema.View, error) {
		both.Done()
		both.Wait() // both are here before either is answered
		mu.Lock()
		defer mu.Unlock()
		if said = append(said, reply.Kind); len(said) > 1 {
			return asked(), schema.ReplyNotAsked
		}
		return asked(), nil
	}
	handler := pages(f)
	codes := make(chan int, 2)
	for _, kind := range []string{"accept", "decline"} {
		go func() { codes <- filled(helpPage, "reply", kind).send(t, handler).Code }()
	}
	require.ElementsMatch(t, []int{http.StatusSeeOther, http.StatusConflict}, []int{<-codes, <-codes})
	require.ElementsMatch(t, []schema.ReplyKind{schema.ReplyAccept, schema.ReplyDecline}, said)
}

// A click counts also when the person closes the page at once.
func TestAReplyGoesOnWhenThePersonHasGone(t *testing.T) {
	f := asking(t)
	f.reply = func(ctx context.Context, _ schema.Reply) (schema.View, error) {
		_, bounded := ctx.Deadline()
		require.True(t, bounded)
		return asked(), ctx.Err()
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	r := filled(helpPage, "reply", "accept")
	require.Equal(t, http.StatusSeeOther, sendWith(gone, r, pages(f)).Code)
}
