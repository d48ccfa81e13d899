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
	"github.com/stretchr/testify/require"
)

// Widths in CSS pixels.
const (
	narrow = 320 // the narrowest that everything has to fit into: WCAG 2.2, 1.4.10
	phone  = 390
	desk   = 1280
)

// look is how somebody looks at a page.
type look struct {
	dark     bool
	width    int
	noScript bool
}

func (l look) String() string {
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	return fmt.Sprintf("%s-%d", scheme, l.width)
}

// page is a tab.
type page struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // what the browser itself reports: errors of scripts, violations of the page's policy
}

// open opens a tab of its own.
func (b *browser) open(url string, as look) *page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	p := &page{t: b.t, ctx: ctx}
	require.NoError(b.t, chromedp.Listen(ctx, p.hear), "open a tab")
	scheme := "light"
	if as.dark {
		scheme = "dark"
	}
	p.do("open "+url,
		command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(as.width), Height: 844, DeviceScaleFactor: 1, Mobile: as.width < desk}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: as.noScript}),
		chromedp.Navigate(url))
	return p
}

func command[P, R any](c cdp.Command[P, R], with P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, with)
		return err
	})
}

// open opens a page in a browser of its own.
func open(t *testing.T, url string, dark bool, width int) *page {
	t.Helper()
	return newBrowser(t).open(url, look{dark: dark, width: width})
}

func (p *page) hear(event any) {
	switch event := event.(type) {
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError {
			p.complain(event.Entry.Text + " " + event.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		p.complain(event.ExceptionDetails.Text)
	}
}

func (p *page) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, text)
}

// heard is what the browser has complained about.
func (p *page) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.complaints...)
}

func (p *page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, steps...), what)
}

func ask[T any](p *page, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	answer, err := chromedp.Run(p.ctx, action)
	require.NoError(p.t, err, what)
	return answer
}

// click clicks a button or a link, by its whole name.
func (p *page) click(name string) {
	p.t.Helper()
	path := chromedp.Search(fmt.Sprintf(`//*[self::button or self::a][normalize-space(.) = %q]`, name))
	p.do("click "+name, chromedp.Click(path))
}

// clickOn clicks what a CSS selector finds.
func (p *page) clickOn(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// fill types into a field, which a CSS selector finds.
func (p *page) fill(selector, text string) {
	p.t.Helper()
	p.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// press presses keys, wherever the focus is: "\t" is the tabulator, "\r" the enter key.
func (p *page) press(keys string) {
	p.t.Helper()
	p.do("press keys", chromedp.KeyEvent(keys))
}

// choose sets a select, which a CSS selector finds, to a value.
func (p *page) choose(selector, value string) {
	p.t.Helper()
	p.do("choose "+value, chromedp.SetValue(chromedp.CSS(selector), value))
}

// text is what somebody reads in the main part of the page.
func (p *page) text() string {
	p.t.Helper()
	return ask(p, "read the page", chromedp.Text(chromedp.CSS("main")))
}

// value is what an expression of the page's own language gives.
func value[T any](p *page, expression string) T {
	p.t.Helper()
	return ask(p, expression, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// tooWide tells whether one has to scroll sideways.
func (p *page) tooWide() bool {
	p.t.Helper()
	return value[bool](p, `document.documentElement.scrollWidth > document.documentElement.clientWidth`)
}

// waitFor returns when the main part of the page says something.
func (p *page) waitFor(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`(document.querySelector("main")?.innerText ?? "").includes(%q)`, text))
}

// until returns when an expression is true.
func (p *page) until(expression string) {
	p.t.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Poll[chromedp.Void](expression,
		chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(time.Minute)))
	if err != nil {
		p.shoot("unexpected")
		require.NoError(p.t, err, "%s; the page says: %s", expression, p.text())
	}
}

// shoot takes a picture of the whole page where somebody wants pictures.
func (p *page) shoot(name string) {
	p.t.Helper()
	folder := os.Getenv("PROACTIVE_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture := ask(p, "take a picture", chromedp.FullScreenshot(100))
	file := strings.NewReplacer("/", "-", " ", "-").Replace(p.t.Name()+"-"+name) + ".png"
	require.NoError(p.t, os.MkdirAll(folder, 0o755))
	require.NoError(p.t, os.WriteFile(filepath.Join(folder, file), picture, 0o644))
}

// close closes the tab.
func (p *page) close() { chromedp.Cancel(p.ctx) } //nolint:errcheck // the browser ends with the test
