package scenario

import (
	"context"
	"time"

	"proactive/bench/load"
	"proactive/bench/stack"
)

// device measures a report with nobody else there, and how soon the device that waits for a job has it.
func device(ctx context.Context, b *Bench) error {
	return b.compare(ctx, "device", []contestant{{"proactive serve", b.measureDevice}})
}

func (b *Bench) measureDevice(ctx context.Context) error {
	t, err := b.proactive(ctx, "serve")
	if err != nil {
		return err
	}
	defer t.Close()
	token, err := t.Enroll(ctx, 0)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	seen := make(chan time.Time, 1)
	go func() { cancel(agent{t.Address, token}.works(ctx, seen)) }()

	const warm = 5
	var posts, sights []time.Duration
	for i := range warm + b.Alone {
		report := t.next(int(t.k.Add(1) - 1))
		report.Code, report.Person, report.CI = "device", 0, stack.Computer(0)
		time.Sleep(20 * time.Millisecond) // nobody else there: what the last issue caused has settled, and the agent waits
		began := time.Now()
		sample, err := load.Times(ctx, t.Address, 1, 1, func(int) []byte { return report.Request() })
		if err == nil {
			err = sample.Clean()
		}
		if err != nil {
			return err
		}
		select {
		case at := <-seen:
			if i >= warm {
				posts, sights = append(posts, sample.Times...), append(sights, at.Sub(began))
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := soon(ctx, func() (bool, error) { return inPostgres{t.World}.one(ctx, report.ID) }); err != nil {
			return err
		}
	}
	b.percentiles("device", "POST", "proactive serve", posts)
	b.percentiles("device", "POST to the device's job", "proactive serve", sights)
	return nil
}
