package endurance

import (
	"fmt"
	"slices"
)

// mayRepeat says of each code whose action calls the hook how often one step may do so.
var mayRepeat = map[string]int{"quick": 10, "slow": 10, "fails": 10, "fails-quietly": 10, "fails-live": 10, "hangs": 2, "once": 1, "once-hangs": 1, "ask": 1,
	"next": 10, "expires": 10, "team": 10}

// anew bounds how often the attempts of an action that may be repeated are counted from the beginning: that happens when one of them
// finds that Postgres is away, before it has done anything.
const anew = 3

// auditEffects compares what was done in the world with what may have been done, and with what the issues say.
func auditEffects(e evidence) (all []finding) {
	known := map[string]bool{}
	for _, i := range e.issues {
		known[i.ID] = true
		for _, s := range i.steps {
			all = append(all, e.auditCallsOf(i, s)...)
		}
		if i.Code == "end" || i.Code == "end-once" {
			all = append(all, e.auditProcessOf(i)...)
		}
	}
	for key, n := range e.effects {
		if !known[key.ExperienceID] {
			all = append(all, finding{noSecondEffect, key.ExperienceID, fmt.Sprintf("the hook was called %d times for an issue that is not there", n)})
		}
	}
	return all
}

// auditCallsOf looks at the calls of one step at the hook.
func (e evidence) auditCallsOf(i *issue, s step) (all []finding) {
	n, last := e.effects[stepKey{i.ID, s.Number}], s.Number == i.Step
	complain := func(what string) {
		all = append(all, finding{noSecondEffect, i.ID, fmt.Sprintf("step %d, %s, %s: the hook was called %d times", s.Number, s.Code, what, n)})
	}
	most := mayRepeat[s.Code]
	if most > 1 && e.explained(i) {
		most *= anew
	}
	if n > most {
		complain(fmt.Sprintf("may call %d times", most))
	}
	switch {
	case n > 0 && !s.Begun:
		complain("never began")
	case n == 0 && last && (i.Reason == "resolved_silently" || i.Reason == "resolved_by_user") && mayRepeat[s.Code] > 0:
		complain("ended as " + i.Reason)
	case n > 0 && last && i.Reason == "action_failed" && mayRepeat[s.Code] == 1:
		complain("is said to have failed for sure")
	case n > 0 && s.Code == "ask" && !consented(e.talks[i.Errand]):
		complain("was not consented to")
	}
	return all
}

func consented(t talk) bool { return t.Unclear == "consent" || slices.Contains(t.Heard, "consent") }

// auditProcessOf looks at the process that an agent was to end.
func (e evidence) auditProcessOf(i *issue) (all []finding) {
	times := e.asked[i.Errand]
	complain := func(what string) {
		all = append(all, finding{noSecondEffect, i.ID, fmt.Sprintf("%s: its process was asked to end %d times", what, times)})
	}
	begun := slices.ContainsFunc(i.jobs, func(j job) bool { return j.Begun })
	switch {
	case times > 0 && !begun:
		complain("no job has begun")
	case times > 1 && i.Code == "end-once":
		complain("it must not be repeated")
	case i.Reason == "resolved_silently" && (times == 0 || e.alive[i.Errand]):
		complain("it is said to have succeeded")
	}
	return all
}

// auditMails compares the mails that have arrived with the notifications.
func auditMails(e evidence) (all []finding) {
	for _, i := range e.issues {
		for _, m := range i.mails {
			n := e.mails[m.Hash]
			complain := func(what string) {
				all = append(all, finding{oneMail, i.ID, fmt.Sprintf("a mail (%s) is %s, %s: %d have arrived", m.Occasion, m.State, what, n)})
			}
			switch {
			case n > 1:
				complain("which is one at most")
			case n == 0 && m.State == "delivered":
				complain("which is one")
			case n > 0 && m.State == "withdrawn":
				complain("which is none")
			}
		}
	}
	return all
}
