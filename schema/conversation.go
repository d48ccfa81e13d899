package schema

import (
	"slices"
	"time"
)

// ConversationState is where the conversation with a person about one step stands.
type ConversationState string

// The states of a conversation. While the issue is in progress at its step, ConversationEnded alone is final; an issue that was
// closed otherwise leaves its conversation where it stood.
const (
	ConversationWaiting  ConversationState = "waiting"  // not begun: quiet hours, or the contact budget
	ConversationTelling  ConversationState = "telling"  // notify_only: the messages are on their way
	ConversationAsked    ConversationState = "asked"    // may we help?
	ConversationPutOff   ConversationState = "put_off"  // "not now": asked again at a chosen time
	ConversationConsent  ConversationState = "consent"  // may we do this?
	ConversationReady    ConversationState = "ready"    // agreed; the engine has not begun yet
	ConversationRunning  ConversationState = "running"  // the remedial action runs
	ConversationConfirm  ConversationState = "confirm"  // did it help?
	ConversationFeedback ConversationState = "feedback" // it helped; how was it?
	ConversationEnded    ConversationState = "ended"    // EndReason says how; "" when the action's outcome decides
)

// ActiveConversations are the states in which the person is in the conversation: they have accepted help and are not done. Nobody
// is started on another one meanwhile.
func ActiveConversations() []ConversationState {
	return []ConversationState{ConversationConsent, ConversationReady, ConversationRunning, ConversationConfirm, ConversationFeedback}
}

// Active tells whether s is one of ActiveConversations.
func (s ConversationState) Active() bool { return slices.Contains(ActiveConversations(), s) }

// Conversation is what was agreed with a person about one step, and for how long the present question stands. Every change
// raises Turn: it is written only where the row still has the Turn that it was computed from.
type Conversation struct {
	SysID      string
	State      ConversationState
	Turn       int
	Mode       Engagement // engage or notify_only
	Resolution ResolutionType
	Consent    bool // is asked for
	Sensitive  bool // and counts only with the code that the device shows
	CodeHash   []byte
	CodeTries  int // wrong codes so far
	PutOffs    int
	Until      time.Time // when the state ends by itself; zero: it does not
	RemindAt   time.Time // when the person is reminded; zero: not, or not again
	EndReason  EndReason
	Times      ConversationTimes
}

// ConversationTimes is how long a person may take for each question.
type ConversationTimes struct{ Accept, Consent, Confirm, Feedback time.Duration }

// The bounds of a conversation.
const (
	MaxPutOffs    = 3                  // "not now" can be said so often
	MaxCodeTries  = 5                  // wrong codes
	TellWithin    = 30 * time.Minute   // the messages of a notify_only issue have left by then, or have failed
	LinkReadable  = 7 * 24 * time.Hour // a link can be read for so long after its issue has ended
	ActionBegins  = time.Hour          // after the person has agreed, or not at all: later it would take them by surprise
	quietReminder = time.Minute        // a reminder nearer to the end than this is left out
)

// Wake is when the conversation has to be looked at without anybody's answer; zero when it has not.
func (c Conversation) Wake() time.Time {
	if !c.RemindAt.IsZero() {
		return c.RemindAt
	}
	return c.Until
}

// to is the conversation in another state, for as long as within says; 0 is until somebody moves it.
func (c Conversation) to(state ConversationState, now time.Time, within time.Duration) Conversation {
	c.State, c.Until, c.RemindAt = state, time.Time{}, time.Time{}
	c.Turn++
	if within > 0 {
		c.Until = now.Add(within)
	}
	switch state {
	case ConversationAsked, ConversationConsent, ConversationConfirm:
		c.RemindAt = now.Add(within / 2)
	}
	return c
}

// ended is the conversation when nothing more is to be said.
func (c Conversation) ended(reason EndReason) Conversation {
	c = c.to(ConversationEnded, time.Time{}, 0)
	c.EndReason = reason
	return c
}

// Begin is the conversation when its step begins: at its first question, or waiting until the person may be written to.
func (c Conversation) Begin(now, contactAt time.Time) Conversation {
	if contactAt.After(now) {
		return c.to(ConversationWaiting, now, contactAt.Sub(now))
	}
	return c.Tell(now)
}

// Tell begins what has waited: the person is asked, or told where nothing is asked.
func (c Conversation) Tell(now time.Time) Conversation {
	if c.Mode == NotifyOnly {
		return c.to(ConversationTelling, now, TellWithin)
	}
	return c.to(ConversationAsked, now, c.Times.Accept)
}

// Told ends a notify_only conversation, or one whose messages nobody could deliver.
func (c Conversation) Told(delivered bool) Conversation {
	if delivered {
		return c.ended(NotificationSent)
	}
	return c.ended(NotificationFailed)
}

// TimeIsUp is what becomes of the conversation at Wake, and on which occasion the person is written to; "" when they are not.
func (c Conversation) TimeIsUp(now time.Time) (Conversation, Occasion) {
	switch c.State {
	case ConversationWaiting:
		return c.Tell(now), OccasionAsk
	case ConversationPutOff:
		return c.Tell(now), OccasionAgain
	case ConversationFeedback:
		return c.ended(ResolvedByUser), ""
	case ConversationAsked, ConversationConsent, ConversationConfirm:
		if !c.RemindAt.IsZero() && now.Before(c.Until) { // else nobody has looked for so long that it is too late for a reminder
			c.RemindAt = time.Time{}
			c.Turn++
			return c, OccasionReminder
		}
		return c.ended(NoResponse), ""
	}
	return c, ""
}

// RemindLater moves the reminder out of the person's quiet hours, or leaves it out when too little time would be left.
func (c Conversation) RemindLater(until time.Time) Conversation {
	if c.RemindAt.IsZero() || !until.After(c.RemindAt) {
		return c
	}
	c.RemindAt = until
	if !until.Before(c.Until.Add(-quietReminder)) {
		c.RemindAt = time.Time{}
	}
	return c
}

// ShowCode is the conversation once there is a code that the device is to show; hash is HashCode of it.
func (c Conversation) ShowCode(hash []byte) Conversation {
	c.CodeHash = hash
	c.Turn++
	return c
}

// Wants tells whether a message that was written on an occasion, when the conversation had that turn, still says what stands. A
// reminder is out of place as soon as anything at all was said.
func (c Conversation) Wants(occasion Occasion, turn int) bool {
	switch occasion {
	case OccasionAsk, OccasionAgain:
		return c.State == ConversationAsked || c.State == ConversationTelling
	case OccasionReminder:
		return c.Turn == turn
	case OccasionCode:
		return c.State == ConversationConsent
	}
	return true
}

// Act begins what the person has agreed to, unless nobody has taken that up for so long that they count on it no more. takes is how
// long the remedial action may take in all.
func (c Conversation) Act(now time.Time, takes time.Duration) Conversation {
	if c.Resolution == ResolveByIncident {
		return c.ended(IncidentRequested)
	}
	if c.Over(now) {
		return c.ended(EngineLost)
	}
	return c.to(ConversationRunning, now, takes)
}

// Acted is the conversation after the remedial action: the person is asked whether it helped, or, when it did not work or the next
// report is awaited, there is nothing more to say.
func (c Conversation) Acted(now time.Time, worked bool) Conversation {
	if worked {
		return c.to(ConversationConfirm, now, c.Times.Confirm)
	}
	return c.ended("")
}
