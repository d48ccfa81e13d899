package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Axe is the program of axe-core, which runs in the page.
func Axe(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("PROACTIVE_AXE")
	if folder == "" {
		missing(t, "PROACTIVE_AXE names no folder with axe-core")
	}
	program, err := os.ReadFile(filepath.Join(folder, "axe.min.js"))
	check(t, "PROACTIVE_AXE must name the folder that holds axe.min.js, as node_modules/axe-core", err)
	return string(program)
}

// Finding is a rule that a page breaks.
type Finding struct {
	ID    string
	Help  string
	Nodes []struct {
		HTML           string
		FailureSummary string
	}
}

func (f Finding) String() string {
	var where strings.Builder
	for _, n := range f.Nodes {
		fmt.Fprintf(&where, "\n  %s\n  %s", n.HTML, n.FailureSummary)
	}
	return f.ID + ": " + f.Help + where.String()
}

// Findings are all rules that a page breaks, those of good practice too.
func (p *Page) Findings(axe string) []Finding {
	p.t.Helper()
	Value[chromedp.Void](p, axe)
	return Value[[]Finding](p, `axe.run(document).then(r => r.violations)`)
}
