package scenario

import (
	"context"
	"fmt"
	"time"

	"proactive/bench/load"
	"proactive/bench/stack"
)

// waiting lets many issues wait for the tool's next report, kills the service, starts it again, and reports that next step of all.
func waiting(ctx context.Context, b *Bench) error {
	t, err := b.proactive(ctx, "serve")
	if err != nil {
		return err
	}
	defer t.Close()
	add := func(what string, value float64) { b.Sheet.Add("waiting", what, "proactive serve", value) }
	if _, err := t.burst(ctx, inPostgres{t.World}, burstOf(100)); err != nil { // warms up
		return err
	}
	before, began := stack.Resident(t.PID()), time.Now()
	if _, err := t.reportAll(ctx, b.Waiting, "wait"); err != nil {
		return err
	}
	if err := b.untilWaiting(ctx, t, "state = 'action_wait'"); err != nil {
		return err
	}
	add("issues", float64(b.Waiting))
	add("all wait after, s", time.Since(began).Seconds())
	add("memory per waiting issue, kB", (stack.Resident(t.PID())-before)/float64(b.Waiting)/1e3)

	t.Kill()
	b.say("waiting: all %d wait; the service was killed and starts again", b.Waiting)
	began = time.Now()
	if t.Service, err = t.Proactive("serve"); err != nil {
		return err
	}
	add("restart, s", time.Since(began).Seconds())
	began = time.Now()
	taken, err := t.reportAll(ctx, b.Waiting, "0")
	if err != nil {
		return err
	}
	add("next reports taken in, s", taken.Seconds())
	if err := b.untilWaiting(ctx, t, "state = 'closed_complete'"); err != nil {
		return err
	}
	add("all served again after, s", time.Since(began).Seconds())
	add("memory at most, MB", stack.ResidentAtMost(t.PID())/1e6)
	return nil
}

// reportAll reports a code of n people, each under the same experience_id every time.
func (t *taker) reportAll(ctx context.Context, n int, code string) (took time.Duration, err error) {
	sample, err := load.Times(ctx, t.Address, manyConnections, n, func(k int) []byte {
		return load.Report{ID: fmt.Sprintf("waiting-%d", k), Code: code, Person: k}.Request()
	})
	if err != nil {
		return 0, err
	}
	return sample.Took, sample.Clean()
}

// untilWaiting waits until all of them are so. The condition is one of the two above.
func (b *Bench) untilWaiting(ctx context.Context, t *taker, condition string) error {
	tell := b.counting("waiting: "+condition, b.Waiting)
	return until(ctx, 500*time.Millisecond, func() (bool, error) {
		now, err := t.Value(ctx, `SELECT count(*) FROM sn_pren_experience_issue WHERE experience_id LIKE 'waiting-%' AND `+condition)
		tell(int(now))
		return int(now) == b.Waiting, err
	})
}
