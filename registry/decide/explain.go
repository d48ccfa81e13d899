package decide

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"proactive/schema"
)

// Criterion is one of the user criteria of a registry row, and what it says of the person.
type Criterion struct {
	Name     string                `json:"name"`
	Side     string                `json:"side"`   // include or exclude
	Active   bool                  `json:"active"` // one that is not matches nobody
	MatchAll bool                  `json:"match_all"`
	Lists    []schema.CriteriaList `json:"lists"` // those that say something
	Matches  bool                  `json:"matches"`
}

// Criteria are all that the registry row names, in its order.
func Criteria(f schema.StepFacts) []Criterion {
	all := []Criterion{}
	for _, side := range []struct {
		name  string
		names []string
	}{{"exclude", f.Exclude}, {"include", f.Include}} {
		for _, name := range side.names {
			c := Criterion{Name: name, Side: side.name, Lists: []schema.CriteriaList{}}
			if i := slices.IndexFunc(f.Criteria, func(c schema.UserCriteria) bool { return c.Name == name }); i >= 0 {
				c.Active, c.MatchAll, c.Lists, c.Matches = true, f.Criteria[i].MatchAll, f.Criteria[i].Lists(f.Person), fits(f, name)
			}
			all = append(all, c)
		}
	}
	return all
}

// Gate is one of the reasons to leave a person alone, and whether it holds. The first that does decides.
type Gate struct {
	Reason schema.EndReason `json:"reason"`
	Holds  bool             `json:"holds"`
	Detail string           `json:"detail"` // with its numbers, where it holds
}

// Gates are all of them, in their order, also those behind one that holds.
func Gates(f schema.StepFacts) (all []Gate) {
	for _, g := range gates {
		reason, detail := g.holds(f)
		all = append(all, Gate{Reason: g.reason, Holds: reason != "", Detail: detail})
	}
	return all
}

// FrozenUntil is the end of the freeze; zero when nothing has ended within it.
func FrozenUntil(f schema.StepFacts) time.Time {
	if f.Past.Ended.IsZero() {
		return time.Time{}
	}
	return f.Past.Ended.Add(f.Limits.Freeze)
}

// NextPossible is when the user limit has room again; zero when it has room now.
func NextPossible(f schema.StepFacts) time.Time {
	if f.Limits.Steps == 0 || f.Past.Begun < f.Limits.Steps {
		return time.Time{}
	}
	return f.Past.Begins.Add(f.Limits.Window)
}

// Reported is one of the input_parameters of a report, and what becomes of it.
type Reported struct {
	Name string `json:"name"`
	Used bool   `json:"used"`
	Why  string `json:"why"`
}

// Inputs are the input_parameters of the report by name, and what is wrong with the whole; "" when the action would take it, or there
// is none.
func Inputs(f schema.StepFacts) (all []Reported, mismatch string, err error) {
	all = []Reported{}
	var given map[string]json.RawMessage
	if json.Unmarshal(f.InputParameters, &given) != nil {
		given = nil // Merge says so
	}
	if f.ActionName == "" {
		for name := range given {
			all = append(all, Reported{Name: name, Why: "no remedial action is run"})
		}
		return sorted(all), "", nil
	}
	_, ignored, err := mergedParameters(f)
	if wrong, is := asParameterError(err); is {
		mismatch, err = wrong.Error(), nil
	}
	for name := range given {
		r := Reported{Name: name, Used: !slices.Contains(ignored, name), Why: "the action asks for it, and the resolution leaves it unset"}
		switch {
		case r.Used:
		case slices.Contains(f.FromReport, name):
			r.Why = "the resolution sets it"
		default:
			r.Why = "the action does not ask for it"
		}
		all = append(all, r)
	}
	return sorted(all), mismatch, err
}

func sorted(all []Reported) []Reported {
	slices.SortFunc(all, func(a, b Reported) int { return strings.Compare(a.Name, b.Name) })
	return all
}
