package endurance

import (
	"fmt"
	"net/http"
)

// auditOutcomes compares what the provider heard, by its webhook and from the feed, with what has become of its issues.
func auditOutcomes(e evidence) (all []finding) {
	byID := map[string]*issue{}
	told, read := map[string][]outcome{}, map[string][]outcome{}
	for _, o := range e.read {
		read[o.ExperienceID] = append(read[o.ExperienceID], o)
	}
	first, disorder := firstArrivals(e.told)
	for _, o := range first {
		told[o.ExperienceID] = append(told[o.ExperienceID], o)
	}
	for _, i := range e.issues {
		byID[i.ID] = i
		all = append(all, i.heardBy("webhook", told[i.ID])...)
		all = append(all, i.heardBy("feed", read[i.ID])...)
	}
	for _, by := range []map[string][]outcome{told, read} {
		for id, outcomes := range by {
			if byID[id] == nil {
				all = append(all, finding{hearsAll, id, fmt.Sprintf("%d outcomes were told of an issue that is not there", len(outcomes))})
			}
		}
	}
	for _, sentence := range e.forged {
		all = append(all, finding{hearsAll, "", "the provider was sent: " + sentence})
	}
	return append(append(all, disorder...), auditDeliveries(e)...)
}

// firstArrivals are the outcomes as they came to the webhook, without repeats. What follows in an issue comes when the one before was taken.
func firstArrivals(told []heard) (first []outcome, disorder []finding) {
	came, taken := map[string]bool{}, map[string]int{} // by id; by issue, the last that was
	for _, h := range told {
		if h.Sequence > taken[h.ExperienceID]+1 {
			disorder = append(disorder, finding{hearsInOrder, h.ExperienceID,
				fmt.Sprintf("outcome %d, %s, came when %d was the last that was taken", h.Sequence, h.State, taken[h.ExperienceID])})
		}
		if !came[h.ID] {
			first = append(first, h.outcome)
		}
		came[h.ID] = true
		if h.Answer == http.StatusNoContent || h.Answer == http.StatusGone {
			taken[h.ExperienceID] = max(taken[h.ExperienceID], h.Sequence)
		}
	}
	return first, disorder
}

// heardBy compares what was told of an issue with its timeline, one by one.
func (i *issue) heardBy(way string, told []outcome) (all []finding) {
	due := i.outcomes()
	complain := func(format string, a ...any) {
		all = append(all, finding{hearsAll, i.ID, fmt.Sprintf(way+": "+format, a...)})
	}
	for n, o := range told[:min(len(told), len(due))] {
		o.ID, o.ExperienceID = "", ""
		if o != due[n] {
			complain("outcome %d is %+v, and should be %+v", n+1, o, due[n])
			return all
		}
	}
	if len(told) != len(due) {
		complain("%d outcomes were told, and %d are due", len(told), len(due))
	}
	return all
}

// outcomes are those that the provider is to hear of, by the timeline.
func (i *issue) outcomes() (due []outcome) {
	for _, ev := range i.timeline {
		o := outcome{IssueCode: i.codeOf(ev.Step), Step: ev.Step, Sequence: len(due) + 1}
		switch ev.Name {
		case "begun":
			o.State = "in_progress"
		case "action_wait":
			o.State = "action_wait"
		case "closed":
			o.State, o.EndReason = i.State, i.Reason
		default:
			continue
		}
		due = append(due, o)
	}
	return due
}

// auditDeliveries looks whether each delivery has come to its end, and is given up only where the provider has said so.
func auditDeliveries(e evidence) (all []finding) {
	wanted := map[string]bool{}
	for _, h := range e.told {
		wanted[h.ID] = h.Answer != http.StatusGone
	}
	for _, d := range e.deliveries {
		want, came := wanted[d.About]
		name := fmt.Sprintf("the delivery of an %s is %s", d.Of, d.State)
		switch {
		case d.State == "pending":
			all = append(all, finding{nothingWaits, d.Issue, name + ": " + d.Detail})
		case d.State == "given_up" && (!came || want):
			all = append(all, finding{hearsAll, d.Issue, name + ", and nobody has said that it is not wanted: " + d.Detail})
		case d.State == "delivered" && came && !want:
			all = append(all, finding{hearsAll, d.Issue, name + ", and it was not wanted"})
		case d.Issue == "":
			all = append(all, finding{hearsAll, "", name + ", and it is about no issue"})
		}
	}
	return all
}

// auditHandedOver looks whether the service desk's own system has each incident once, and ours says how it is called there.
func auditHandedOver(e evidence) (all []finding) {
	there, person := map[string][]foreign{}, map[string]string{}
	for _, i := range e.issues {
		person[i.ID] = i.Person
	}
	for _, f := range e.foreign {
		there[f.CorrelationID] = append(there[f.CorrelationID], f)
		if len(e.records[f.CorrelationID]) == 0 {
			all = append(all, finding{handedOverOnce, f.CorrelationID, "the service desk has " + f.Number + ", and we have no incident of it"})
		}
	}
	for id, ours := range e.records {
		for _, r := range ours {
			complain := func(what string) { all = append(all, finding{handedOverOnce, id, r.Number + " " + what}) }
			theirs := there[id]
			switch {
			case len(theirs) != 1:
				complain(fmt.Sprintf("is there %d times at the service desk", len(theirs)))
			case r.ForeignNumber != theirs[0].Number || r.ForeignSysID != theirs[0].SysID:
				complain(fmt.Sprintf("is called %q, and is %s at the service desk", r.ForeignNumber, theirs[0].Number))
			case e.shown[id] != theirs[0].Number:
				complain(fmt.Sprintf("is shown to be called %q, and is %s at the service desk", e.shown[id], theirs[0].Number))
			case theirs[0].Caller != idThere(person[id]):
				complain(fmt.Sprintf("is about %q at the service desk, and not about %s", theirs[0].Caller, person[id]))
			}
		}
	}
	for _, sentence := range e.oddRequests {
		all = append(all, finding{handedOverOnce, "", "the service desk was asked: " + sentence})
	}
	return all
}
