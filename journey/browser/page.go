package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Page is a tab.
type Page struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // what the browser itself reports: errors of scripts, violations of the page's policy
}

// Open opens a tab of its own.
func (b *Browser) Open(url string, as Look) *Page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	p := &Page{t: b.t, ctx: ctx}
	check(b.t, "open a tab", chromedp.Listen(ctx, p.hear))
	p.do("open "+url, command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}))
	p.LookAt(as)
	p.do("open "+url, chromedp.Navigate(url))
	return p
}

// LookAt looks at it in another way from now on. Nothing moves, so that a picture does not depend on its moment.
func (p *Page) LookAt(as Look) {
	p.t.Helper()
	p.do("look at it as "+as.String(),
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(as.Width), Height: 844, DeviceScaleFactor: float64(max(as.Scale, 1)), Mobile: as.Width < Desk}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: as.scheme()}, {Name: "prefers-reduced-motion", Value: "reduce"}}}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: as.NoScript}))
}

func command[P, R any](c cdp.Command[P, R], with P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, with)
		return err
	})
}

func (p *Page) hear(event any) {
	switch event := event.(type) {
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError {
			p.complain(event.Entry.Text + " " + event.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		p.complain(event.ExceptionDetails.Text)
	}
}

func (p *Page) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, text)
}

// Heard is what the browser has complained about.
func (p *Page) Heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.complaints...)
}

func (p *Page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	check(p.t, what, chromedp.Do(p.ctx, steps...))
}

func ask[T any](p *Page, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	answer, err := chromedp.Run(p.ctx, action)
	check(p.t, what, err)
	return answer
}

// Click clicks a button or a link, by its whole name.
func (p *Page) Click(name string) {
	p.t.Helper()
	path := chromedp.Search(fmt.Sprintf(`//*[self::button or self::a][normalize-space(.) = %q]`, name))
	p.click("click "+name, chromedp.Click(path))
}

// ClickOn clicks what a CSS selector or an XPath finds.
func (p *Page) ClickOn(path string) {
	p.t.Helper()
	p.click("click "+path, chromedp.Click(chromedp.Search(path)))
}

// click tries again when what it was about to click has been replaced at that moment, as a script does that brings a page up to date.
func (p *Page) click(what string, click chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	var err error
	for range 10 {
		if err = chromedp.Do(p.ctx, click); err == nil || !strings.Contains(err.Error(), "Could not find node") {
			break
		}
	}
	check(p.t, what, err)
}

// ClickInFrame clicks what a CSS selector finds in the only frame of the page.
func (p *Page) ClickInFrame(selector string) {
	p.t.Helper()
	frames := ask(p, "find the frame", chromedp.Nodes(chromedp.CSS("iframe")))
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.FromNode(frames[0])))
}

// Fill types into a field, which a CSS selector finds.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// ArrowRight is a key to press.
const ArrowRight = kb.ArrowRight

// Press presses keys, wherever the focus is: "\t" is the tabulator, "\r" the enter key.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.do("press keys", chromedp.KeyEvent(keys))
}

// Choose sets a select, which a CSS selector finds, to a value.
func (p *Page) Choose(selector, value string) {
	p.t.Helper()
	p.do("choose "+value, chromedp.SetValue(chromedp.CSS(selector), value))
}

// Text is what somebody reads in the main part of the page.
func (p *Page) Text() string {
	p.t.Helper()
	return ask(p, "read the page", chromedp.Text(chromedp.CSS("main")))
}

// Value is what an expression of the page's own language gives.
func Value[T any](p *Page, expression string) T {
	p.t.Helper()
	return ask(p, expression, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// TooWide tells whether one has to scroll sideways.
func (p *Page) TooWide() bool {
	p.t.Helper()
	return Value[bool](p, `document.documentElement.scrollWidth > document.documentElement.clientWidth`)
}

// WaitFor returns when the main part of the page says something.
func (p *Page) WaitFor(text string) {
	p.t.Helper()
	p.Until(fmt.Sprintf(`(document.querySelector("main")?.innerText ?? "").includes(%q)`, text))
}

// Until returns when an expression is true, whichever document is there by then.
func (p *Page) Until(expression string) {
	p.t.Helper()
	over, look := time.After(2*time.Minute), time.NewTicker(50*time.Millisecond)
	defer look.Stop()
	for {
		holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](expression))
		if err == nil && holds {
			return
		}
		select {
		case <-look.C:
		case <-over:
			p.Shoot("unexpected")
			p.t.Fatalf("it does not come true: %s (%v); the page says: %s", expression, err, p.Text())
		}
	}
}

// Shoot takes a picture of the whole page where somebody wants pictures.
func (p *Page) Shoot(name string) {
	p.t.Helper()
	if folder := os.Getenv("PROACTIVE_SCREENSHOTS"); folder != "" {
		file := strings.NewReplacer("/", "-", " ", "-").Replace(p.t.Name()+"-"+name) + ".png"
		check(p.t, "make the folder of pictures", os.MkdirAll(folder, 0o755))
		check(p.t, "keep a picture", os.WriteFile(filepath.Join(folder, file), p.Picture(), 0o644))
	}
}

// Picture is a picture of the whole page, as a PNG.
func (p *Page) Picture() []byte {
	p.t.Helper()
	return ask(p, "take a picture", chromedp.FullScreenshot(100))
}

// Close closes the tab.
func (p *Page) Close() { chromedp.Cancel(p.ctx) } //nolint:errcheck // the browser ends with the test
