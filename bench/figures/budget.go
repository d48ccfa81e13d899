package figures

import "math"

// A Budget is what a figure, or the ratio of one to another, must keep to.
type Budget struct {
	Text  string
	Of    Name
	To    *Name // nil: the figure itself
	Limit float64
	// AtLeast turns it round: the limit is the least that will do.
	AtLeast bool
}

// A Verdict is how a budget stands.
type Verdict struct {
	Budget   string  `json:"budget"`
	Limit    string  `json:"limit"`
	Measured float64 `json:"measured"`
	State    State   `json:"state"`
}

// State says whether a budget is met.
type State string

// The states of a budget.
const (
	Met         State = "met"
	NotMet      State = "not met"
	NotMeasured State = "not measured"
)

// Judge compares the budget with what was measured.
func (b Budget) Judge(s *Sheet) Verdict {
	v := Verdict{Budget: b.Text, Limit: "<= " + number(b.Limit), State: NotMeasured}
	if b.AtLeast {
		v.Limit = ">= " + number(b.Limit)
	}
	measured, ok := s.Median(b.Of)
	if b.To != nil {
		v.Limit += " x"
		measured, ok = s.Ratio(b.Of, *b.To)
	}
	if !ok || math.IsNaN(measured) {
		return v
	}
	v.Measured = measured
	v.State = NotMet
	if b.AtLeast && measured >= b.Limit || !b.AtLeast && measured <= b.Limit {
		v.State = Met
	}
	return v
}
