package browser

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience bounds everything that one test does in its browser.
const patience = 3 * time.Minute

// browser is a Chromium of one test's own.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser starts Chromium, and ends it with the test. It runs without its sandbox: that does not work everywhere, and the pages
// are our own.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := chromium()
	if path == "" {
		missing(t, "there is no Chromium on the PATH")
	}
	ctx, end := context.WithTimeout(context.Background(), patience)
	t.Cleanup(end)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WSURLReadTimeout(time.Minute)) // a busy machine
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx) }) //nolint:errcheck // it ends with its context anyhow
	require.NoError(t, chromedp.Do(ctx), "start Chromium")
	return &browser{t: t, ctx: ctx}
}

func chromium() string {
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// missing skips a test, or fails it where the browser's tests have to run.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("PROACTIVE_BROWSER") == "required" {
		t.Fatalf("%s, and PROACTIVE_BROWSER says that it is required", what)
	}
	t.Skipf("%s: pages are not looked at (see the doc comment of this package)", what)
}
