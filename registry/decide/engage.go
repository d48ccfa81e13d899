package decide

import (
	"fmt"
	"strings"
	"time"

	"proactive/schema"
)

// engage begins a conversation with the person, once it is sure that what they would be offered can be done.
func engage(f schema.StepFacts) (schema.Decision, error) {
	switch {
	case f.Engagement == schema.NotifyOnly && needsAgreement(f):
		return nothingRuns(f, schema.ActionFailed, fmt.Sprintf(
			"A resolution of type %s is nothing that a person could only be told of.", f.ResolutionType)), nil
	case f.ResolutionType == schema.ResolveByAction:
		decision, err := decideAction(f)
		if err != nil || decision.Plan.Conclude != "" {
			return decision, err
		}
		return converse(f, decision), nil
	}
	return converse(f, schema.Decision{
		Plan:  schema.Plan{Step: f.Step},
		Notes: []schema.Note{{Event: schema.EventBegun, Detail: begins(f)}},
	}), nil
}

// converse adds the conversation to a decision: it begins now, or when the person may be written to.
func converse(f schema.StepFacts, decision schema.Decision) schema.Decision {
	at, why := contactAt(f)
	c := schema.Conversation{
		Mode: f.Engagement, Resolution: f.ResolutionType, Consent: AsksConsent(f), Sensitive: needsCode(f), Times: f.Times,
	}.Begin(f.Now, at)
	if !c.RemindAt.IsZero() {
		c = c.RemindLater(f.Limits.QuietHours.Over(c.RemindAt.In(schema.Zone(f.TimeZone))))
	}
	if at.After(f.Now) {
		decision.Notes = append(decision.Notes, schema.Note{Event: schema.EventTellLater,
			Detail: fmt.Sprintf("%s The person is told at %s.", why, told(at))})
	}
	decision.Plan.Conversation, decision.Conversation, decision.ContactAt = true, &c, at
	return decision
}

// contactAt is when the person is first written to: now, else when the contact budget has room again, and not in quiet hours. why
// says what keeps it from being now. Where the budget counts this time in, no window of it ever holds more than its number.
func contactAt(f schema.StepFacts) (at time.Time, why string) {
	at = f.Now
	l, reasons := f.Limits, []string{}
	if free := f.Past.Contact.Add(l.ContactWindow); l.Contacts > 0 && !f.Past.Contact.IsZero() && free.After(at) {
		at = free
		reasons = append(reasons, fmt.Sprintf("The contact budget of %d in %s is used up until %s.", l.Contacts, length(l.ContactWindow), told(free)))
	}
	zone := schema.Zone(f.TimeZone)
	if over := l.QuietHours.Over(at.In(zone)); over.After(at) {
		at = over
		reasons = append(reasons, fmt.Sprintf("Quiet hours are %s in %s.", l.QuietHours, zone))
	}
	return at, strings.Join(reasons, " ")
}

// needsAgreement tells resolutions that do something from those that a person only reads.
func needsAgreement(f schema.StepFacts) bool {
	return f.ResolutionType == schema.ResolveByAction || f.ResolutionType == schema.ResolveByIncident
}

// AsksConsent tells whether the person is asked once more, about what exactly is done.
func AsksConsent(f schema.StepFacts) bool {
	return f.Engagement == schema.Engage && f.Consent && needsAgreement(f)
}

// needsCode tells whether the consent counts only with the code that the device shows.
func needsCode(f schema.StepFacts) bool {
	return AsksConsent(f) && f.Sensitive && f.ResolutionType == schema.ResolveByAction
}

// begins is the sentence about what begins, and, where a person hears of it, about a device that nobody can be told about, or by.
func begins(f schema.StepFacts) string {
	if f.Engagement == schema.Silent || f.CI == "" || f.CIKnown {
		return offers(f)
	}
	return offers(f) + " The reported CI is no computer in cmdb_ci_computer."
}

// offers is what begins, without the device.
func offers(f schema.StepFacts) string {
	runs := fmt.Sprintf("%s %s", kindNames[f.Kind], f.Target)
	switch {
	case f.Engagement == schema.NotifyOnly:
		return "The person is told " + helpNames[f.ResolutionType] + "."
	case f.Engagement != schema.Engage:
		return fmt.Sprintf("The remedial action %s is run: %s.", f.ActionName, runs)
	case f.ResolutionType == schema.ResolveByAction:
		return fmt.Sprintf("The person is offered the remedial action %s: %s.", f.ActionName, runs)
	}
	return "The person is offered " + helpNames[f.ResolutionType] + "."
}

// helpNames says what helps where nothing is run.
var helpNames = map[schema.ResolutionType]string{
	schema.ResolveBySelfHelp: "steps to follow", schema.ResolveByURL: "a page to open", schema.ResolveByIncident: "an incident at the service desk",
}
