package journey

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/journey/browser"
)

// browserWorld is a `dev` whose pages are opened in a browser.
type browserWorld struct {
	*devWorld
	dev      *process
	requests []string // that dev has printed to be pasted
	axe      string   // the program that looks for barriers
}

func newBrowserWorld(t *testing.T) *browserWorld {
	t.Helper()
	browser.Chromium(t)
	w := &browserWorld{devWorld: newDevWorld(t), axe: browser.Axe(t)}
	text, err := os.ReadFile("testdata/browser.yaml")
	require.NoError(t, err)
	w.dev = w.devWorld.dev("--ephemeral", "--apply", w.file("browser.yaml", strings.ReplaceAll(string(text), "API", w.address)))
	w.isReady(w.dev)
	w.requests = printedRequests(t, w.dev)
	return w
}

// in is the same world in a test within the test.
func (w *browserWorld) in(t *testing.T) *browserWorld {
	at, dev, process := *w, *w.devWorld, *w.dev
	process.t = t
	dev.world = w.world.in(t)
	at.devWorld, at.dev = &dev, &process
	return &at
}

// asked reports something about a person, which leads to a question, and gives the experience_id.
func (w *browserWorld) asked(code, person string) string {
	w.t.Helper()
	return w.accepted(w.posts(report(code, person, nil)))
}

// onDemoProcess is a report about the process in a request that dev has printed, as of another code and person.
func (w *browserWorld) onDemoProcess(code, person, request string) string {
	w.t.Helper()
	found := regexp.MustCompile(`"process_id": "(\d+)"`).FindStringSubmatch(request)
	require.NotNil(w.t, found, request)
	return report(code, person, map[string]any{"endpoint": map[string]any{"user_name": person, "CI": abelsLaptop},
		"input_parameters": map[string]any{"process_id": found[1]}})
}

// visitor is a person at a browser of their own.
type visitor struct {
	*browser.Browser
	w    *browserWorld
	mail string // their address
	look browser.Look
}

func (w *browserWorld) visitor(person string, look browser.Look) *visitor {
	w.t.Helper()
	return &visitor{Browser: browser.New(w.t), w: w, mail: person + "@example.com", look: look}
}

// opensMailbox opens the mailbox and gives its page, whatever is in it.
func (v *visitor) opensMailbox() *browser.Page {
	v.w.t.Helper()
	return v.Open("http://"+v.w.mailbox+"/", v.look)
}

// isMailed waits until their mail is in the mailbox and opens it there.
func (v *visitor) isMailed(mailbox *browser.Page) {
	v.w.t.Helper()
	mailbox.Until(fmt.Sprintf(`[...document.querySelectorAll("article")].some((a) => a.innerText.includes(" to %s"))`, v.mail))
	mailbox.ClickOn(fmt.Sprintf(`//article[contains(., " to %s")]//a`, v.mail))
	mailbox.Until(`location.pathname.startsWith("/mail/") && document.readyState === "complete"`)
}

// follows waits for their mail, opens it in the mailbox and clicks the button in it, which leads to the conversation.
func (v *visitor) follows() *browser.Page {
	v.w.t.Helper()
	p := v.opensMailbox()
	v.isMailed(p)
	p.ClickInFrame(`a[style*="background-color"]`)
	p.Until(`location.pathname.startsWith("/help/") && document.readyState === "complete"`)
	return p
}

// everyLook is how every page has to look well.
func everyLook() (all []browser.Look) {
	for _, width := range []int{browser.Phone, browser.Desk} {
		all = append(all, browser.Look{Width: width}, browser.Look{Width: width, Dark: true})
	}
	return all
}

// examines looks at a page of which the browser itself has nothing to complain about either.
func (v *visitor) examines(p *browser.Page, name string) {
	v.w.t.Helper()
	v.looksAt(p, name)
	require.Empty(v.w.t, p.Heard(), "%s: what the browser complains about", name)
}

// looksAt looks for barriers and takes pictures, light and dark, on a phone and at a desk.
func (v *visitor) looksAt(p *browser.Page, name string) {
	v.w.t.Helper()
	for _, look := range everyLook() {
		look.NoScript = v.look.NoScript
		p.LookAt(look)
		require.False(v.w.t, p.TooWide(), "%s, %s: it is too wide", name, look)
		for _, f := range p.Findings(v.w.axe) {
			require.Fail(v.w.t, "axe-core finds", "%s, %s: %s", name, look, f)
		}
		p.Shoot(name + "-" + look.String())
	}
	p.LookAt(v.look)
}

// examinesFocus takes a picture of what has the focus, which must be told from the rest.
func (v *visitor) examinesFocus(p *browser.Page, name string) {
	v.w.t.Helper()
	require.True(v.w.t, browser.Value[bool](p, `document.activeElement.matches(":focus-visible")`), "the focus on %s shows", name)
	p.Shoot("focus on " + name)
}

// both presses a button in each of two tabs in the same millisecond, by the browser's clock.
func both(first *browser.Page, reply string, second *browser.Page, other string) {
	at := time.Now().Add(500 * time.Millisecond).UnixMilli()
	for page, reply := range map[*browser.Page]string{first: reply, second: other} {
		browser.Value[int](page, fmt.Sprintf(`setTimeout(() => document.querySelector("button[value=%s]").click(), %d - Date.now())`, reply, at))
	}
}

// reach presses the tabulator until an expression is true.
func reach(p *browser.Page, expression string) {
	for range 60 {
		p.Press("\t")
		if browser.Value[bool](p, expression) {
			return
		}
	}
	p.Until(expression) // it does not come true, and says so
}
