package endurance

import (
	"fmt"
	"slices"
	"strings"
)

// afterTheEnd are the events that may come after the one that closes an issue: an attempt at an action, or a mail, that was under way
// then and cannot be taken back. Where the service desk could not be told of a wanted live agent, an incident follows, too.
var afterTheEnd = []string{"action_attempt", "notification_attempt", "notification_sent", "notification_failed", "notification_withdrawn",
	"incident_handed_over"}

// auditTimelines looks whether each timeline is whole, in order, and begins and ends as it must.
func auditTimelines(e evidence) (all []finding) {
	for _, i := range e.issues {
		complain := func(format string, a ...any) {
			all = append(all, finding{wholeTimeline, i.ID, fmt.Sprintf(format, a...)})
		}
		if len(i.timeline) != i.Events || i.Events == 0 {
			complain("it counts %d events and has %d", i.Events, len(i.timeline))
		}
		closed := 0
		for n, ev := range i.timeline {
			switch {
			case ev.Number != n+1:
				complain("event %d has number %d", n+1, ev.Number)
			case n > 0 && ev.At.Before(i.timeline[n-1].At):
				complain("event %d, %s, is %s earlier than the one before", n+1, ev.Name, i.timeline[n-1].At.Sub(ev.At))
			case (n == 0) != (ev.Name == "created"):
				complain("event %d is %s", n+1, ev.Name)
			case closed > 0 && !slices.Contains(afterTheEnd, ev.Name) && !(ev.Name == "incident_created" && i.Fallback == "live_agent"):
				complain("event %d, %s, comes after the end", n+1, ev.Name)
			case ev.Name == "requeued":
				complain("it was lost until the janitor found it")
			}
			if ev.Name == "closed" {
				closed++
			}
		}
		if strings.HasPrefix(i.State, "closed_") && closed != 1 {
			complain("it is closed, and its timeline says so %d times", closed)
		}
	}
	return all
}

// auditSteps looks whether the steps of each issue are there, and were begun and ended once each.
func auditSteps(e evidence) (all []finding) {
	for _, i := range e.issues {
		complain := func(format string, a ...any) {
			all = append(all, finding{wholeSteps, i.ID, fmt.Sprintf(format, a...)})
		}
		if len(i.steps) != i.Step {
			complain("it is at step %d and has %d", i.Step, len(i.steps))
		}
		for n, s := range i.steps {
			begun := i.count("begun", s.Number)
			switch {
			case s.Number != n+1:
				complain("step %d has number %d", n+1, s.Number)
			case begun > 1:
				complain("step %d has begun %d times", s.Number, begun)
			case s.Begun != (begun == 1) || s.Begun != s.Planned:
				complain("step %d: its row and the timeline do not agree on whether it has begun", s.Number)
			case !s.Begun && s.Ended && i.Reason != "cancelled":
				complain("step %d has ended and never begun", s.Number)
			case !s.Ended && (n+1 < len(i.steps) || strings.HasPrefix(i.State, "closed_")):
				complain("step %d has no verdict", s.Number)
			}
		}
	}
	return all
}

// count is how often a step has an event.
func (i *issue) count(name string, step int) (n int) {
	for _, ev := range i.timeline {
		if ev.Name == name && ev.Step == step {
			n++
		}
	}
	return n
}

// auditJobs looks whether each job has ended, and not after its step: what a step has left is withdrawn with its end.
func auditJobs(e evidence) (all []finding) {
	for _, i := range e.issues {
		for _, j := range i.jobs {
			name := fmt.Sprintf("job %d of step %d, %s,", j.Attempt, j.Step, j.State)
			if j.Ended.IsZero() {
				all = append(all, finding{nothingWaits, i.ID, name + " has not ended"})
				continue
			}
			for _, ev := range i.timeline {
				ends := ev.Step == j.Step && (ev.Name == "closed" || ev.Name == "action_wait")
				if ends && j.Ended.After(ev.At) {
					all = append(all, finding{jobsEnd, i.ID, fmt.Sprintf("%s ended %s after its step", name, j.Ended.Sub(ev.At))})
				}
			}
		}
	}
	return all
}
