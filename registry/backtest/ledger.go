package backtest

import (
	"slices"
	"time"

	"proactive/schema"
)

// ledger is what people have been through under the new rules, as far back as any limit looks.
type ledger struct {
	rows     map[rowOf]*track
	contacts map[string][]contact // by person
	quiet    map[string]time.Time // experience_ids of issues that would have had no conversation, until their end
	noted    int
}

// rowOf is a person under a registry row.
type rowOf struct{ user, registry string }

type track struct {
	begun, ended []time.Time
	keep         time.Duration // how far back the row's limits look
}

// contact is when a person was first written to about an issue, and when that was closed; zero: it is not.
type contact struct {
	at, closed time.Time
	keep       time.Duration
}

func newLedger() *ledger {
	return &ledger{rows: map[rowOf]*track{}, contacts: map[string][]contact{}, quiet: map[string]time.Time{}}
}

// before is the past of a step as selectPast would have counted it then.
func (l *ledger) before(p schema.PastStep, f schema.StepFacts) (past schema.Past) {
	if t := l.rows[rowOf{f.User, f.Registry}]; t != nil {
		for _, at := range t.ended {
			if !at.After(f.Now) && at.After(f.Now.Add(-f.Limits.Freeze)) && at.After(past.Ended) {
				past.Ended = at
			}
		}
		begun := after(t.begun, f.Now.Add(-f.Limits.Window))
		past.Begun = len(begun)
		past.Begins = nth(begun, f.Limits.Steps)
	}
	var contacts []time.Time
	for _, c := range l.contacts[f.User] {
		if c.closed.IsZero() || c.closed.After(c.at) {
			contacts = append(contacts, c.at)
		}
	}
	past.Contact = nth(after(contacts, f.Now.Add(-f.Limits.ContactWindow)), f.Limits.Contacts)
	if _, quiet := l.quiet[p.Active]; !quiet {
		past.Active = p.Active
	}
	return past
}

// note keeps what a step would have been. One that was left alone then, and would have begun, counts as ended at once: nobody knows how long it
// would have taken.
func (l *ledger) note(p schema.PastStep, o outcome) {
	l.forget(p.At)
	if p.Begun == nil {
		return
	}
	began, conversed := o.refused == nil && !skips(o.decision.Plan), o.decision.Conversation != nil
	if p.Plan.Conversation && !conversed {
		l.quiet[p.ExperienceID] = endOf(p)
	}
	if !began {
		return
	}
	f, limits := o.facts, o.facts.Limits
	of := rowOf{f.User, f.Registry}
	t := l.rows[of]
	if t == nil {
		t = &track{}
		l.rows[of] = t
	}
	t.keep = max(limits.Freeze, limits.Window)
	t.begun = append(t.begun, *p.Begun)
	switch {
	case skips(*p.Plan):
		t.ended = append(t.ended, *p.Begun)
	case p.Closed != nil && p.State != schema.ClosedCancelled:
		t.ended = append(t.ended, *p.Closed)
	}
	t.trim(*p.Begun)
	if conversed {
		at := o.decision.ContactAt
		if p.ContactAt != nil {
			at = *p.ContactAt
		}
		l.contacts[f.User] = append(recent(l.contacts[f.User], *p.Begun), contact{at: at, closed: closedOf(p), keep: limits.ContactWindow})
	}
}

// endOf is when an issue was over; far away when it is not.
func endOf(p schema.PastStep) time.Time {
	if p.Closed == nil {
		return p.At.AddDate(100, 0, 0)
	}
	return *p.Closed
}

// closedOf is when an issue that was not left alone then was closed.
func closedOf(p schema.PastStep) time.Time {
	if p.Closed == nil || skips(*p.Plan) {
		return time.Time{}
	}
	return *p.Closed
}

// sweepEvery is after how many steps everything is looked through for what no limit looks back to any more.
const sweepEvery = 10_000

func (l *ledger) forget(now time.Time) {
	if l.noted++; l.noted%sweepEvery != 0 {
		return
	}
	for of, t := range l.rows {
		if t.trim(now); len(t.begun)+len(t.ended) == 0 {
			delete(l.rows, of)
		}
	}
	for user, all := range l.contacts {
		if l.contacts[user] = recent(all, now); len(l.contacts[user]) == 0 {
			delete(l.contacts, user)
		}
	}
	for id, until := range l.quiet {
		if until.Before(now) {
			delete(l.quiet, id)
		}
	}
}

func (t *track) trim(now time.Time) {
	t.begun, t.ended = after(t.begun, now.Add(-t.keep)), after(t.ended, now.Add(-t.keep))
}

func recent(all []contact, now time.Time) (kept []contact) {
	for _, c := range all {
		if c.at.After(now.Add(-c.keep)) {
			kept = append(kept, c)
		}
	}
	return kept
}

func after(all []time.Time, from time.Time) (kept []time.Time) {
	for _, at := range all {
		if at.After(from) {
			kept = append(kept, at)
		}
	}
	return kept
}

// nth is the nth latest, counted from 1; zero when they are fewer. An n of 0 is as 1.
func nth(all []time.Time, n int) time.Time {
	n = max(n, 1)
	if len(all) < n {
		return time.Time{}
	}
	sorted := slices.SortedFunc(slices.Values(all), func(a, b time.Time) int { return b.Compare(a) })
	return sorted[n-1]
}
