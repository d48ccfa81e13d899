// Package browser looks at proactive's pages as people do: in a browser, light and dark, on a phone and at a desk, with a script and
// without, and by an automatic check of their accessibility. Its own tests look at each page by itself; package journey uses it to
// go whole ways through them.
//
// It needs Chromium on the PATH (Debian's package chromium), and PROACTIVE_AXE, a folder that holds axe-core's axe.min.js (npm's
// package axe-core). Without them such tests are skipped, unless PROACTIVE_BROWSER=required says that they must run.
// PROACTIVE_SCREENSHOTS names a folder for pictures of what the tests see.
package browser
