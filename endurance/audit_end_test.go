package endurance

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ways say how an issue of a code may end: always, and otherwise only when a fault explains it.
type ways struct{ always, faulty []string }

// wayOf is how steps with a code end that are not called off. Why each faulty one is none of ours to complain about:
//
//   - once, once-hangs: what must not be repeated, and whose worker, or whose way to it, is lost while it is at it, has an unknown
//     outcome. One whose worker stood still until its time was over before it had sent anything has failed, or had no time;
//     auditEffects sees to it that it was indeed not sent.
//   - hangs: as above, for the last of its two attempts.
//   - end, end-once: the agent was killed while it was at it, so nobody knows; end is repeated first, five times at most.
//     Or the agent, or Postgres and then the agent, stood still until the action's time was over.
//   - tell: the mail was being handed over when the worker was killed, and is not sent a second time.
//
// engine_lost is never right: nothing here takes an issue's run away.
var wayOf = map[string]ways{
	"quick":         {always: []string{"resolved_silently"}},
	"slow":          {always: []string{"resolved_silently"}},
	"fails":         {always: []string{"action_failed"}},
	"fails-quietly": {always: []string{"action_failed"}},
	"fails-live":    {always: []string{"action_failed"}},
	"hangs":         {always: []string{"action_timed_out"}, faulty: []string{"action_failed"}},
	"once":          {always: []string{"resolved_silently"}, faulty: []string{"outcome_unknown", "action_failed"}},
	"once-hangs":    {always: []string{"outcome_unknown"}, faulty: []string{"action_failed"}},
	"incident":      {always: []string{"incident_requested"}},
	"team":          {always: []string{"resolved_silently"}},
	"end":           {always: []string{"resolved_silently"}, faulty: []string{"outcome_unknown", "action_timed_out"}},
	"end-once":      {always: []string{"resolved_silently"}, faulty: []string{"outcome_unknown", "action_timed_out"}},
	"end-soon":      {always: []string{"no_device"}},
	"next":          {always: []string{"action_wait_expired"}}, // goes on as quick when the next report is taken
	"expires":       {always: []string{"action_wait_expired"}},
	"tell":          {always: []string{"notification_sent"}, faulty: []string{"notification_failed"}},
}

// auditEnds looks whether every issue has ended, and for a reason that it can have.
func auditEnds(e evidence) (all []finding) {
	for _, i := range e.issues {
		if !strings.HasPrefix(i.State, "closed_") {
			all = append(all, finding{allEnd, i.ID, fmt.Sprintf("step %d is %s%s", i.Step, i.State, e.whereabouts(i))})
			continue
		}
		possible := e.ways(i)
		if !slices.Contains(possible.always, i.Reason) && (!slices.Contains(possible.faulty, i.Reason) || !e.explained(i)) {
			all = append(all, finding{endsWell, i.ID, fmt.Sprintf("%s ended as %s, and not as one of %v, nor of %v with a fault to explain it",
				i.Code, i.Reason, possible.always, possible.faulty)})
		}
	}
	return all
}

// fewOfAKind is how many issues of a code there must be before all of them count as everything.
const fewOfAKind = 10

// auditKinds looks whether some of each code end as they do without any fault. In a short run a fault explains every single one.
func auditKinds(e evidence) (all []finding) {
	ended, well := map[string]int{}, map[string]int{}
	for _, i := range e.issues {
		if i.Reason == "cancelled" || !strings.HasPrefix(i.State, "closed_") {
			continue
		}
		ended[i.Code]++
		if slices.Contains(e.ways(i).always, i.Reason) {
			well[i.Code]++
		}
	}
	for code, n := range ended {
		if n >= fewOfAKind && well[code] == 0 {
			all = append(all, finding{faultsAreRare, code, fmt.Sprintf("all %d that have ended did", n)})
		}
	}
	return all
}

// whereabouts says what still knows of an issue that has not ended.
func (e evidence) whereabouts(i *issue) string {
	waiting := slices.ContainsFunc(e.inbox, func(sentence string) bool { return strings.HasPrefix(sentence, i.ID+": ") })
	switch running := slices.Contains(e.openRuns, i.ID); {
	case !waiting && !running:
		return lostForGood
	case !waiting:
		return ", and Temporal runs it"
	}
	return ", and a message waits for it"
}

// lostForGood is an issue that nobody will ever go on with.
const lostForGood = ", and neither its inbox nor Temporal knows of it"

// ways are how one issue may end, by what its caller and its person were told.
func (e evidence) ways(i *issue) ways {
	w := wayOf[i.Code]
	if i.Code == "ask" {
		w = waysOfTalk(e.talks[i.Errand])
	}
	switch e.cancels[i.ID] {
	case cancelled:
		return ways{always: []string{"cancelled"}}
	case unclear:
		w.always = append([]string{"cancelled"}, w.always...)
	}
	return w
}

// waysOfTalk are how an issue ends whose person has said this. After consent the action decides, as for once.
func waysOfTalk(t talk) ways {
	last := ""
	if n := len(t.Heard); n > 0 {
		last = t.Heard[n-1]
	}
	w := waysAfter(last)
	if t.Unclear != "" {
		if perhaps := waysAfter(t.Unclear); len(perhaps.always) > 0 {
			w.always = append(append([]string{}, w.always...), perhaps.always...)
			w.faulty = append(append([]string{}, w.faulty...), perhaps.faulty...)
		}
	}
	return w
}

func waysAfter(reply string) ways {
	switch reply {
	case "decline", "refuse":
		return ways{always: []string{"declined"}}
	case "helped", "feedback":
		return ways{always: []string{"resolved_by_user"}}
	case "not_helped":
		return ways{always: []string{"unresolved_by_user"}}
	case "consent":
		return ways{always: []string{"no_response"}, faulty: wayOf["once"].faulty}
	case "accept":
		return ways{always: []string{"no_response"}}
	}
	return ways{always: []string{"no_response"}, faulty: []string{"notification_failed"}}
}

// aftermath is for how long after a fault its consequences may show: a lease, and what is begun anew after it.
const aftermath = 90 * time.Second

// explained tells whether there was a fault in the time of an issue.
func (e evidence) explained(i *issue) bool {
	if len(i.timeline) == 0 {
		return false
	}
	from, to := i.timeline[0].At, i.timeline[len(i.timeline)-1].At
	return slices.ContainsFunc(e.faults, func(h happened) bool { return h.From.Before(to) && h.To.Add(aftermath).After(from) })
}

// auditIncidents looks for the incident, or the live agent, of each issue whose end asks for one.
func auditIncidents(e evidence) (all []finding) {
	sum := 0
	for _, i := range e.issues {
		due, live := i.Reason == "incident_requested", false
		if i.State == "closed_incomplete" {
			due, live = due || i.Fallback == "incident", i.Fallback == "live_agent"
		}
		sum += i.Incidents
		switch {
		case live && i.Interactions != 1 || !live && i.Interactions != 0:
			all = append(all, finding{oneIncident, i.ID, fmt.Sprintf("it has %d interactions for a live agent, with the fallback %s", i.Interactions, i.Fallback)})
		case live && i.Incidents == 1 && e.explained(i): // the service desk could not be told
		case due && i.Incidents != 1:
			all = append(all, finding{oneIncident, i.ID, fmt.Sprintf("it has %d incidents, and one is due for %s", i.Incidents, i.Reason)})
		case !due && i.Incidents != 0:
			all = append(all, finding{oneIncident, i.ID, fmt.Sprintf("it has %d incidents, and none is due for %s %s", i.Incidents, i.State, i.Reason)})
		case due != i.Linked:
			all = append(all, finding{oneIncident, i.ID, "its row and its incident do not point to each other"})
		}
	}
	if sum != e.incidents {
		all = append(all, finding{oneIncident, "", fmt.Sprintf("there are %d incidents, of which %d belong to an issue", e.incidents, sum)})
	}
	return all
}
