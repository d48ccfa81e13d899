package schema

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// Occasion is why a message is sent.
type Occasion string

// The occasions of messages.
const (
	OccasionAsk      Occasion = "ask"      // the first word: help is offered, or in a notify_only issue, told
	OccasionReminder Occasion = "reminder" // half of the time is over
	OccasionAgain    Occasion = "again"    // after "not now"
	OccasionCode     Occasion = "code"     // the code that the device shows; desktop only
	OccasionDesk     Occasion = "desk"     // to the service desk: a live agent is wanted
)

// NotificationState is where a message stands.
type NotificationState string

// The states of a message; all but pending and sending are final.
const (
	NotificationPending   NotificationState = "pending"
	NotificationSending   NotificationState = "sending" // being handed over: whoever finds it so after a crash cannot know
	NotificationDelivered NotificationState = "delivered"
	NotificationLost      NotificationState = "failed"
	NotificationUnknown   NotificationState = "unknown"   // perhaps delivered; not sent again
	NotificationWithdrawn NotificationState = "withdrawn" // its conversation had gone on before it left
)

// Final tells whether s is final.
func (s NotificationState) Final() bool { return s != NotificationPending && s != NotificationSending }

// Notification is one message on one channel, with all that is needed to write it.
type Notification struct {
	SysID    string
	Occasion Occasion
	State    NotificationState
	Wanted   bool // its conversation still stands where it was written for
	Attempts int  // at delivering it that have begun
	Channel  Channel
	Email    string // the person's address; "" has none
	CI       string // sys_id of the device; "" when it is no computer with an agent
	View     View
}

// LinkToken is the secret part of a link: whoever has it is taken for the person. Only HashToken of it is stored.
func LinkToken(key []byte, notification string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(notification))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ConversationPath is where the page of a link is served, before the token.
const ConversationPath = "/help/"
