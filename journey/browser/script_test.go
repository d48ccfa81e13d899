package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
	"proactive/wording"
)

// conversation serves the page of one conversation, as it stands at the moment, and tells those who listen that it has changed.
type conversation struct {
	t      *testing.T
	server *httptest.Server

	mu      sync.Mutex
	changed *sync.Cond
	view    schema.View
	then    *schema.View // takes its place as soon as that was served once
	number  int          // of changes
	served  int          // pages
	away    int          // how many more times nobody can listen
	heard   []url.Values
	ended   bool
}

func newConversation(t *testing.T, v schema.View) *conversation {
	t.Helper()
	c := &conversation{t: t, view: v}
	c.changed = sync.NewCond(&c.mu)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /help/assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		content, contentType, _ := wording.Asset(path.Base(r.URL.Path))
		w.Header().Set("Content-Type", contentType)
		w.Write(content) //nolint:errcheck // the test sees what is missing
	})
	mux.HandleFunc("GET /help/token", c.show)
	mux.HandleFunc("POST /help/token", c.listen)
	mux.HandleFunc("GET /help/token/events", c.tell)
	c.server = httptest.NewServer(mux)
	t.Cleanup(c.close)
	return c
}

func (c *conversation) close() {
	c.set(func() { c.ended = true })
	c.server.CloseClientConnections()
	c.server.Close()
}

// set changes something and wakes everybody.
func (c *conversation) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	c.number++
	c.changed.Broadcast()
}

// until waits until something about the server is true.
func (c *conversation) until(what string, holds func() bool) {
	c.t.Helper()
	deadline := time.AfterFunc(2*time.Minute, func() { c.set(func() { c.ended = true }) })
	defer deadline.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !holds() {
		require.False(c.t, c.ended, what)
		c.changed.Wait()
	}
}

func (c *conversation) show(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.served++
	c.view.Events = c.number
	c.changed.Broadcast()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	if err := wording.Page(w, c.view, wording.Form{Action: "/help/token", CSRF: "proof"}, time.Now()); err != nil {
		c.t.Error(err)
	}
	if c.then != nil {
		c.view, c.then = *c.then, nil
		c.number++
	}
}

func (c *conversation) listen(w http.ResponseWriter, r *http.Request) {
	r.ParseForm() //nolint:errcheck // the test sees what is missing
	c.set(func() { c.heard = append(c.heard, r.PostForm) })
	http.Redirect(w, r, "/help/token", http.StatusSeeOther)
}

func (c *conversation) tell(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away > 0 {
		c.away--
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	told, err := strconv.Atoi(r.URL.Query().Get("since"))
	if err != nil {
		c.t.Errorf("the page does not say what it shows: %v", err)
	}
	for ; !c.ended && r.Context().Err() == nil; c.changed.Wait() {
		if told != c.number {
			told = c.number
			fmt.Fprintf(w, "event: change\ndata: %d\n\n", told)
		}
		w.(http.Flusher).Flush()
	}
}

// in is a view of a conversation in a state, with a question that stands for an hour.
func in(state schema.ConversationState) schema.View {
	v := registryRows("en")["sensitive"]
	v.State, v.Device, v.ExperienceID = schema.InProgress, "abel-laptop", "7d1c3f0e5b8a4c2d9e6f1a2b3c4d5e6f"
	v.Conversation.State, v.Conversation.Until = state, time.Now().Add(time.Hour)
	return v
}

func TestProgressAndTheNextQuestionArriveByThemselves(t *testing.T) {
	c := newConversation(t, in(schema.ConversationRunning))
	p := New(t).Open(c.server.URL+"/help/token", Look{Width: Phone})
	Value[string](p, `window.same = "yes"`)
	c.set(func() {
		c.view.Progress = []schema.Event{{Number: 1, At: time.Now(), Event: schema.EventJobBegun}}
	})
	p.WaitFor("Your computer is working on it")
	p.Until(`document.getElementById("news").textContent === "Your computer is working on it"`)
	c.set(func() { c.view = in(schema.ConversationConfirm) })
	p.WaitFor("Did it help?")
	p.Until(`document.getElementById("news").textContent === "Did it help?" && document.title.startsWith("Did it help?")`)
	require.Equal(t, "yes", Value[string](p, `window.same`), "the page was not loaded again")
	require.Empty(t, p.Heard())
}

func TestWhatSomebodyIsWritingIsKeptUntilSomethingElseIsAsked(t *testing.T) {
	c := newConversation(t, in(schema.ConversationConfirm))
	p := New(t).Open(c.server.URL+"/help/token", Look{Width: Phone})
	p.Fill("#comment", "The fan is")
	Value[bool](p, `document.activeElement.blur() ?? true`)
	for range 3 { // a page is asked for only when the one before was dealt with
		served := c.count()
		c.set(func() { c.view.Device += "!" })
		c.until("the page was asked for", func() bool { return c.served > served })
	}
	require.Equal(t, "The fan is", Value[string](p, `document.getElementById("comment").value`))
	ended := in(schema.ConversationEnded)
	ended.State, ended.EndReason = schema.ClosedIncomplete, schema.NoResponse
	c.set(func() { c.view = ended })
	p.WaitFor("We did not hear from you in time")
}

func (c *conversation) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.served
}

func TestAPageConnectsAgainWhenNobodyWasThere(t *testing.T) {
	c := newConversation(t, in(schema.ConversationRunning))
	c.away = 1
	p := New(t).Open(c.server.URL+"/help/token", Look{Width: Phone})
	c.until("it was turned away", func() bool { return c.away == 0 })
	c.set(func() { c.view = in(schema.ConversationConfirm) })
	p.WaitFor("Did it help?")
}

func TestNothingIsMissedBetweenThePageAndItsConnection(t *testing.T) {
	c := newConversation(t, in(schema.ConversationRunning))
	next := in(schema.ConversationConfirm)
	c.then = &next
	New(t).Open(c.server.URL+"/help/token", Look{Width: Phone}).WaitFor("Did it help?")
}

func TestThePageWorksWithoutAScript(t *testing.T) {
	c := newConversation(t, in(schema.ConversationAsked))
	b := New(t)
	for _, step := range []struct {
		state schema.ConversationState
		say   func(p *Page)
		want  string
	}{
		{schema.ConversationAsked, func(p *Page) { p.Click("Yes, please help") }, "csrf=proof&reply=accept&step=0"},
		{schema.ConversationAsked, func(p *Page) { p.Choose("#later", "4h"); p.Click("Not now") }, "csrf=proof&later=4h&reply=not_now&step=0"},
		{schema.ConversationAsked, func(p *Page) { p.Click("This is not my computer") }, "csrf=proof&reply=not_mine&step=0"},
		{schema.ConversationConsent, func(p *Page) { p.Fill("#code", "123 456"); p.Click("Yes, do it") }, "code=123+456&csrf=proof&reply=consent&step=0"},
		{schema.ConversationConsent, func(p *Page) { p.Click("No, do not do it") }, "csrf=proof&reply=refuse&step=0"},
		{schema.ConversationConfirm, func(p *Page) { p.Fill("#comment", "loud"); p.Click("No, it did not help") },
			"comment=loud&csrf=proof&reply=not_helped&step=0"},
		{schema.ConversationFeedback, func(p *Page) { p.ClickOn(`input[value="4"]`); p.Shoot("four stars"); p.Click("Send") },
			"comment=&csrf=proof&rating=4&reply=feedback&step=0"},
		{schema.ConversationFeedback, func(p *Page) { p.Click("Skip") }, "csrf=proof&reply=feedback&step=0"},
	} {
		c.set(func() { c.view = in(step.state); c.heard = nil })
		p := b.Open(c.server.URL+"/help/token", Look{Width: Phone, NoScript: true})
		step.say(p)
		c.until(step.want, func() bool { return len(c.heard) > 0 })
		require.Equal(t, step.want, c.heard[0].Encode())
		p.Close()
	}
}

func TestThePageCanBeUsedWithTheKeyboardAlone(t *testing.T) {
	c := newConversation(t, in(schema.ConversationAsked))
	p := New(t).Open(c.server.URL+"/help/token", Look{Width: Desk})
	var order []string
	for range 6 {
		p.Press("\t")
		order = append(order, Value[string](p, `document.activeElement.innerText.split("\n")[0]`))
	}
	require.Equal(t, []string{"Skip to the content", "Yes, please help", "in half an hour", "Not now", "No, thank you", "This is not my computer"}, order)
	p.Press("\r")
	c.until("the last button was pressed", func() bool { return len(c.heard) == 1 })
	require.Equal(t, "not_mine", c.heard[0].Get("reply"))
}
