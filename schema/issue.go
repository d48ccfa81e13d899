package schema

import "time"

// Issue is an experience issue as a reader sees it.
type Issue struct {
	SysID             string     `db:"sys_id"`
	ExperienceID      string     `db:"experience_id"` // also the id of its workflow
	State             State      `db:"state"`
	EndReason         EndReason  `db:"end_reason"`
	Step              int        `db:"step"`
	IssueCode         string     `db:"issue_code"`
	Provider          string     `db:"provider"` // provider_code
	User              string     `db:"user"`     // sys_id
	UserName          string     `db:"user_name"`
	CI                string     `db:"ci"`
	CreatedOn         time.Time  `db:"sys_created_on"`
	ClosedOn          *time.Time `db:"closed_on"`
	FallbackResult    string     `db:"fallback_result"`
	Incident          string     `db:"incident"` // sys_id; "" without one
	IncidentNumber    string     `db:"incident_number"`
	ForeignSysID      string     `db:"foreign_sys_id"` // of the incident in the service desk's own system; "" while that does not have it
	ForeignNumber     string     `db:"foreign_number"`
	Interaction       string     `db:"interaction"` // sys_id of the live agent's record; "" without one
	InteractionNumber string     `db:"interaction_number"`

	Timeline []Event
}

// Event is one line of an issue's timeline. Number counts from 1 without gaps within the issue.
type Event struct {
	Number int       `json:"number" db:"number"`
	At     time.Time `json:"at" db:"sys_created_on"`
	Step   int       `json:"step" db:"step"`
	Event  EventName `json:"event" db:"event"`
	Detail string    `json:"detail" db:"detail"` // one sentence or more, for people
	By     string    `json:"by,omitempty" db:"sys_created_by"`
}

// EventName is what happened.
type EventName string

// What can happen to an issue.
const (
	EventCreated               EventName = "created"
	EventChained               EventName = "chained"
	EventBegun                 EventName = "begun"
	EventParametersIgnored     EventName = "parameters_ignored"
	EventJobOffered            EventName = "job_offered"
	EventJobFetched            EventName = "job_fetched"
	EventJobBegun              EventName = "job_begun"
	EventJobFinished           EventName = "job_finished"
	EventJobWithdrawn          EventName = "job_withdrawn"
	EventActionAttempt         EventName = "action_attempt"
	EventActionFinished        EventName = "action_finished"
	EventActionWait            EventName = "action_wait"
	EventIncidentCreated       EventName = "incident_created"
	EventIncidentHandedOver    EventName = "incident_handed_over" // the service desk's own system has it
	EventIncidentNotHandedOver EventName = "incident_not_handed_over"
	EventRequeued              EventName = "requeued"
	EventClosed                EventName = "closed"

	EventTellLater           EventName = "tell_later" // quiet hours, or the contact budget
	EventTold                EventName = "told"       // notify_only: what helps
	EventAsked               EventName = "asked"
	EventReminded            EventName = "reminded"
	EventNotificationAttempt EventName = "notification_attempt"
	EventNotificationSent    EventName = "notification_sent"
	EventNotificationFailed  EventName = "notification_failed"
	EventNotificationGone    EventName = "notification_withdrawn" // the conversation had gone on before it left
	EventAccepted            EventName = "accepted"
	EventNotNow              EventName = "not_now"
	EventDeclined            EventName = "declined"
	EventCodeShown           EventName = "code_shown"
	EventWrongCode           EventName = "wrong_code"
	EventConsented           EventName = "consented"
	EventConsentRefused      EventName = "consent_refused"
	EventActionBegun         EventName = "action_begun"
	EventActionTooLate       EventName = "action_too_late" // agreed to, and not begun in time
	EventConfirmationAsked   EventName = "confirmation_asked"
	EventConfirmed           EventName = "confirmed"
	EventNotHelped           EventName = "not_helped"
	EventFeedback            EventName = "feedback"
	EventLiveAgentRequested  EventName = "live_agent_requested"
)
