package decide

import "proactive/schema"

// Fallback is what follows where nothing helps.
type Fallback struct {
	Certain  bool // it is known already: nothing will be run, and this follows
	Kind     schema.Fallback
	Incident *Incident // nil where none follows
}

// Incident is the incident as it would look.
type Incident struct {
	ShortDescription          string
	Description               string // "" while nobody knows why it would be written
	AssignmentGroup           string
	Impact, Urgency, Priority int
}

// FallbackOf a report that is only asked about.
func FallbackOf(s schema.Simulation) Fallback {
	reason := s.Decision.Plan.Conclude
	f := Fallback{Certain: reason != "", Kind: s.Row.Fallback}
	switch {
	case reason == schema.IncidentRequested:
		f.Kind = schema.FallbackIncident
	case f.Certain && !reason.TakesFallback():
		f.Kind = schema.FallbackNone
	case f.Kind == schema.FallbackLiveAgent && !s.Row.DeskHears:
		f.Kind = schema.FallbackIncident
	}
	if f.Kind != schema.FallbackIncident {
		return f
	}
	f.Incident = &Incident{ShortDescription: s.Row.ShortDescription, AssignmentGroup: s.Row.AssignmentGroup,
		Impact: s.Row.Impact, Urgency: s.Row.Urgency, Priority: schema.Priority(s.Row.Impact, s.Row.Urgency)}
	if f.Certain {
		f.Incident.Description = schema.Storable(schema.IncidentDescription(reason, s.Decision.Detail, s.Evidence))
	}
	return f
}
