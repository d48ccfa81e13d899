//go:build unix

package devstack

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootsDataGoesWherePostgresCanReachItAndStaysThere(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user's Postgres runs as that user and reaches what the user reaches")
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	asked, said := filepath.Join(closed, "data"), new(bytes.Buffer)
	var first string
	for range 2 {
		p, err := StartPostgres(t.Context(), PostgresOptions{Dir: asked, Fast: true, Progress: said})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Remove()
		if first == "" {
			first = p.Dir()
		}
		if p.Dir() != first || !strings.HasPrefix(first, rootsData) || !strings.Contains(said.String(), first) {
			t.Errorf("%s, then %s; said %q", first, p.Dir(), said)
		}
		if err := p.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASweepTakesTheFoldersOfTheDeadOnly(t *testing.T) {
	parent := t.TempDir()
	living, err := newScratch(parent)
	if err != nil {
		t.Fatal(err)
	}
	defer living.remove()
	dead, err := newScratch(parent)
	if err != nil {
		t.Fatal(err)
	}
	dead.lock.Close() // as its owner's death does
	sweep(parent)
	left, err := filepath.Glob(filepath.Join(parent, "*"))
	if err != nil || len(left) != 1 || left[0] != living.dir {
		t.Errorf("left: %v, %v; want %s", left, err, living.dir)
	}
}

// By these words a start knows that somebody else took its port in between, and chooses another one.
func TestTheEndOfALogTellsWhetherThePortWasTaken(t *testing.T) {
	for text, want := range map[string]bool{
		`FATAL: could not create any TCP/IP sockets; bind: Address already in use`: true,
		`FATAL: something else`: false,
	} {
		log := new(tail)
		if _, err := log.Write([]byte(strings.Repeat("x", 2*tailBytes) + text)); err != nil {
			t.Fatal(err)
		}
		if log.says("address already in use") != want || len(log.String()) > tailBytes {
			t.Errorf("%q: said %v", text, !want)
		}
	}
}
