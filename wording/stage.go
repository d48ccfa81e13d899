package wording

import (
	"time"

	"proactive/schema"
)

// stage is what a page is about: a conversation's state, or one of those below.
type stage string

const (
	stageOpen       stage = "open"        // reported, not yet taken up
	stageActionWait stage = "action_wait" // the next report is awaited
	stageWorking    stage = "working"     // a step that the person is not asked about
	stageTimeOver   stage = "time_over"   // nobody has noticed yet that the question's time is over
	stageClosing    stage = "closing"     // all is said, the issue is about to end
	stageClosed     stage = "closed"
)

// stageOf reads the issue first: a conversation counts only while its issue is in progress.
func stageOf(v schema.View, now time.Time) stage {
	c := v.Conversation
	switch {
	case v.State.Closed():
		return stageClosed
	case v.State == schema.ActionWait:
		return stageActionWait
	case v.State != schema.InProgress:
		return stageOpen
	case c.State == "":
		return stageWorking
	case c.State == schema.ConversationEnded:
		return stageClosing
	case isQuestion(c.State) && c.Over(now):
		return stageTimeOver
	}
	return stage(c.State)
}

func isQuestion(s schema.ConversationState) bool {
	switch s {
	case schema.ConversationAsked, schema.ConversationConsent, schema.ConversationConfirm, schema.ConversationFeedback:
		return true
	}
	return false
}

// refresh is after how many seconds a page that waits for something is fetched again where no script does it better; 0 is never.
func (s stage) refresh() int {
	switch s {
	case stage(schema.ConversationPutOff), stageActionWait:
		return 60
	case stageClosed:
		return 0
	}
	if isQuestion(schema.ConversationState(s)) {
		return 0
	}
	return 10
}

// headline is what a page says first.
func (o voice) headline(s stage) said {
	switch s {
	case stageOpen:
		return o.Open
	case stageActionWait:
		return o.ActionWait
	case stageWorking:
		return o.Working
	case stageTimeOver:
		return o.TimeOver
	case stageClosing:
		return o.Closing
	case stageClosed:
		return o.ending()
	}
	return o.question(schema.ConversationState(s))
}

func (o voice) question(s schema.ConversationState) said {
	switch s {
	case schema.ConversationWaiting:
		return o.Waiting
	case schema.ConversationTelling:
		return o.inTheirWords(o.Telling)
	case schema.ConversationAsked:
		return o.inTheirWords(o.Asked)
	case schema.ConversationPutOff:
		return o.PutOff
	case schema.ConversationConsent:
		return o.Consent
	case schema.ConversationReady:
		return o.ready()
	case schema.ConversationConfirm:
		return o.confirm()
	case schema.ConversationFeedback:
		return o.Feedback
	}
	return o.Running
}

// inTheirWords is a headline with what the notification content says, where it says something.
func (o voice) inTheirWords(s said) said {
	if o.v.Prompt != "" {
		s.Text = o.v.Prompt
	}
	return s
}

func (o voice) ready() said {
	if o.v.Conversation.Resolution == schema.ResolveByIncident {
		return o.ReadyIncident
	}
	return o.Ready
}

func (o voice) confirm() said {
	switch o.v.Conversation.Resolution {
	case schema.ResolveBySelfHelp:
		return o.ConfirmSteps
	case schema.ResolveByURL:
		return o.ConfirmURL
	}
	return o.ConfirmAction
}

func (o voice) ending() said {
	switch {
	case o.v.EndReason == schema.Declined && o.v.Conversation.CodeTries >= schema.MaxCodeTries:
		return o.TooManyCodes
	case o.v.EndReason == schema.NotificationSent:
		return o.inTheirWords(o.Ended[schema.NotificationSent])
	}
	return o.Ended[o.v.EndReason]
}
