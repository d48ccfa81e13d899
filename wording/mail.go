package wording

import (
	"bytes"
	"cmp"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"proactive/schema"
)

var (
	mailHTML = htmltemplate.Must(htmltemplate.New("mail.html").ParseFS(templateFiles, "templates/mail.html"))
	mailText = texttemplate.Must(texttemplate.New("mail.txt").Funcs(countFromOne).ParseFS(templateFiles, "templates/mail.txt"))
)

// countFromOne numbers the steps of instructions.
var countFromOne = texttemplate.FuncMap{"number": func(i int) int { return i + 1 }}

// Mail writes a mail. link is the address of the person's page, "" for a mail without one; the service desk never gets it.
func Mail(v schema.View, why schema.Occasion, link string) (subject, text, html string) {
	o := speakAbout(addressed(v, why), time.Time{})
	l := o.letter(why, link)
	var plain, marked bytes.Buffer
	if err := mailText.Execute(&plain, l); err != nil {
		panic(err) // the templates and the letter are ours
	}
	if err := mailHTML.Execute(&marked, l); err != nil {
		panic(err)
	}
	return l.Subject, plain.String(), marked.String()
}

// addressed is the view as it is for whom a message reaches: the service desk has to find the person, who is greeted more shortly.
func addressed(v schema.View, why schema.Occasion) schema.View {
	if why == schema.OccasionDesk {
		v.Person = cmp.Or(v.FullName, v.Person)
	}
	return v
}

// letter is a mail in the terms of its templates.
type letter struct {
	T       *texts
	Subject string
	Hello   string   // "" without
	Words   []string // paragraphs
	Facts   []fact
	Deed    string // what would be done; "" is not said
	Steps   []string
	URL     string // of the page that helps
	Until   string // a sentence; ""
	Link    string // of the conversation's page; ""
	Answer  bool   // the page asks something; else it only tells the same again
	Sign    string
	ReachUs string // a sentence; ""
}

func (o voice) letter(why schema.Occasion, link string) letter {
	if why == schema.OccasionDesk {
		return o.letterToDesk()
	}
	told := o.mailAbout(why)
	l := letter{
		T: o.texts, Subject: o.subject(told.Title), Hello: o.hello(), Words: []string{told.Text},
		Facts: facts(fact{o.Device, o.v.Device}, fact{o.Found, o.v.Found}),
		Link:  link, Answer: true, Sign: o.v.Organisation,
	}
	if o.v.Contact != "" {
		l.ReachUs = o.say(o.texts.Mail.ReachUs)
	}
	if o.v.Conversation.Mode == schema.NotifyOnly {
		l.Steps, l.URL = o.whatHelps()
		l.Answer = false
		return l
	}
	if o.v.Conversation.State == schema.ConversationConsent {
		l.Deed = o.v.ConsentText
	}
	if !o.v.Conversation.Until.IsZero() {
		l.Until = o.say(o.texts.Mail.Until)
	}
	return l
}

// mailAbout is the subject and the first words.
func (o voice) mailAbout(why schema.Occasion) said {
	m := o.texts.Mail
	return o.onOccasion(why, occasions{m.Ask, m.Again, m.Remind, m.RemindConsent, m.RemindConfirm, m.Tell})
}

// occasions are the headlines of a kind of message.
type occasions struct{ ask, again, remind, remindConsent, remindConfirm, tell said }

// onOccasion chooses among them: a reminder is about what is being asked. The first word is the notification content's.
func (o voice) onOccasion(why schema.Occasion, from occasions) said {
	c := o.v.Conversation
	switch {
	case c.Mode == schema.NotifyOnly:
		return o.inTheirWords(from.tell)
	case why == schema.OccasionAgain:
		return o.withTheirWords(from.again)
	case why != schema.OccasionReminder:
		return o.inTheirWords(from.ask)
	case c.State == schema.ConversationConsent:
		return from.remindConsent
	case c.State == schema.ConversationConfirm:
		return from.remindConfirm
	}
	return o.withTheirWords(from.remind)
}

// withTheirWords adds what the notification content says to a headline.
func (o voice) withTheirWords(s said) said {
	if o.v.Prompt != "" {
		s.Text += "\n\n" + o.v.Prompt
	}
	return s
}

func (o voice) letterToDesk() letter {
	told := o.texts.Mail.Desk
	return letter{
		T: o.texts, Subject: oneLine(o.say(told.Title)), Words: []string{o.say(told.Text)}, Sign: o.v.Organisation,
		Facts: o.deskFacts(),
	}
}

// deskFacts is what the service desk needs to know.
func (o voice) deskFacts() []fact {
	return facts(
		fact{o.Person, o.v.Person}, fact{o.DeskDevice, o.v.Device}, fact{o.Found, o.v.Found},
		fact{o.LiveAgent, o.v.Interaction}, fact{o.Incident, o.v.Incident},
		fact{o.Provider, o.v.Provider}, fact{o.Code, o.v.IssueCode},
		fact{"experience_id", o.v.ExperienceID}, fact{"end_reason", string(o.v.EndReason)},
	)
}

func (o voice) hello() string {
	if o.v.Person == "" {
		return o.texts.Mail.HelloAnybody
	}
	return o.say(o.texts.Mail.Hello)
}

// subject says which computer it is about, where that is known.
func (o voice) subject(title string) string {
	if o.v.Device != "" {
		title += " (" + o.v.Device + ")"
	}
	return oneLine(title)
}

// maxSubject bounds a subject, in characters.
const maxSubject = 150

// oneLine is a text that can be a header: without line breaks and what else is no character to read, and not endless.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return shortened(strings.Join(strings.Fields(text), " "), maxSubject)
}

// shortened is a text of at most so many characters; one that was longer ends in three dots.
func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
}
