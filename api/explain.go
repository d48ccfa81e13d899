package api

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"proactive/registry"
	"proactive/registry/decide"
	"proactive/schema"
	"proactive/wording"
)

const (
	withheldRole = "Who was found, what speaks against helping them, and what would be done and shown takes the role sn_pren.engagement_admin."
	anothers     = "an issue of another provider"
)

// explain is as much of a simulation as the account may know. A mere reporter learns what a report of its own would be answered and what
// the catalogue makes of it: nothing about a person, and no value that the catalogue sets.
func explain(report schema.Report, s schema.Simulation, account schema.Account) (Explanation, error) {
	var e Explanation
	if s.Registry != "" {
		e.Registry = &ExplainedRegistry{SysID: s.Registry, Provider: report.Provider, IssueCode: report.IssueCode, ExplainedVersion: versionOf(s.Version)}
	}
	whole := account.Roles.Has(schema.RoleEngagementAdmin)
	if !whole {
		e.Withheld = withheldRole
	}
	e.Lookups = lookups(s, whole)
	if whole {
		e.Person = &ExplainedPerson{SysID: s.Facts.User, UserName: s.Person, Found: s.Found, Criteria: decide.Criteria(s.Facts)}
	}
	if s.Refused != nil {
		e.Refusal = wireRefusal(s.Refused.Why, s.Refused.Detail)
		return e, nil
	}
	if err := e.addCatalogue(s, whole); err != nil {
		return e, err
	}
	if whole {
		e.addDecision(hideActive(s, account))
	}
	return e, nil
}

func versionOf(v schema.Version) ExplainedVersion { return ExplainedVersion{v.Number, v.SysID} }

// lookups are those of the catalogue, and where the whole is told, those of people and computers.
func lookups(s schema.Simulation, whole bool) []ExplainedLookup {
	all := []ExplainedLookup{}
	for _, l := range s.Lookups {
		if whole || !l.Person() {
			why, helps := decide.Whereabouts(l)
			all = append(all, ExplainedLookup{l.Table, l.By, l.Value, l.SysID, l.Name, l.Standing, why, helps})
		}
	}
	return all
}

// addCatalogue is what the registry makes of the report, whoever it is about.
func (e *Explanation) addCatalogue(s schema.Simulation, whole bool) error {
	f := s.Facts
	e.Chained, e.Step = s.Chained, f.Step
	e.Registry.Found, e.Registry.Engages, e.Registry.NextCodes = s.Row.ShortDescription, string(f.Engagement), s.Row.NextCodes
	e.Resolution = &ExplainedResolution{SysID: s.Row.Resolution, Name: s.Row.ResolutionName, Type: string(f.ResolutionType),
		ExplainedVersion: versionOf(f.Versions.Resolution), OnSuccess: s.Row.OnSuccess}
	if f.ActionName != "" {
		e.Resolution.Action = &ExplainedAction{f.ActionName, string(f.Kind), f.Target, f.TaskQueue, versionOf(f.Versions.Action)}
	}
	if whole && f.CI != "" {
		e.CI = &ExplainedCI{SysID: f.CI, Known: f.CIKnown, Enrolled: f.CIEnrolled}
	}
	e.Times = times(s)
	reported, mismatch, err := decide.Inputs(f)
	if err != nil {
		return err
	}
	e.Parameters = &ExplainedParameters{Reported: reported, Mismatch: mismatch, Rendered: json.RawMessage("null")}
	if whole && s.Decision.Parameters != nil {
		e.Parameters.Rendered = registry.Hide(s.Decision.Parameters)
	}
	if whole {
		e.Fallback = wireFallback(decide.FallbackOf(s))
		return nil
	}
	s.Decision = schema.Decision{} // its end would tell of the person
	e.Fallback = wireFallback(decide.FallbackOf(s))
	return nil
}

// times are those of what the catalogue lets be asked and run.
func times(s schema.Simulation) *ExplainedTimes {
	f := s.Facts
	t := &ExplainedTimes{Timeout: inSeconds(f.Timeout), Attempts: f.Attempts, ActionWait: inSeconds(s.Row.ActionWait)}
	if f.Kind == schema.CIAction {
		t.OfferFor = inSeconds(f.OfferFor)
	}
	if f.Engagement != schema.Engage {
		return t
	}
	t.Accept, t.Confirm, t.Feedback = inSeconds(f.Times.Accept), inSeconds(f.Times.Confirm), inSeconds(f.Times.Feedback)
	if decide.AsksConsent(f) {
		t.Consent = inSeconds(f.Times.Consent)
	}
	return t
}

func wireFallback(f decide.Fallback) *ExplainedFallback {
	wire := &ExplainedFallback{Certain: f.Certain, Kind: string(f.Kind)}
	if i := f.Incident; i != nil {
		wire.Incident = &ExplainedIncident{i.ShortDescription, i.Description, i.AssignmentGroup, i.Impact, i.Urgency, i.Priority}
	}
	return wire
}

// hideActive takes the id of another provider's issue out of what is said.
func hideActive(s schema.Simulation, account schema.Account) schema.Simulation {
	active := s.Facts.Past.Active
	if active == "" || account.SpeaksFor(s.ActiveProvider) {
		return s
	}
	s.Facts.Past.Active = anothers
	s.Decision.Detail = strings.ReplaceAll(s.Decision.Detail, active, anothers)
	s.Decision.Notes = slices.Clone(s.Decision.Notes)
	for i, note := range s.Decision.Notes {
		s.Decision.Notes[i].Detail = strings.ReplaceAll(note.Detail, active, anothers)
	}
	return s
}

// addDecision is what is decided about the person.
func (e *Explanation) addDecision(s schema.Simulation) {
	f, d := s.Facts, s.Decision
	l, past := f.Limits, f.Past
	e.Limits = &ExplainedLimits{
		Gates: decide.Gates(f), Freeze: inSeconds(l.Freeze), LastEnded: instant(past.Ended), FrozenUntil: instant(decide.FrozenUntil(f)),
		UserLimit: l.Steps, Window: inSeconds(l.Window), InWindow: past.Begun, NextPossible: instant(decide.NextPossible(f)),
		ActiveConversation: past.Active, ContactBudget: l.Contacts, ContactWindow: inSeconds(l.ContactWindow),
		TimeZone: f.TimeZone,
	}
	if l.QuietHours != (schema.QuietHours{}) {
		e.Limits.QuietHours = l.QuietHours.String()
	}
	if !past.Contact.IsZero() {
		e.Limits.ContactsUsedUntil = instant(past.Contact.Add(l.ContactWindow))
	}
	e.Plan = &ExplainedPlan{Ends: string(d.Plan.Conclude), Detail: d.Detail, Timeline: []string{}}
	for _, note := range d.Notes {
		e.Plan.Timeline = append(e.Plan.Timeline, note.Detail)
	}
	if d.Plan.Action != nil {
		e.Plan.Runs, e.Plan.Deadline = d.Plan.Action.Name, inSeconds(d.Plan.Action.Deadline)
	}
	if d.Conversation != nil {
		e.Plan.Conversation = string(d.Conversation.State)
		e.Shown = shown(s)
	}
}

// shown is the first message in the person's language, as mail has it.
func shown(s schema.Simulation) *ExplainedShown {
	v, at := s.View, s.Decision.ContactAt
	if v.Conversation.State == schema.ConversationWaiting {
		v.Conversation = v.Conversation.Tell(at)
	}
	wire := &ExplainedShown{At: at.UTC(), Language: v.Language, Prompt: v.Prompt, Code: v.Conversation.Sensitive, Channels: []ExplainedWay{}}
	if v.Conversation.Consent {
		wire.Consent = v.ConsentText
	}
	for _, c := range s.Channels {
		wire.Channels = append(wire.Channels, ExplainedWay{c.Name, c.Type, c.Works})
	}
	wire.Subject, wire.Text, _ = wording.Mail(v, schema.OccasionAsk, wording.ExampleLink)
	return wire
}

func inSeconds(d time.Duration) int64 { return int64(d / time.Second) }

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
