// Package endurance runs proactive for a while, as processes with a real Postgres and a real Temporal, while a driver sends reports and
// a saboteur kills, pauses and cuts off whatever it likes. Then an auditor compares what callers were told with what is there. See
// docs/endurance.md. It runs with -endurance only: plain go test tests the auditor itself.
package endurance

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

var (
	endurance = flag.Duration("endurance", 0, "send reports for so long while things break; 0 leaves the run out")
	seed      = flag.Uint64("seed", 0, "decides what is sent and what breaks; 0 is another one each time")
	calm      = flag.Bool("calm", false, "break nothing")
	broken    = flag.Bool("broken", false, "with -endurance: also run builds that are broken on purpose, each of which must be caught")
)

func TestMain(m *testing.M) {
	if file := os.Getenv(dummyFile); file != "" {
		beDummy(file)
		return
	}
	flag.Parse()
	if *seed == 0 {
		*seed = 1 + rand.Uint64N(1_000_000)
	}
	os.Exit(m.Run())
}

// patience covers what comes after the driver's time: servers that start, a build, and the settling.
const patience = settlesWithin + 5*time.Minute

// asked leaves out a run that was not asked for, and refuses one that go test would end before its time.
func asked(t *testing.T, runs int) {
	t.Helper()
	if *endurance == 0 {
		t.Skip("it takes its time: go test ./endurance -endurance 1m")
	}
	needed := time.Duration(runs) * (*endurance + patience)
	if deadline, has := t.Deadline(); has && time.Until(deadline) < needed {
		t.Fatalf("go test would end this before its time: add -timeout %s", needed.Round(time.Minute))
	}
}
