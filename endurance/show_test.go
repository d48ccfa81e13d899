package endurance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// tellsHowItGoes prints a line every ten seconds, until it is stopped.
func (r *run) tellsHowItGoes() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done, began := make(chan struct{}), time.Now()
	go func() {
		defer close(done)
		for sleep(ctx, 10*time.Second) {
			sent, taken := r.driver.ledger.counts()
			fmt.Printf("endurance: %4.0f s: %d reports sent, %d taken, %s, %d faults; memory: %s\n",
				time.Since(began).Seconds(), sent, taken, r.w.progress(ctx), r.saboteur.count(), r.w.memory())
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// sumsUp prints how much the auditor has to judge by, and sees to it that none of it is nothing.
func (r *run) sumsUp(e evidence) {
	r.t.Helper()
	for _, n := range []int{len(e.issues), len(e.told), len(e.read), len(e.foreign), len(e.edits), len(e.versions), len(e.trail), len(e.remarks)} {
		require.NotZero(r.t, n, "something to judge by")
	}
	fmt.Printf("endurance: %d issues, %d steps that began; %d requests to the webhook, %d outcomes in the feed; %d incidents at the service desk; "+
		"%d edits of owners, %d versions; %d remarks of clerks, %d entries in the trail\n",
		len(e.issues), len(e.pins), len(e.told), len(e.read), len(e.foreign), len(e.edits), len(e.versions), len(e.remarks), len(e.trail))
}

// progress says how many issues are closed, or that nobody can tell now.
func (w *world) progress(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var closed, open, waiting int
	err := w.database.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE state LIKE 'closed\_%'), count(*) FILTER (WHERE state NOT LIKE 'closed\_%'),
		       (SELECT count(*) FROM sn_pren_delivery WHERE state = 'pending')
		  FROM sn_pren_experience_issue`).Scan(&closed, &open, &waiting)
	if err != nil {
		return "(Postgres does not answer)"
	}
	return fmt.Sprintf("%d closed, %d not, %d deliveries wait", closed, open, waiting)
}

// memory says what each api and worker has resident now. One that was killed begins anew.
func (w *world) memory() string {
	var all []string
	for _, r := range w.replicas()[:4] {
		all = append(all, fmt.Sprintf("%s %d MB", r.name, r.resident()>>20))
	}
	return strings.Join(all, ", ")
}

// mostShown bounds how many findings are told with their whole story.
const mostShown = 10

// shows leaves what helps to understand findings: a report with each of them, its issue's story, and what was broken when.
func (r *run) shows(e evidence, found []finding) {
	if len(found) == 0 {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d findings\n", r.seed, len(found))
	for n, f := range found {
		fmt.Fprintln(&b, f)
		if n < mostShown {
			e.tells(&b, f.ID)
		}
	}
	fmt.Fprintln(&b, "\nwhat was broken:")
	slices.SortFunc(e.faults, func(a, b happened) int { return a.From.Compare(b.From) })
	for _, h := range e.faults {
		fmt.Fprintln(&b, "  ", h)
	}
	path := filepath.Join(r.w.dir, "findings.txt")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		path += " (" + err.Error() + ")"
	}
	r.t.Logf("%s\nall of this: %s", b.String(), path)
}

// tells an issue's story: what was said about it, its timeline and its jobs.
func (e evidence) tells(b *strings.Builder, id string) {
	id = strings.TrimPrefix(id, "further steps of ")
	for _, i := range e.issues {
		if i.ID != id {
			continue
		}
		fmt.Fprintf(b, "    %s about %s: %s %s\n", i.Code, i.Person, i.State, i.Reason)
		for _, c := range e.calls {
			if c.Errand == i.Errand {
				fmt.Fprintf(b, "    sent %s, answered %s: %s %q: %s\n", clock(c.Sent), clock(c.Answered), c.Code, c.ID, c.Said)
			}
		}
		if s := e.cancels[i.ID]; s != "" {
			fmt.Fprintf(b, "    calling it off was answered: %s\n", s)
		}
		if t, asked := e.talks[i.Errand]; asked {
			fmt.Fprintf(b, "    the person was heard to say %v, and perhaps %q\n", t.Heard, t.Unclear)
		}
		for _, ev := range i.timeline {
			fmt.Fprintf(b, "    %2d %s step %d %s: %s\n", ev.Number, clock(ev.At), ev.Step, ev.Name, ev.Detail)
		}
		for _, j := range i.jobs {
			fmt.Fprintf(b, "    job %d of step %d: %s, ended %s\n", j.Attempt, j.Step, j.State, clock(j.Ended))
		}
		for key, n := range e.effects {
			if key.ExperienceID == id {
				fmt.Fprintf(b, "    the hook was called %d times for step %d\n", n, key.Step)
			}
		}
	}
}

func clock(t time.Time) string { return t.Local().Format("15:04:05.000") }
