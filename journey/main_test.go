// Package journey shows proactive as its users meet it: the real binary, run as processes, over real HTTP, with a real Postgres
// and a real Temporal. Each test is a timeline: who is started, who says what, who is killed, and how the issue ends.
package journey

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"proactive/devstack/stacktest"
)

// proactive is the binary that the journeys run.
var proactive string

// buildFlags has -race when the tests themselves look for races.
var buildFlags []string

// together is how many journeys run at once: they spend most of their time waiting.
const together = "10"

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		flag.Set("test.parallel", together) //nolint:errcheck // the flag exists
	}
	dir, err := os.MkdirTemp("", "proactive-journey-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "journey:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	proactive = filepath.Join(dir, "proactive")
	args := append(append([]string{"build", "-buildvcs=false"}, buildFlags...), "-o", proactive, "proactive/cmd/proactive")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "journey: build proactive: %v\n%s", err, out)
		return 1
	}
	return stacktest.Run(m)
}
