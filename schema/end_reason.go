package schema

// EndReason says why an issue ended as it did.
type EndReason string

// Every reason for an end.
const (
	ResolvedSilently  EndReason = "resolved_silently"
	ResolvedByUser    EndReason = "resolved_by_user"
	NotificationSent  EndReason = "notification_sent"
	IncidentRequested EndReason = "incident_requested"

	ActionFailed       EndReason = "action_failed"
	ActionTimedOut     EndReason = "action_timed_out"
	OutcomeUnknown     EndReason = "outcome_unknown"
	InvalidParameters  EndReason = "invalid_parameters"
	NoDevice           EndReason = "no_device"
	Declined           EndReason = "declined"
	NoResponse         EndReason = "no_response"
	UnresolvedByUser   EndReason = "unresolved_by_user"
	NotificationFailed EndReason = "notification_failed"
	ActionWaitExpired  EndReason = "action_wait_expired"
	EngineLost         EndReason = "engine_lost"

	ExcludedByCriteria EndReason = "excluded_by_criteria"
	ThrottledFreeze    EndReason = "throttled_freeze"
	ThrottledUserLimit EndReason = "throttled_user_limit"
	ActiveConversation EndReason = "active_conversation"

	Cancelled EndReason = "cancelled"
)

type ending struct {
	state    State
	sentence string
}

var endings = map[EndReason]ending{
	ResolvedSilently:   {ClosedComplete, "The remedial action succeeded."},
	ResolvedByUser:     {ClosedComplete, "The person says that it helped."},
	NotificationSent:   {ClosedComplete, "The person was told what helps."},
	IncidentRequested:  {ClosedComplete, "The registry asks for an incident for this issue code."},
	ActionFailed:       {ClosedIncomplete, "The remedial action failed."},
	ActionTimedOut:     {ClosedIncomplete, "The remedial action did not finish in time."},
	OutcomeUnknown:     {ClosedIncomplete, "Nobody can say whether the remedial action took effect, and it must not be repeated blindly."},
	InvalidParameters:  {ClosedIncomplete, "The remedial action was not run, as its parameters are not what it accepts."},
	NoDevice:           {ClosedIncomplete, "The remedial action was not run, as no device could be reached for it."},
	Declined:           {ClosedIncomplete, "The person did not want what was offered."},
	NoResponse:         {ClosedIncomplete, "The person did not answer in time."},
	UnresolvedByUser:   {ClosedIncomplete, "The person says that it did not help."},
	NotificationFailed: {ClosedIncomplete, "The person could not be reached on any channel."},
	ActionWaitExpired:  {ClosedIncomplete, "The next report did not come in time."},
	EngineLost:         {ClosedIncomplete, "The run that was to resolve the issue was lost."},
	ExcludedByCriteria: {ClosedSkipped, "User criteria leave this person alone."},
	ThrottledFreeze:    {ClosedSkipped, "This person was helped with this issue a short while ago."},
	ThrottledUserLimit: {ClosedSkipped, "This person has had this issue too often of late."},
	ActiveConversation: {ClosedSkipped, "The person is in a conversation about another issue."},

	Cancelled: {ClosedCancelled, "The issue was cancelled."},
}

// State is the state in which an issue with this reason ends.
func (r EndReason) State() State { return endings[r].state }

// Sentence says the reason to a person.
func (r EndReason) Sentence() string { return endings[r].sentence }

// TakesFallback tells whether the registry row's fallback follows, or for IncidentRequested, an incident in any case.
func (r EndReason) TakesFallback() bool { return r.State() == ClosedIncomplete }
