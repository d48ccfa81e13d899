package wording

import (
	"encoding/json"
	"errors"
	"strings"
	"text/template"
	"time"

	"proactive/schema"
)

// Preview is one message or page as a person would get it.
type Preview struct {
	Name string // of a file without an ending: the kind, and what it is about
	Kind PreviewKind
	Text string // as somebody without a browser reads it
	HTML string // "" for what has none
}

// PreviewKind is what a preview shows.
type PreviewKind string

// The kinds of previews.
const (
	PreviewMail    PreviewKind = "mail"
	PreviewDesktop PreviewKind = "desktop"
	PreviewWebhook PreviewKind = "webhook"
	PreviewPage    PreviewKind = "page"
)

var pageText = template.Must(template.New("page.txt").Funcs(countFromOne).ParseFS(templateFiles, "templates/page.txt"))

// ExampleLink stands where a message would have its link.
const ExampleLink = "https://proactive.example.com" + schema.ConversationPath + "EXAMPLE"

// Previews shows everything that a person can be told about a registry row: what v says of the row, with an example of a person, a
// device and numbers. Nobody is told anything of a silent row.
func Previews(v schema.View, now time.Time) ([]Preview, error) {
	e := newExhibition(v, now)
	switch v.Conversation.Mode {
	case schema.NotifyOnly:
		e.showTelling()
	case schema.Engage:
		e.showMessages()
		e.showQuestions()
		e.showEnds()
	}
	return e.shown, e.err
}

// exhibition gathers previews.
type exhibition struct {
	v     schema.View // as the person is asked first
	now   time.Time
	shown []Preview
	err   error
}

func newExhibition(v schema.View, now time.Time) *exhibition {
	t := speak(v.Language)
	v.Person, v.Device = t.ExamplePerson, t.ExampleDevice
	v.ExperienceID = "7d1c3f0e5b8a4c2d9e6f1a2b3c4d5e6f"
	v.State, v.Step = schema.InProgress, 1
	v.Conversation.State, v.Conversation.Until = schema.ConversationAsked, now.Add(v.Conversation.Times.Accept)
	happened := []schema.EventName{schema.EventAccepted, schema.EventActionBegun, schema.EventJobBegun}
	if v.Conversation.Resolution != schema.ResolveByAction {
		happened = happened[:1]
	}
	for i, event := range happened {
		v.Progress = append(v.Progress, schema.Event{Number: i + 1, At: now.Add(time.Duration(i-3) * time.Minute), Step: 1, Event: event})
	}
	return &exhibition{v: v, now: now}
}

// at is the view when the conversation has come to a state.
func (e *exhibition) at(state schema.ConversationState) schema.View {
	v, times := e.v, e.v.Conversation.Times
	v.Conversation.State = state
	switch state {
	case schema.ConversationPutOff:
		v.Conversation.PutOffs, v.Conversation.Until = 1, e.now.Add(time.Hour)
	case schema.ConversationReady:
		v.Progress = v.Progress[:1]
	case schema.ConversationConsent:
		v.Conversation.Until = e.now.Add(times.Consent)
	case schema.ConversationConfirm:
		v.Conversation.Until = e.now.Add(times.Confirm)
	case schema.ConversationFeedback:
		v.Conversation.Until = e.now.Add(times.Feedback)
	}
	return v
}

// ended is the view when the issue has ended.
func (e *exhibition) ended(reason schema.EndReason) schema.View {
	v := e.at(schema.ConversationEnded)
	v.State, v.EndReason = reason.State(), reason
	v.Conversation.EndReason, v.Conversation.Until = reason, time.Time{}
	return v
}

func (e *exhibition) showTelling() {
	e.message("tell", e.at(schema.ConversationTelling), schema.OccasionAsk)
	e.page("telling", e.at(schema.ConversationTelling), "")
	e.page("told", e.ended(schema.NotificationSent), "")
	e.page("cancelled", e.ended(schema.Cancelled), "")
}

func (e *exhibition) showMessages() {
	c := e.v.Conversation
	e.message("ask", e.v, schema.OccasionAsk)
	e.message("again", e.v, schema.OccasionAgain)
	e.message("reminder-accept", e.v, schema.OccasionReminder)
	if c.Consent {
		e.message("reminder-consent", e.at(schema.ConversationConsent), schema.OccasionReminder)
	}
	if c.Resolution != schema.ResolveByIncident {
		e.message("reminder-confirm", e.at(schema.ConversationConfirm), schema.OccasionReminder)
	}
	if c.Sensitive {
		e.desktop("code", Code(e.at(schema.ConversationConsent), "123 456"))
	}
	v := e.ended(schema.UnresolvedByUser)
	v.Interaction = "IMS0010001"
	e.mail("desk", v, schema.OccasionDesk)
}

func (e *exhibition) showQuestions() {
	c := e.v.Conversation
	e.page("waiting", e.at(schema.ConversationWaiting), "")
	e.page("asked", e.v, "")
	e.page("put-off", e.at(schema.ConversationPutOff), "")
	last := e.v
	last.Conversation.PutOffs = schema.MaxPutOffs
	e.page("asked-for-the-last-time", last, "")
	if c.Consent {
		e.page("consent", e.at(schema.ConversationConsent), "")
	}
	if c.Sensitive {
		wrong := e.at(schema.ConversationConsent)
		wrong.Conversation.CodeTries = 1
		e.page("consent-wrong-code", wrong, schema.ReplyWrongCode)
	}
	if c.Resolution == schema.ResolveByIncident || c.Resolution == schema.ResolveByAction {
		e.page("ready", e.at(schema.ConversationReady), "")
	}
	if c.Resolution == schema.ResolveByAction {
		e.page("running", e.at(schema.ConversationRunning), "")
	}
	if c.Resolution != schema.ResolveByIncident {
		e.page("confirm", e.at(schema.ConversationConfirm), "")
		e.page("feedback", e.at(schema.ConversationFeedback), "")
	}
	e.page("answered-before", e.at(schema.ConversationEnded), schema.ReplyNotAsked)
}

// showEnds shows how it can end, and the fallbacks once each.
func (e *exhibition) showEnds() {
	reasons := []schema.EndReason{schema.ResolvedByUser, schema.UnresolvedByUser}
	switch e.v.Conversation.Resolution {
	case schema.ResolveByIncident:
		reasons = []schema.EndReason{schema.IncidentRequested}
	case schema.ResolveByAction:
		reasons = append(reasons, schema.ActionFailed, schema.ActionTimedOut, schema.OutcomeUnknown, schema.InvalidParameters, schema.NoDevice)
	}
	for _, reason := range append(reasons, schema.Declined, schema.NoResponse, schema.NotificationFailed, schema.Cancelled) {
		v := e.ended(reason)
		if reason == schema.ResolvedByUser {
			v.Rating = 5
		}
		if reason == schema.IncidentRequested {
			v.Incident = "INC0010001"
		}
		e.page("ended-"+strings.ReplaceAll(string(reason), "_", "-"), v, "")
	}
	v := e.ended(schema.NoResponse)
	v.Incident = "INC0010001"
	e.page("ended-with-incident", v, schema.ReplyTooLate)
	v.Incident, v.Interaction = "", "IMS0010001"
	e.page("ended-with-live-agent", v, "")
}

// message shows one word to the person on every kind of channel.
func (e *exhibition) message(name string, v schema.View, why schema.Occasion) {
	e.mail(name, v, why)
	e.desktop(name, Desktop(v, why))
	values, err := json.MarshalIndent(Values(v, why, ExampleLink), "", "  ")
	e.add(Preview{Name: "webhook-" + name, Kind: PreviewWebhook, Text: string(values) + "\n"}, err)
}

func (e *exhibition) mail(name string, v schema.View, why schema.Occasion) {
	subject, text, html := Mail(v, why, ExampleLink)
	e.add(Preview{"mail-" + name, PreviewMail, subject + "\n\n" + text, html}, nil)
}

func (e *exhibition) desktop(name string, m schema.DesktopMessage) {
	e.add(Preview{Name: "desktop-" + name, Kind: PreviewDesktop, Text: m.Title + "\n" + m.Text + "\n"}, nil)
}

func (e *exhibition) page(name string, v schema.View, refusal schema.ReplyRefusal) {
	var html, text strings.Builder
	s := speakAbout(v, e.now).screen(Form{Action: "#", CSRF: "EXAMPLE", Refusal: refusal})
	err := errors.Join(pages.ExecuteTemplate(&html, "page", s), pageText.Execute(&text, s))
	e.add(Preview{"page-" + name, PreviewPage, text.String(), html.String()}, err)
}

func (e *exhibition) add(p Preview, err error) {
	if err != nil {
		e.err = err
		return
	}
	e.shown = append(e.shown, p)
}
