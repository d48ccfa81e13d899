package browser

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience bounds everything that one test does in its browser.
const patience = 9 * time.Minute

// Browser is a Chromium of one test's own.
type Browser struct {
	t   *testing.T
	ctx context.Context
}

// New starts Chromium, and ends it with the test. It runs without its sandbox: that does not work everywhere, and the pages are our
// own. A frame stays in the process of its page, so that what is in it can be clicked.
func New(t *testing.T) *Browser {
	t.Helper()
	path := Chromium(t)
	ctx, end := context.WithTimeout(context.Background(), patience)
	t.Cleanup(end)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-features", "IsolateSandboxedIframes"),
		chromedp.WSURLReadTimeout(time.Minute)) // a busy machine
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx) }) //nolint:errcheck // it ends with its context anyhow
	check(t, "start Chromium", chromedp.Do(ctx))
	return &Browser{t: t, ctx: ctx}
}

// Chromium is where it is. Without it the test is skipped, or fails where it has to run.
func Chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "there is no Chromium on the PATH")
	return ""
}

// missing skips a test, or fails it where the browser's tests have to run.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("PROACTIVE_BROWSER") == "required" {
		t.Fatalf("%s, and PROACTIVE_BROWSER says that it is required", what)
	}
	t.Skipf("%s: pages are not looked at (see the doc comment of journey/browser)", what)
}

// check ends the test when something did not work.
func check(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
