package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axe is the program of axe-core, which runs in the page.
func axe(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("PROACTIVE_AXE")
	if folder == "" {
		missing(t, "PROACTIVE_AXE names no folder with axe-core")
	}
	program, err := os.ReadFile(filepath.Join(folder, "axe.min.js"))
	require.NoError(t, err, "PROACTIVE_AXE must name the folder that holds axe.min.js, as node_modules/axe-core")
	return string(program)
}

// finding is a rule that a page breaks.
type finding struct {
	ID    string
	Help  string
	Nodes []struct {
		HTML           string
		FailureSummary string
	}
}

func (f finding) String() string {
	var where strings.Builder
	for _, n := range f.Nodes {
		fmt.Fprintf(&where, "\n  %s\n  %s", n.HTML, n.FailureSummary)
	}
	return f.ID + ": " + f.Help + where.String()
}

// findings are all rules that a page breaks, those of good practice too.
func (p *page) findings(axe string) []finding {
	p.t.Helper()
	value[chromedp.Void](p, axe)
	return value[[]finding](p, `axe.run(document).then(r => r.violations)`)
}
