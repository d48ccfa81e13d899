package backtest

import (
	"time"

	"proactive/schema"
)

// Kind is what would have gone differently.
type Kind string

// The kinds of differences, in the order in which they are looked for. After a refusal, or where somebody is left alone, there is no other.
const (
	Refusal    Kind = "refusal"
	Skipped    Kind = "skipped" // by criteria, freeze, limits, or an active conversation
	Resolution Kind = "resolution"
	Verdict    Kind = "verdict" // something is run or not: parameters, a device, the action
	Engagement Kind = "engagement"
	Action     Kind = "action"
	Parameters Kind = "parameters"
	FallenBack Kind = "fallback"
)

// Kinds are all, in their order.
func Kinds() []Kind {
	return []Kind{Refusal, Skipped, Resolution, Verdict, Engagement, Action, Parameters, FallenBack}
}

// Report is what would have gone differently.
type Report struct {
	Since     time.Time `json:"since"`
	Steps     int       `json:"steps"`     // decided once more
	Different int       `json:"different"` // of them
	Undecided int       `json:"undecided"` // never begun, so that there is nothing to compare with
	Erased    int       `json:"erased"`    // of people who were erased
	Removed   int       `json:"removed"`   // issues that retention has removed meanwhile
	// Counts are by PROVIDER/CODE and kind; a step may have several kinds.
	Counts   map[string]map[Kind]int `json:"counts"`
	Examples []Example               `json:"examples"`
}

// Example is one step that would have gone differently.
type Example struct {
	Issue        string `json:"issue"` // PROVIDER/CODE
	ExperienceID string `json:"experience_id"`
	Step         int    `json:"step"`
	Difference
}

// Difference is what was, and what would have been. Values of parameters are not told.
type Difference struct {
	Kind  Kind   `json:"kind"`
	Was   string `json:"was"`
	Would string `json:"would"`
}

// examplesOfEach is how many examples there are of a kind for an issue code.
const examplesOfEach = 3

func (r *Report) count(p schema.PastStep, o outcome) {
	switch {
	case p.Erased:
		r.Erased++
		return
	case p.Plan == nil || p.Plan.Ended != "":
		r.Undecided++
		return
	}
	r.Steps++
	different := differences(p, o)
	if len(different) == 0 {
		return
	}
	r.Different++
	issue := p.Provider + "/" + p.IssueCode
	if r.Counts[issue] == nil {
		r.Counts[issue] = map[Kind]int{}
	}
	for _, d := range different {
		if r.Counts[issue][d.Kind]++; r.Counts[issue][d.Kind] <= examplesOfEach {
			r.Examples = append(r.Examples, Example{Issue: issue, ExperienceID: p.ExperienceID, Step: p.Step, Difference: d})
		}
	}
}

// differences are all that a step shows, refusal and skipping alone.
func differences(p schema.PastStep, o outcome) (all []Difference) {
	differs := func(kind Kind, was, would string) {
		if was != would {
			all = append(all, Difference{kind, was, would})
		}
	}
	was, would := *p.Plan, o.decision.Plan
	switch {
	case o.refused != nil:
		differs(Refusal, "taken", string(o.refused.Why))
		return all
	case skips(was) || skips(would):
		differs(Skipped, verdictOf(was), verdictOf(would))
		return all
	}
	if p.Resolution != p.Row.Resolution {
		differs(Resolution, p.Name, p.Row.ResolutionName)
	}
	differs(Verdict, verdictOf(was), verdictOf(would))
	if was.Conclude == "" && would.Conclude == "" {
		differs(Engagement, engagement(was.Conversation, p.Mode, p.Consent), engagement(would.Conversation, o.facts.Engagement, consents(o.decision)))
		differs(Action, actionOf(was), actionOf(would))
		if !same(p.Parameters, o.decision.Parameters) {
			all = append(all, Difference{Parameters, "", changedNames(p.Parameters, o.decision.Parameters)})
		}
	}
	if was.Conclude == would.Conclude && p.Last {
		before, now := fallbacks(p)
		differs(FallenBack, before, now)
	}
	return all
}
