package schema

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ReplyKind is what a person says by one click.
type ReplyKind string

// What a person can say.
const (
	ReplyAccept    ReplyKind = "accept"     // yes, help me
	ReplyNotNow    ReplyKind = "not_now"    // ask again later
	ReplyDecline   ReplyKind = "decline"    // no
	ReplyNotMine   ReplyKind = "not_mine"   // this is not my computer
	ReplyConsent   ReplyKind = "consent"    // yes, do it
	ReplyRefuse    ReplyKind = "refuse"     // no, do not do it
	ReplyHelped    ReplyKind = "helped"     // yes, it helped
	ReplyNotHelped ReplyKind = "not_helped" // no, it did not
	ReplyFeedback  ReplyKind = "feedback"   // how it was
)

// Reply is one click with what was filled in.
type Reply struct {
	Kind    ReplyKind
	Step    int          // whose question it answers: a page may be older than the present step
	Later   Postponement // of ReplyNotNow
	Code    string       // of ReplyConsent, as typed
	Rating  int          // of ReplyFeedback: 1 to 5 stars; 0 without
	Comment string       // of ReplyNotHelped and ReplyFeedback; may be ""
}

// MaxComment bounds what a person can write, in characters.
const MaxComment = 1000

// Postponement is when to be asked again.
type Postponement string

// When one can be asked again.
const (
	InHalfAnHour Postponement = "30m"
	InAnHour     Postponement = "1h"
	InFourHours  Postponement = "4h"
	Tomorrow     Postponement = "tomorrow" // at nine in the morning, where the person is
)

// Postponements lists them all, soonest first.
func Postponements() []Postponement {
	return []Postponement{InHalfAnHour, InAnHour, InFourHours, Tomorrow}
}

// After is when p is, seen from now, which is in the person's time zone; false when p is none of the list.
func (p Postponement) After(now time.Time) (time.Time, bool) {
	switch p {
	case InHalfAnHour:
		return now.Add(30 * time.Minute), true
	case InAnHour:
		return now.Add(time.Hour), true
	case InFourHours:
		return now.Add(4 * time.Hour), true
	case Tomorrow:
		return time.Date(now.Year(), now.Month(), now.Day()+1, 9, 0, 0, 0, now.Location()), true
	}
	return time.Time{}, false
}

// ReplyRefusal is why a reply does not act. The list is closed; each has a sentence on the page that tells how it stands.
type ReplyRefusal string

// The refusals of replies.
const (
	ReplyTooLate   ReplyRefusal = "too_late"   // the question's time is over, or the issue has ended
	ReplyNotAsked  ReplyRefusal = "not_asked"  // this is not the question now: it was answered before, perhaps elsewhere
	ReplyWrongCode ReplyRefusal = "wrong_code" // not what the device shows
	ReplyUnclear   ReplyRefusal = "unclear"    // a field is missing or holds something else
)

func (r ReplyRefusal) Error() string { return "refused: " + string(r) }

// asked says in which states a reply answers the question.
var asked = map[ReplyKind][]ConversationState{
	ReplyAccept:    {ConversationAsked, ConversationPutOff},
	ReplyNotNow:    {ConversationAsked},
	ReplyDecline:   {ConversationAsked, ConversationPutOff},
	ReplyNotMine:   {ConversationAsked, ConversationPutOff},
	ReplyConsent:   {ConversationConsent},
	ReplyRefuse:    {ConversationConsent},
	ReplyHelped:    {ConversationConfirm},
	ReplyNotHelped: {ConversationConfirm},
	ReplyFeedback:  {ConversationFeedback},
}

// Known tells whether k is one of the list.
func (k ReplyKind) Known() bool { return len(asked[k]) > 0 }

// Answer is the conversation after a reply, with what the timeline says of it. now is in the person's time zone. The error is a
// ReplyRefusal; a wrong code changes the conversation all the same, as only so many may be tried: whatever has another Turn is to
// be written.
func (c Conversation) Answer(r Reply, now time.Time) (Conversation, Note, error) {
	states, known := asked[r.Kind]
	switch {
	case !known:
		return c, Note{}, ReplyUnclear
	case c.Over(now):
		return c, Note{}, ReplyTooLate
	case !slices.Contains(states, c.State):
		return c, Note{}, ReplyNotAsked
	}
	switch r.Kind {
	case ReplyAccept:
		return c.accepted(now), Note{EventAccepted, "The person accepts help."}, nil
	case ReplyNotNow:
		return c.putOff(r.Later, now)
	case ReplyDecline:
		return c.ended(Declined), Note{EventDeclined, "The person declines help."}, nil
	case ReplyNotMine:
		return c.ended(Declined), Note{EventDeclined, "The person says that this is not their computer."}, nil
	case ReplyConsent:
		return c.consented(r.Code, now)
	case ReplyRefuse:
		return c.ended(Declined), Note{EventConsentRefused, "The person does not consent."}, nil
	case ReplyHelped:
		return c.to(ConversationFeedback, now, c.Times.Feedback), Note{EventConfirmed, "The person says that it helped."}, nil
	case ReplyNotHelped:
		if !fits(r.Comment) {
			return c, Note{}, ReplyUnclear
		}
		return c.ended(UnresolvedByUser), Note{EventNotHelped, strings.TrimSpace("The person says that it did not help. " + quoted(r.Comment))}, nil
	}
	return c.rated(r)
}

// Over tells whether the question's time has run out, whoever has noticed it yet.
func (c Conversation) Over(now time.Time) bool {
	return c.State == ConversationEnded || c.State != ConversationPutOff && !c.Until.IsZero() && !now.Before(c.Until)
}

// accepted goes on to consent, or to what helps.
func (c Conversation) accepted(now time.Time) Conversation {
	switch {
	case c.Resolution == ResolveBySelfHelp || c.Resolution == ResolveByURL:
		return c.to(ConversationConfirm, now, c.Times.Confirm)
	case c.Consent:
		return c.to(ConversationConsent, now, c.Times.Consent)
	}
	return c.to(ConversationReady, now, ActionBegins)
}

func (c Conversation) putOff(later Postponement, now time.Time) (Conversation, Note, error) {
	again, known := later.After(now)
	if !known {
		return c, Note{}, ReplyUnclear
	}
	if c.PutOffs >= MaxPutOffs {
		return c, Note{}, ReplyNotAsked
	}
	c = c.to(ConversationPutOff, now, again.Sub(now))
	c.PutOffs++
	return c, Note{EventNotNow, fmt.Sprintf("The person says not now, for the %s of at most %d times, and is asked again at %s.",
		Ordinal(c.PutOffs), MaxPutOffs, again.UTC().Format("2006-01-02 15:04:05 UTC"))}, nil
}

// consented checks the code where there has to be one.
func (c Conversation) consented(code string, now time.Time) (Conversation, Note, error) {
	if c.Sensitive && len(c.CodeHash) == 0 {
		return c, Note{}, ReplyWrongCode // none is shown yet, so this was no guess
	}
	if c.Sensitive && subtle.ConstantTimeCompare(c.CodeHash, HashCode(c.SysID, code)) == 0 {
		return c.wrongCode()
	}
	said := "The person consents."
	if c.Sensitive {
		said = "The person consents, with the code that the device shows."
	}
	return c.to(ConversationReady, now, ActionBegins), Note{EventConsented, said}, nil
}

// wrongCode counts a code that does not fit; after the last one nobody can consent any more.
func (c Conversation) wrongCode() (Conversation, Note, error) {
	c.CodeTries++
	note := Note{EventWrongCode, fmt.Sprintf("A code that the device does not show was typed in, for the %s of at most %d times.", Ordinal(c.CodeTries), MaxCodeTries)}
	if c.CodeTries >= MaxCodeTries {
		return c.ended(Declined), note, ReplyWrongCode
	}
	c.Turn++
	return c, note, ReplyWrongCode
}

func (c Conversation) rated(r Reply) (Conversation, Note, error) {
	if r.Rating < 0 || r.Rating > 5 || !fits(r.Comment) {
		return c, Note{}, ReplyUnclear
	}
	said := "The person gives no stars."
	if r.Rating > 0 {
		said = fmt.Sprintf("The person gives %d of 5 stars.", r.Rating)
	}
	return c.ended(ResolvedByUser), Note{EventFeedback, strings.TrimSpace(said + " " + quoted(r.Comment))}, nil
}

func fits(comment string) bool { return utf8.RuneCountInString(comment) <= MaxComment }

// quoted is what a person wrote, as part of a sentence.
func quoted(comment string) string {
	if comment = strings.TrimSpace(comment); comment == "" {
		return ""
	}
	return "“" + Storable(comment) + "”"
}

// HashCode is how the code that a device shows is kept; spaces do not count. A code is short, so it is worth little without the
// bound on tries.
func HashCode(conversation, code string) []byte {
	sum := sha256.Sum256([]byte(conversation + " " + strings.Join(strings.Fields(code), "")))
	return sum[:]
}
