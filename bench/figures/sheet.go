package figures

import (
	"math"
	"slices"
	"sync"
)

// A Name says which number is meant.
type Name struct {
	Scenario string `json:"scenario"`
	What     string `json:"what"` // such as "reports/s, 32 connections"
	Who      string `json:"who"`  // who was measured
}

// A Figure is one number, measured in several rounds. Two figures of one scenario were measured side by side: the nth values of
// both come from the same round.
type Figure struct {
	Name
	Rounds []float64 `json:"rounds"`
	Median float64   `json:"median"`
}

// A Sheet collects figures in the order in which they first appear.
type Sheet struct {
	mu      sync.Mutex
	Figures []*Figure `json:"figures"`
	Notes   []Note    `json:"notes"`

	compared []string // scenarios whose columns are compared with the first one
}

// A Note is a sentence that belongs to a scenario's numbers.
type Note struct {
	Scenario string `json:"scenario"`
	Text     string `json:"text"`
}

// Add takes the value of one more round. One that could not be computed, as nothing was measured, is none.
func (s *Sheet) Add(scenario, what, who string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := Name{scenario, what, who}
	f := s.find(name)
	if f == nil {
		f = &Figure{Name: name}
		s.Figures = append(s.Figures, f)
	}
	f.Rounds = append(f.Rounds, value)
	f.Median = Median(f.Rounds)
}

// Compare says that the columns of a scenario's table are to be compared with its first one.
func (s *Sheet) Compare(scenario string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.compared = once(s.compared, scenario)
}

// Remark adds a note, once.
func (s *Sheet) Remark(scenario, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if note := (Note{scenario, text}); !slices.Contains(s.Notes, note) {
		s.Notes = append(s.Notes, note)
	}
}

// Median is a figure's; false when it was not measured.
func (s *Sheet) Median(name Name) (float64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.find(name)
	if f == nil {
		return 0, false
	}
	return f.Median, true
}

// Ratio is how many times a is b: the median of the ratios of each round, so that what slows a whole round down does not count.
func (s *Sheet) Ratio(a, b Name) (float64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, to := s.find(a), s.find(b)
	if of == nil || to == nil {
		return 0, false
	}
	var ratios []float64
	for i := range min(len(of.Rounds), len(to.Rounds)) {
		if to.Rounds[i] != 0 {
			ratios = append(ratios, of.Rounds[i]/to.Rounds[i])
		}
	}
	return Median(ratios), len(ratios) > 0
}

func (s *Sheet) find(name Name) *Figure {
	i := slices.IndexFunc(s.Figures, func(f *Figure) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return s.Figures[i]
}
