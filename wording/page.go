package wording

import (
	"embed"
	"html/template"
	"io"
	"time"

	"proactive/schema"
)

// Form is what the forms of a page need to be sent.
type Form struct {
	Action  string // URL path that they are posted to
	CSRF    string
	Refusal schema.ReplyRefusal // why the last reply did not act; "" when there was none, or it did
}

//go:embed templates
var templateFiles embed.FS

var pages = template.Must(template.New("").ParseFS(templateFiles, "templates/page.html", "templates/question.html", "templates/apology.html"))

// Page writes the conversation page: how it stands at now, and what the person can say to it.
func Page(w io.Writer, v schema.View, f Form, now time.Time) error {
	return pages.ExecuteTemplate(w, "page", speakAbout(v, now).screen(f))
}

// screen is a page in the terms of its template. T holds the words that stand there as they are.
type screen struct {
	T      *texts
	Assets links
	Form   Form

	Organisation, Contact, Reference string

	Stage   stage
	Key     string // as long as it is the same, the page asks the same
	Live    bool   // something may still change
	Events  int    // number of the newest event of the timeline that the page shows
	Refresh int    // seconds; 0 is never

	Notice   string
	Headline said
	Facts    []fact
	Remarks  []string
	Deed     *said // what would be done, or was
	Steps    []string
	URL      string
	Progress []moment
	Outcome  []said

	Question   schema.ConversationState // which there are buttons for; "" for none
	AskAgain   []choice                 // when one can be asked again; none when it was put off often enough
	AskForCode bool
	WrongCode  bool
	Tries      string
	Ratings    []star
	MaxComment int // characters
}

type choice struct{ Value, Text string }

type star struct {
	Value int
	Text  string
}

func (o voice) screen(f Form) screen {
	s := stageOf(o.v, o.now)
	page := screen{
		T: o.texts, Assets: assetLinks(), Form: f,
		Organisation: o.v.Organisation, Contact: o.v.Contact, Reference: o.say(o.Reference),
		Stage: s, Key: string(s) + " " + string(o.v.EndReason), Live: s != stageClosed, Events: o.v.Events, Refresh: s.refresh(),
		Notice: o.notice(s, f.Refusal), Headline: o.headline(s), Facts: o.pageFacts(s), Remarks: o.remarks(s), Deed: o.deed(s),
	}
	if o.shows(s) {
		page.Steps, page.URL = o.whatHelps()
	}
	page.Progress, page.Outcome = o.progress(s), o.outcome(s)
	o.ask(&page)
	return page
}

// notice says why the last reply did not act. After the last wrong code there is nothing to look at again.
func (o voice) notice(s stage, refusal schema.ReplyRefusal) string {
	if refusal == schema.ReplyWrongCode && s != stage(schema.ConversationConsent) {
		return ""
	}
	return o.Refusals[refusal]
}

// ask adds what the question's form needs.
func (o voice) ask(page *screen) {
	c := o.v.Conversation
	if page.Stage != stage(c.State) || !isQuestion(c.State) && c.State != schema.ConversationPutOff {
		return
	}
	page.Question, page.MaxComment = c.State, schema.MaxComment
	if c.PutOffs < schema.MaxPutOffs {
		for _, p := range schema.Postponements() {
			page.AskAgain = append(page.AskAgain, choice{string(p), o.Later[p]})
		}
	}
	if page.AskForCode = c.Sensitive; c.Sensitive && c.CodeTries > 0 {
		page.Tries, page.WrongCode = o.say(o.CodeTries), page.Form.Refusal == schema.ReplyWrongCode
	}
	for i, name := range o.StarNames {
		page.Ratings = append(page.Ratings, star{i + 1, name})
	}
}

func (o voice) pageFacts(s stage) []fact {
	all := []fact{{o.Device, o.v.Device}, {o.Found, o.v.Found}}
	until := o.v.Conversation.Until
	switch {
	case until.IsZero():
	case s == stage(schema.ConversationPutOff):
		all = append(all, fact{o.AskedAgain, o.when(until)})
	case s == stage(schema.ConversationFeedback): // nobody has to
	case isQuestion(schema.ConversationState(s)):
		all = append(all, fact{o.AnswerBy, o.when(until)})
	}
	return facts(all...)
}

// remarks are sentences that calm.
func (o voice) remarks(s stage) []string {
	if s != stage(schema.ConversationAsked) && s != stage(schema.ConversationPutOff) {
		return nil
	}
	switch {
	case o.selfHelp():
		return []string{o.YouDoIt}
	case o.v.Conversation.Consent:
		return []string{o.ConsentFollows}
	}
	return []string{o.NothingYet}
}

// deed is what would be done, in the words of the notification content, at the moment when the person decides on it; and again
// when it was done.
func (o voice) deed(s stage) *said {
	c := o.v.Conversation
	if o.v.ConsentText == "" || o.selfHelp() {
		return nil
	}
	switch s {
	case stage(schema.ConversationAsked), stage(schema.ConversationPutOff):
		if !c.Consent {
			return &said{o.WouldDo, o.v.ConsentText}
		}
	case stage(schema.ConversationConsent):
		return &said{o.WouldDo, o.v.ConsentText}
	case stage(schema.ConversationReady), stage(schema.ConversationRunning), stage(schema.ConversationConfirm):
		return &said{o.Agreed, o.v.ConsentText}
	}
	return nil
}

// shows tells whether a page shows the instructions or the address of the page that helps.
func (o voice) shows(s stage) bool {
	switch s {
	case stage(schema.ConversationTelling), stage(schema.ConversationConfirm):
		return true
	}
	return s == stageClosed && o.v.EndReason == schema.NotificationSent
}

// selfHelp tells whether the person does what helps.
func (o voice) selfHelp() bool {
	r := o.v.Conversation.Resolution
	return r == schema.ResolveBySelfHelp || r == schema.ResolveByURL
}

// whatHelps is what the person can do: the steps, or the address of a page.
func (o voice) whatHelps() (steps []string, url string) {
	switch o.v.Conversation.Resolution {
	case schema.ResolveBySelfHelp:
		return o.v.Instructions, ""
	case schema.ResolveByURL:
		return nil, o.v.URL
	}
	return nil, ""
}

// outcome is what follows the end.
func (o voice) outcome(s stage) (all []said) {
	if s != stageClosed {
		return nil
	}
	if o.v.Incident != "" {
		all = append(all, said{o.say(o.Fallback.Title), o.Fallback.Text})
	}
	if o.v.Interaction != "" {
		all = append(all, said{o.AgentComes.Title, o.say(o.AgentComes.Text)})
	}
	if o.v.Rating > 0 {
		all = append(all, said{Text: o.say(o.Rated)})
	}
	if len(all) == 0 && o.v.Contact != "" {
		all = append(all, said{Text: o.say(o.StillWrong)})
	}
	return all
}
