package wording

import (
	"strings"

	"proactive/schema"
)

// said is a headline and the sentences below it.
type said struct{ Title, Text string }

// texts is all that is said in one language. Names in braces, as {until}, are filled in by voice.say; a translation has the same
// ones.
type texts struct {
	Tag string // BCP 47, for lang attributes

	Clock                 string // a layout of package time
	Date, Today, Tomorrow string // with {weekday}, {day}, {month}, {clock}, {zone}
	Weekdays              [7]string
	Months                [12]string
	Zones                 map[string]string // what abbreviations of time zones are here, where they differ

	// The frame of the page.
	Skip, Questions, Reference string

	// Names of facts.
	Device, DeskDevice, Found, AnswerBy, AskedAgain, Person, Code, Provider, Incident, LiveAgent string

	// What a page is about.
	Open, Waiting, Telling, Asked, PutOff, Consent, Ready, ReadyIncident, Running, Working, ActionWait said
	ConfirmAction, ConfirmSteps, ConfirmURL, Feedback, Closing, TimeOver                               said
	Ended                                                                                              map[schema.EndReason]said
	TooManyCodes                                                                                       said

	// What stands beside it.
	ConsentFollows, NothingYet, YouDoIt, WouldDo, Agreed, Steps, OpenURL, NewTab, History string
	Fallback                                                                              said   // an incident was opened
	AgentComes                                                                            said   // a live agent was asked
	StillWrong                                                                            string // with {contact}
	Rated                                                                                 string
	Progress                                                                              map[schema.EventName]string

	// Questions.
	Accept, Decline, NotMine, NotNow, AskAgain, AcceptNow    string
	Later                                                    map[schema.Postponement]string
	Agree, Refuse, CodeLabel, CodeHelp, CodeTries            string
	Helped, NotHelped, WhatIsWrong, Optional, Stars, Comment string
	StarNames                                                [5]string
	Send, SkipFeedback                                       string
	Refusals                                                 map[schema.ReplyRefusal]string
	Mail                                                     mailTexts
	Desktop                                                  desktopTexts
	NotFound, Fault                                          said
	ExamplePerson, ExampleDevice                             string
}

// mailTexts is what mails say besides.
type mailTexts struct {
	Hello, HelloAnybody                              string
	Ask, Again, Remind, RemindConsent, RemindConfirm said // the title is the subject
	Tell                                             said
	Desk                                             said
	Until, OpenPage, AlsoAt, Yours, Regards, ReachUs string
}

// desktopTexts is what is shown on the screen: short.
type desktopTexts struct {
	Ask, Again, Remind, RemindConsent, RemindConfirm, Tell, Code said
}

// languages are all there are; the first is spoken to whoever speaks none of them.
var languages = []*texts{&english, &german}

// speak finds the texts for a language tag like de or de-AT.
func speak(tag string) *texts {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	for _, t := range languages {
		if strings.EqualFold(t.Tag, strings.TrimSpace(base)) {
			return t
		}
	}
	return languages[0]
}
