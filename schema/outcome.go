package schema

import (
	"encoding/json"
	"time"
)

// OutcomeReceiver is how a provider hears what becomes of its issues: by the feed, and with a webhook also by that.
type OutcomeReceiver struct {
	SysID       string
	Provider    string          // provider_code
	States      []State         // that it hears of
	Config      json.RawMessage // a WebhookConfig without a template; nil: the feed alone
	GiveUpAfter time.Duration   // of delivering one outcome, whole seconds
	Active      bool
}

// OutcomeStates are the states that can be heard of: all but open, which the answer to the report has told.
func OutcomeStates() []State {
	return []State{InProgress, ActionWait, ClosedComplete, ClosedIncomplete, ClosedSkipped, ClosedCancelled}
}

// DefaultOutcomeStates are those in which the provider may have something to do.
func DefaultOutcomeStates() []State { return OutcomeStates()[1:] }

// DefaultGiveUpAfter is how long the delivery of an outcome is tried.
const DefaultGiveUpAfter = 3 * 24 * time.Hour

// OutcomeEvent is a state that an issue has come to, as its provider hears it: nobody is named, unless the experience_id does.
type OutcomeEvent struct {
	ID           string    `json:"id" db:"sys_id"` // the same whenever it is told again
	ExperienceID string    `json:"experience_id" db:"experience_id"`
	Provider     string    `json:"provider" db:"provider_code"`
	IssueCode    string    `json:"issue_code" db:"issue_code"`
	Step         int       `json:"step" db:"step"`
	State        State     `json:"state" db:"state"`
	EndReason    EndReason `json:"end_reason" db:"end_reason"` // "" while it is not closed
	Sequence     int       `json:"sequence" db:"sequence"`     // counts the outcomes of the issue from 1
	At           time.Time `json:"at" db:"sys_created_on"`
}

// FeedAhead is a place in the feed that this database has not come to yet.
const FeedAhead = feedError("the place in the feed is ahead of all outcomes")

type feedError string

func (e feedError) Error() string { return string(e) }

// Feed is a part of what providers hear.
type Feed struct {
	Outcomes []OutcomeEvent
	Next     int64 // the place of the last one, or the one after which there are none yet
	More     bool
}
