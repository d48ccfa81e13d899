package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PropertyValue is a setting that was set.
type PropertyValue struct {
	Name  string
	Value int
}

// Property is a setting that can be changed while everything runs. All of them are whole numbers.
type Property struct {
	Name     string
	Default  int
	Min, Max int
	Meaning  string // one sentence
}

// The properties by name.
const (
	EngineDueSeconds       = "sn_pren.engine_due_seconds"
	JanitorIntervalSeconds = "sn_pren.janitor_interval_seconds"
	JanitorGraceSeconds    = "sn_pren.janitor_grace_seconds"
	JanitorMaxCandidates   = "sn_pren.janitor_max_candidates"
	ResolutionFreezePeriod = "sn_pren.resolution_freeze_period"
)

const secondsPerDay = 24 * 60 * 60

var properties = []Property{
	{EngineDueSeconds, 600, 1, 30 * secondsPerDay, "How many seconds an unfinished step may be overdue before the janitor looks at it."},
	{JanitorIntervalSeconds, 30, 1, secondsPerDay, "How many seconds pass between two sweeps of the janitor."},
	{JanitorGraceSeconds, 120, 0, secondsPerDay, "How many seconds the engine must have been well before the janitor judges."},
	{JanitorMaxCandidates, 100, 1, 1_000_000, "How many issues one sweep may want to end: with more it stops with an alarm and ends none."},
	{ResolutionFreezePeriod, 0, 0, 0, "How many hours a person is left in peace after a resolution; only 0 until the next release."},
}

// AllProperties lists every property.
func AllProperties() []Property { return slices.Clone(properties) }

// FindProperty finds a property by its name.
func FindProperty(name string) (Property, bool) {
	i := slices.IndexFunc(properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Property{}, false
	}
	return properties[i], true
}

// Parse reads a value of p, or says in a sentence what it must be.
func (p Property) Parse(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	switch {
	case err == nil && n >= p.Min && n <= p.Max:
		return n, nil
	case p.Min == p.Max:
		return 0, fmt.Errorf("%s can only be %d for now", p.Name, p.Min)
	default:
		return 0, fmt.Errorf("%s must be a whole number from %d to %d", p.Name, p.Min, p.Max)
	}
}
