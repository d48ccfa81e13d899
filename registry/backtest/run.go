package backtest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"proactive/registry/decide"
	"proactive/schema"
)

// Run is one backtest. Take takes the past in its order; what was reported before since only says what the limits count.
type Run struct {
	since  time.Time
	past   *ledger
	chains map[string]link // by experience_id, of issues that have a later step
	report Report
}

// New is a run over what was reported since then.
func New(since time.Time) *Run {
	return &Run{since: since, past: newLedger(), chains: map[string]link{}, report: Report{Since: since, Counts: map[string]map[Kind]int{}, Examples: []Example{}}}
}

// link is what a step leaves to the next of its issue.
type link struct {
	nextCodes []string // empty: any
	ended     bool     // it would have closed the issue
}

// outcome is what a step would have come to.
type outcome struct {
	refused  *schema.Refused
	facts    schema.StepFacts
	decision schema.Decision
}

// Take decides a step once more.
func (r *Run) Take(p schema.PastStep) error {
	o, err := r.decide(p)
	if err != nil {
		return fmt.Errorf("decide step %d of %s once more: %w", p.Step, p.ExperienceID, err)
	}
	if !p.Erased {
		r.past.note(p, o)
	}
	r.chain(p, o)
	if !p.At.Before(r.since) {
		r.report.count(p, o)
	}
	return nil
}

// Report is what came out so far.
func (r *Run) Report() Report { return r.report }

func (r *Run) decide(p schema.PastStep) (o outcome, err error) {
	if o.refused = r.refusal(p); o.refused != nil || p.Begun == nil || p.Erased {
		return o, nil
	}
	f := p.Facts
	f.Now = *p.Begun
	f.CIEnrolled = enrolled(p)
	f.Past = r.past.before(p, f)
	o.facts = f
	o.decision, err = decide.Step(f)
	return o, err
}

// refusal is of the registry, or of the chain that the step would be the next of.
func (r *Run) refusal(p schema.PastStep) *schema.Refused {
	if p.Refused != nil {
		return p.Refused
	}
	before, chained := r.chains[p.ExperienceID]
	detail := ""
	switch {
	case !chained:
		return nil
	case before.ended:
		detail = "The step before would have closed the issue."
	case len(before.nextCodes) > 0 && !slices.Contains(before.nextCodes, p.IssueCode):
		detail = fmt.Sprintf("Issue code %s could not follow.", p.IssueCode)
	default:
		return nil
	}
	refused, _ := errors.AsType[*schema.Refused](schema.Refuse(schema.NotAwaited, detail))
	return refused
}

// chain keeps what the next step of the issue depends on. After a step that would have been refused, the next would have made a new issue.
func (r *Run) chain(p schema.PastStep, o outcome) {
	delete(r.chains, p.ExperienceID)
	if p.Last || o.refused != nil {
		return
	}
	r.chains[p.ExperienceID] = link{nextCodes: p.Row.NextCodes, ended: o.decision.Plan.Conclude != ""}
}

// enrolled is what was so then, where the record tells: else as it is now.
func enrolled(p schema.PastStep) bool {
	switch {
	case p.Plan != nil && p.Plan.Conclude == schema.NoDevice:
		return false
	case p.Plan != nil && p.Plan.Action != nil && p.Plan.Action.Kind == schema.CIAction:
		return true
	}
	return p.Facts.CIEnrolled
}

// skips tells whether a plan leaves the person alone.
func skips(plan schema.Plan) bool { return plan.Conclude.State() == schema.ClosedSkipped }
