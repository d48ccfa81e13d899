package endurance

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
)

// evidence is all that the auditor judges by: what callers and people were told, what effects there were, what is there, and which
// faults there were.
type evidence struct {
	facts
	calls   []call
	cancels map[string]said
	tooLate map[string]time.Time // when calling off was refused as too late
	talks   map[int]talk
	effects map[stepKey]int           // calls at the hook
	asked   map[int]int               // by errand: how often its process was asked to end
	alive   map[int]bool              // by errand: its process was still there at the end
	mails   map[[sha256.Size]byte]int // that arrived
	faults  []happened
	crashes []string

	told        []heard   // at the provider's webhook
	forged      []string  // sentences about what came there, and is none of ours
	read        []outcome // from the feed
	oddAnswers  []string  // sentences about answers that no client should get
	foreign     []foreign // incidents in the service desk's own system
	oddRequests []string  // sentences about what that was asked, and should not have been
	edits       []edit
	remarks     []remark
	revisions   map[stepKey][]string // marks of edits by which the hook was called
	shown       map[string]string    // by experience_id: how the api says that the incident is called there
}

// finding is something that must not be.
type finding struct {
	Rule rule
	ID   string // experience_id; "" where it is about none
	What string
}

func (f finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Rule, f.ID, f.What) }

// rule is what a finding is about.
type rule string

const (
	oneIssueEach   rule = "what was taken has exactly one issue"
	allAskedFor    rule = "every issue was asked for"
	wellRefused    rule = "what was refused had a reason"
	allEnd         rule = "every issue ends"
	endsWell       rule = "every issue ends for a reason that it can have"
	oneIncident    rule = "there is one incident where one is due, and no other"
	noSecondEffect rule = "nothing is done twice, and nothing unasked"
	nothingWaits   rule = "no message, job or run is left"
	jobsEnd        rule = "a job ends before its step"
	wholeTimeline  rule = "the timeline is complete and in order"
	wholeSteps     rule = "the steps are complete"
	oneOpen        rule = "never two open issues of one person and code"
	oneMail        rule = "one mail a notification"
	nothingCrashes rule = "no process ends by itself"
	hearsAll       rule = "the provider hears of every outcome, and of no other"
	hearsInOrder   rule = "the provider hears of an issue in order"
	goesByVersion  rule = "a step goes by the versions that were there when it began"
	oneCurrent     rule = "each row of the catalogue is as its current version"
	trailTells     rule = "the audit trail tells each change, and nothing else"
	noLostUpdate   rule = "no change of a row is lost or made twice"
	handedOverOnce rule = "the service desk has each incident once"
	faultsAreRare  rule = "not everything of a kind ends as only a fault can explain"
)

// audit gives all findings, rule by rule.
func audit(e evidence) (all []finding) {
	for _, look := range []func(evidence) []finding{
		auditCalls, auditRefusals, auditEnds, auditKinds, auditIncidents, auditEffects, auditLeftovers, auditJobs, auditTimelines, auditSteps,
		auditOverlaps, auditMails, auditCrashes, auditOutcomes, auditHandedOver, auditVersions, auditTrail, auditTickets,
	} {
		found := look(e)
		slices.SortFunc(found, func(a, b finding) int { return cmp.Compare(a.ID, b.ID) })
		all = append(all, found...)
	}
	return all
}

// auditCalls compares how many reports were taken with what they must have made. What is unclear may have been taken or not.
func auditCalls(e evidence) (all []finding) {
	type count struct{ taken, unclear, there int }
	counts := map[string]*count{}
	of := func(what string) *count {
		if counts[what] == nil {
			counts[what] = &count{}
		}
		return counts[what]
	}
	named := map[string]bool{}
	for _, c := range e.calls {
		named[c.ID] = named[c.ID] || !c.Chained
		switch c.Said {
		case accepted:
			of(c.makes()).taken++
		case unclear:
			of(c.makes()).unclear++
		case strange:
			all = append(all, finding{wellRefused, c.ID, fmt.Sprintf("the report of errand %d was answered: %s", c.Errand, c.Text)})
		}
		if c.Said == accepted && c.ID != "" && c.Got != c.ID {
			all = append(all, finding{oneIssueEach, c.ID, "the answer named another id: " + c.Got})
		}
	}
	for _, i := range e.issues {
		first := call{ID: i.ID, Errand: i.Errand}
		if !named[i.ID] {
			first.ID = ""
		}
		of(first.makes()).there++
		of(call{ID: i.ID, Chained: true}.makes()).there += len(i.steps) - 1
	}
	for what, n := range counts {
		switch {
		case n.there < n.taken:
			all = append(all, finding{oneIssueEach, what, fmt.Sprintf("%d were taken, and there are %d", n.taken, n.there)})
		case n.there > n.taken+n.unclear:
			all = append(all, finding{allAskedFor, what, fmt.Sprintf("%d were taken, perhaps %d more, and there are %d", n.taken, n.unclear, n.there)})
		}
	}
	return all
}

// makes says what a report makes when it is taken.
func (c call) makes() string {
	switch {
	case c.Chained:
		return "further steps of " + c.ID
	case c.ID == "":
		return fmt.Sprintf("errand-%d without an id", c.Errand)
	}
	return c.ID
}

// auditRefusals looks for what stood in the way of each report that was refused.
func auditRefusals(e evidence) (all []finding) {
	byID, byMatter := map[string]*issue{}, map[string][]span{}
	for _, i := range e.issues {
		byID[i.ID] = i
		if e.cancels[i.ID] == strange {
			all = append(all, finding{wellRefused, i.ID, "calling it off was answered as if it were not there"})
		}
		if said, refused := e.tooLate[i.ID]; refused && !i.closedBy(said) {
			all = append(all, finding{wellRefused, i.ID, "calling it off was refused as too late, and it was not closed"})
		}
		for _, s := range i.opens() {
			byMatter[i.Person+" "+s.code] = append(byMatter[i.Person+" "+s.code], s)
		}
	}
	for _, c := range e.calls {
		inTheWay := func(s span) bool { return s.from.Before(c.Answered) && s.to.After(c.Sent) }
		switch {
		case c.Said == beingResolved && !slices.ContainsFunc(byMatter[c.Person+" "+c.Code], inTheWay):
			all = append(all, finding{wellRefused, c.makes(), "it was refused as being resolved, and no issue of that person and code was"})
		case c.Said == notAwaited && byID[c.ID] == nil:
			all = append(all, finding{wellRefused, c.makes(), "it was refused for an id that no issue has"})
		case c.Said == notAwaited && c.Chained && byID[c.ID].awaits(c.Sent, c.Answered):
			all = append(all, finding{wellRefused, c.makes(), "it was refused as not awaited, and the issue waited for it all the time"})
		}
	}
	return all
}

// closedBy tells whether an issue was closed at a moment.
func (i *issue) closedBy(moment time.Time) bool {
	return slices.ContainsFunc(i.timeline, func(ev event) bool { return ev.Name == "closed" && !ev.At.After(moment) })
}

// awaits tells whether an issue waited for its next report from before from until after to.
func (i *issue) awaits(from, to time.Time) bool {
	for n, ev := range i.timeline {
		if ev.Name == "action_wait" && ev.At.Before(from) && n+1 < len(i.timeline) && i.timeline[n+1].At.After(to) {
			return true
		}
	}
	return false
}

// span is a time in which an issue was open or in progress, under the code of its step.
type span struct {
	code     string
	from, to time.Time
}

// opens are those times, by the timeline.
func (i *issue) opens() (all []span) {
	for _, ev := range i.timeline {
		switch ev.Name {
		case "created", "chained":
			all = append(all, span{code: i.codeOf(ev.Step), from: ev.At, to: farFuture})
		case "action_wait", "closed":
			if n := len(all); n > 0 && all[n-1].to.Equal(farFuture) {
				all[n-1].to = ev.At
			}
		}
	}
	return all
}

var farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func (i *issue) codeOf(number int) string {
	for _, s := range i.steps {
		if s.Number == number {
			return s.Code
		}
	}
	return ""
}

// auditOverlaps looks for two issues of one person and code that were open at the same time.
func auditOverlaps(e evidence) (all []finding) {
	type owned struct {
		span
		id string
	}
	matters := map[string][]owned{}
	for _, i := range e.issues {
		for _, s := range i.opens() {
			matters[i.Person+" "+s.code] = append(matters[i.Person+" "+s.code], owned{s, i.ID})
		}
	}
	for _, m := range matters {
		slices.SortFunc(m, func(a, b owned) int { return a.from.Compare(b.from) })
		for n := 1; n < len(m); n++ {
			if m[n].from.Before(m[n-1].to) {
				all = append(all, finding{oneOpen, m[n].id, "it was open together with " + m[n-1].id})
			}
		}
	}
	return all
}

// auditLeftovers looks for what is still under way.
func auditLeftovers(e evidence) (all []finding) {
	for _, sentence := range e.inbox {
		all = append(all, finding{nothingWaits, "", "in the inbox: " + sentence})
	}
	for _, id := range e.openRuns {
		all = append(all, finding{nothingWaits, id, "its run in Temporal is open"})
	}
	for _, i := range e.issues {
		for _, c := range i.conversations {
			if c.State != "ended" && i.Reason != "cancelled" { // which leaves the conversation where it stood
				all = append(all, finding{nothingWaits, i.ID, fmt.Sprintf("the conversation of step %d is %s", c.Step, c.State)})
			}
		}
		for _, m := range i.mails {
			if m.State == "pending" || m.State == "sending" {
				all = append(all, finding{nothingWaits, i.ID, fmt.Sprintf("a mail (%s) is %s", m.Occasion, m.State)})
			}
		}
	}
	return all
}

// auditCrashes passes on which processes ended without anybody's doing, and what nobody should be answered.
func auditCrashes(e evidence) (all []finding) {
	for _, sentence := range e.crashes {
		all = append(all, finding{nothingCrashes, "", sentence})
	}
	for _, sentence := range e.oddAnswers {
		all = append(all, finding{wellRefused, "", sentence})
	}
	return all
}
