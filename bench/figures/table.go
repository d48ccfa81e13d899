package figures

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Print writes a table for each scenario, whose columns are those who were measured, and then the budgets. Where they
// are compared, behind a number stands how many times it the first column's number is.
func (s *Sheet) Print(w io.Writer, budgets []Verdict) {
	for _, scenario := range s.scenarios() {
		fmt.Fprintf(w, "\n%s\n", scenario)
		s.printScenario(w, scenario)
		for _, note := range s.Notes {
			if note.Scenario == scenario {
				fmt.Fprintf(w, "  note: %s\n", note.Text)
			}
		}
	}
	fmt.Fprintln(w, "\nbudgets")
	t := columns(w)
	for _, v := range budgets {
		measured := "-"
		if v.State != NotMeasured {
			measured = number(v.Measured)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", v.Budget, v.Limit, measured, v.State)
	}
	t.Flush()
}

func (s *Sheet) printScenario(w io.Writer, scenario string) {
	var whats, whos []string
	for _, f := range s.Figures {
		if f.Scenario == scenario {
			whats, whos = once(whats, f.What), once(whos, f.Who)
		}
	}
	t := columns(w)
	fmt.Fprintf(t, "  \t%s\n", strings.Join(whos, "\t"))
	for _, what := range whats {
		fmt.Fprintf(t, "  %s", what)
		for _, who := range whos {
			fmt.Fprintf(t, "\t%s", s.cell(Name{scenario, what, whos[0]}, Name{scenario, what, who}))
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

func (s *Sheet) cell(first, this Name) string {
	value, ok := s.Median(this)
	if !ok {
		return "-"
	}
	cell := number(value)
	if ratio, ok := s.Ratio(first, this); ok && first != this && slices.Contains(s.compared, this.Scenario) {
		cell += " (x" + number(ratio) + ")"
	}
	return cell
}

// number has three significant digits, and no fewer than all before the point.
func number(x float64) string {
	switch digits := math.Abs(x); {
	case math.IsNaN(x):
		return "-"
	case digits >= 100 || x == math.Trunc(x):
		return strconv.FormatFloat(x, 'f', 0, 64)
	case digits >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case digits >= 1:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

func (s *Sheet) scenarios() (all []string) {
	for _, f := range s.Figures {
		all = once(all, f.Scenario)
	}
	for _, n := range s.Notes {
		all = once(all, n.Scenario)
	}
	return all
}

func once(all []string, one string) []string {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

func columns(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 3, ' ', 0) }
