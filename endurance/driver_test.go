package endurance

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"sync"
	"time"
)

// driver does the errands of a plan and notes what it is told.
type driver struct {
	w      *world
	caller *caller
	ledger *ledger
}

const (
	givesUp  = 90 * time.Second // who gets no clear answer for so long
	atOnce   = 400              // errands, at most
	asksBack = 500 * time.Millisecond
)

// drive sends reports for as long as it is told to, and returns when all errands are done.
func (d *driver) drive(ctx context.Context, p *plan, duration time.Duration) {
	began, places := time.Now(), make(chan struct{}, atOnce)
	var all sync.WaitGroup
	defer all.Wait()
	for e := p.next(); e.At < duration && sleep(ctx, time.Until(began.Add(e.At))); e = p.next() {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			d.do(ctx, e)
		})
	}
}

// do does one errand from the report to what follows.
func (d *driver) do(ctx context.Context, e errand) {
	before := len(d.w.people.mailsOf(e.Person))
	parameters, end := d.prepare(e)
	defer end()
	id := d.reportsAll(ctx, e, parameters)
	if id == "" {
		return
	}
	switch {
	case e.Cancel > 0:
		sleep(ctx, e.Cancel)
		d.cancels(ctx, e, id)
	case e.Next:
		d.goesOn(ctx, e, id)
	case e.Code == "ask":
		d.ledger.noteTalk(e.N, d.w.people.answer(ctx, e, before))
	}
	if e.ends() {
		d.until(ctx, e, id, func(state string) bool { return strings.HasPrefix(state, "closed_") })
		sleep(ctx, 10*time.Second) // for an agent that acts too late to be seen
	}
}

// reportsAll sends the report, and its twin at the same moment, and gives the id of what came of them.
func (d *driver) reportsAll(ctx context.Context, e errand, parameters map[string]string) string {
	ids := make(chan string, 2)
	report := func(api int, id string) { ids <- d.reports(ctx, e, api, e.Code, id, parameters) }
	go report(e.API, e.id())
	switch e.Twin {
	case alone:
		return <-ids
	case sameMatter:
		go report(e.API+1, e.id()+"-twin")
	case sameID:
		go report(e.API+1, e.id())
	}
	return cmp.Or(<-ids, <-ids)
}

// prepare starts the process that the report is about, where it is about one.
func (d *driver) prepare(e errand) (parameters map[string]string, end func()) {
	if e.Code == "end-soon" {
		return map[string]string{"process_id": "999999"}, func() {}
	}
	if !e.ends() {
		return nil, func() {}
	}
	dummy, err := newDummy(d.w.dir, "dummy-"+strconv.Itoa(e.N))
	if err != nil {
		panic(err)
	}
	d.ledger.noteDummy(e.N, dummy)
	return map[string]string{"process_id": strconv.Itoa(dummy.cmd.Process.Pid)}, dummy.kill
}

// reports sends a report until it is clear what became of it, and gives the id under which there may be an issue.
func (d *driver) reports(ctx context.Context, e errand, api int, code, id string, parameters map[string]string) string {
	over, perhaps := time.Now().Add(givesUp), false
	for ; ; api++ {
		c := d.caller.report(e, api, code, id, parameters)
		d.ledger.noteCall(c)
		switch {
		case c.Said == accepted:
			return c.Got
		case c.Said == unclear && time.Now().Before(over) && sleep(ctx, asksBack):
			perhaps = true
		case perhaps:
			return id
		default:
			return ""
		}
	}
}

// cancels calls an issue off until it is clear what became of that.
func (d *driver) cancels(ctx context.Context, e errand, id string) {
	over := time.Now().Add(givesUp)
	for api := e.API; ; api++ {
		s := d.caller.cancel(api, id)
		d.ledger.noteCancel(id, s)
		if s != unclear || time.Now().After(over) || !sleep(ctx, asksBack) {
			return
		}
	}
}

// goesOn waits until the next report is awaited, and sends it.
func (d *driver) goesOn(ctx context.Context, e errand, id string) {
	state := d.until(ctx, e, id, func(state string) bool { return state == "action_wait" || strings.HasPrefix(state, "closed_") })
	if state == "action_wait" {
		d.reports(ctx, e, e.API, "quick", id, nil)
	}
}

// until looks at an issue until a condition holds, or for some minutes.
func (d *driver) until(ctx context.Context, e errand, id string, holds func(state string) bool) string {
	over := time.Now().Add(settlesWithin)
	for api := e.API; ; api++ {
		state := d.caller.state(api, id)
		if holds(state) || time.Now().After(over) || !sleep(ctx, asksBack) {
			return state
		}
	}
}

// sleep tells whether all of it passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
