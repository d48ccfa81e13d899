package api

import (
	"encoding/json"
	"time"

	"proactive/registry/decide"
	"proactive/schema"
)

// Explanation is what POST …/simulate answers. Durations are in seconds.
type Explanation struct {
	// Refusal is what create would answer; without it the report would be taken.
	Refusal *ExplainedRefusal `json:"refusal"`
	Chained bool              `json:"chained"` // it would be the next step of the issue that it names
	Step    int               `json:"step"`    // 0 when refused
	Lookups []ExplainedLookup `json:"lookups"` // of the catalogue, and where it is not withheld, of people and computers

	Registry   *ExplainedRegistry   `json:"registry"`
	Resolution *ExplainedResolution `json:"resolution"`
	CI         *ExplainedCI         `json:"ci"`
	Parameters *ExplainedParameters `json:"parameters"`
	Times      *ExplainedTimes      `json:"times"`
	Fallback   *ExplainedFallback   `json:"fallback"`

	// Withheld says why there is nothing below; "" when there is all.
	Withheld string           `json:"withheld"`
	Person   *ExplainedPerson `json:"person"`
	Limits   *ExplainedLimits `json:"limits"`
	Plan     *ExplainedPlan   `json:"plan"`
	Shown    *ExplainedShown  `json:"shown"`
}

// ExplainedRefusal is one of the nine, numbered in their order.
type ExplainedRefusal struct {
	Number  int    `json:"number"`
	Message string `json:"message"`
	Detail  string `json:"detail"`
}

// ExplainedLookup is what came of looking something up. Why it does not count, and what would help, are "" when it does.
type ExplainedLookup struct {
	Table    string          `json:"table"`
	By       string          `json:"by"`
	Value    string          `json:"value"`
	SysID    string          `json:"sys_id"` // "" when nothing was found
	Name     string          `json:"name"`
	Standing schema.Standing `json:"standing"`
	Why      string          `json:"why"`
	Helps    string          `json:"helps"`
}

// ExplainedVersion is a version of a row, as the timeline names it; 0 and "" for a row from before there were versions.
type ExplainedVersion struct {
	Number int    `json:"version"`
	SysID  string `json:"version_sys_id"` // in sn_pren_version
}

// ExplainedRegistry is the row that governs the step.
type ExplainedRegistry struct {
	SysID     string `json:"sys_id"`
	Provider  string `json:"provider"`
	IssueCode string `json:"issue_code"`
	ExplainedVersion
	Found     string   `json:"short_description,omitempty"`
	Engages   string   `json:"engagement,omitempty"`
	NextCodes []string `json:"next_codes,omitempty"` // after action_wait; none: any
}

// ExplainedResolution is what would help.
type ExplainedResolution struct {
	SysID string `json:"sys_id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	ExplainedVersion
	Action    *ExplainedAction `json:"remedial_action"` // null where it has none that is active
	OnSuccess string           `json:"on_success"`
}

// ExplainedAction is what would be run.
type ExplainedAction struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Target    string `json:"target"`
	TaskQueue string `json:"task_queue"` // "": ours
	ExplainedVersion
}

// ExplainedCI is the computer that the report, or the step before, names.
type ExplainedCI struct {
	SysID    string `json:"sys_id"`
	Known    bool   `json:"known"`
	Enrolled bool   `json:"enrolled"` // an agent is
}

// ExplainedParameters is what becomes of input_parameters. Rendered is what the action would get: secrets stand in it as references.
type ExplainedParameters struct {
	Reported []decide.Reported `json:"reported"`
	Mismatch string            `json:"mismatch"` // "" when the action takes them
	Rendered json.RawMessage   `json:"rendered"` // null where nothing is run, or withheld
}

// ExplainedTimes are how long each thing may take; 0 where there is no such thing.
type ExplainedTimes struct {
	Accept     int64 `json:"accept"`
	Consent    int64 `json:"consent"`
	Confirm    int64 `json:"confirm"`
	Feedback   int64 `json:"feedback"`
	OfferFor   int64 `json:"offer_for"` // of a CI action: how long it waits for the device
	Timeout    int64 `json:"timeout"`   // of one attempt
	Attempts   int   `json:"attempts"`
	ActionWait int64 `json:"action_wait"` // for the next report, where the step waits for one
}

// ExplainedFallback is what follows where nothing helps. Certain says that it does, as nothing would be run.
type ExplainedFallback struct {
	Certain  bool               `json:"certain"`
	Kind     string             `json:"kind"`
	Incident *ExplainedIncident `json:"incident"`
}

// ExplainedIncident is the incident as it would look; its description only where it is certain.
type ExplainedIncident struct {
	ShortDescription string `json:"short_description"`
	Description      string `json:"description,omitempty"`
	AssignmentGroup  string `json:"assignment_group"`
	Impact           int    `json:"impact"`
	Urgency          int    `json:"urgency"`
	Priority         int    `json:"priority"`
}

// ExplainedPerson is who was found, and by what.
type ExplainedPerson struct {
	SysID    string             `json:"sys_id"`
	UserName string             `json:"user_name"`
	Found    map[string]int     `json:"found"` // how many active people each name of the endpoint leads to
	Criteria []decide.Criterion `json:"criteria"`
}

// ExplainedLimits are the reasons to leave the person alone, with their numbers. Times are null where there is none.
type ExplainedLimits struct {
	Gates []decide.Gate `json:"gates"` // in their order: the first that holds decides

	Freeze      int64      `json:"freeze"` // 0: off
	LastEnded   *time.Time `json:"last_ended"`
	FrozenUntil *time.Time `json:"frozen_until"`

	UserLimit    int        `json:"user_limit"` // 0: none
	Window       int64      `json:"window"`
	InWindow     int        `json:"in_window"` // steps of the person that count
	NextPossible *time.Time `json:"next_possible"`

	ActiveConversation string `json:"active_conversation"` // experience_id; ""

	ContactBudget     int        `json:"contact_budget"` // 0: any number
	ContactWindow     int64      `json:"contact_window"`
	ContactsUsedUntil *time.Time `json:"contacts_used_until"`
	QuietHours        string     `json:"quiet_hours"`
	TimeZone          string     `json:"time_zone"`
}

// ExplainedPlan is the decision: nothing is run and the step ends with a reason, or something is run, after a conversation or without.
type ExplainedPlan struct {
	Ends         string   `json:"ends"` // end_reason; "" when something is done
	Detail       string   `json:"detail"`
	Timeline     []string `json:"timeline"` // what it would say
	Conversation string   `json:"conversation"`
	Runs         string   `json:"runs"`     // the remedial action; ""
	Deadline     int64    `json:"deadline"` // of it, from its beginning
}

// ExplainedShown is what the person would get first.
type ExplainedShown struct {
	At       time.Time      `json:"at"` // when they may be written to
	Language string         `json:"language"`
	Channels []ExplainedWay `json:"channels"`
	Prompt   string         `json:"prompt"`
	Consent  string         `json:"consent_text"` // "" when it is not asked for
	Code     bool           `json:"code"`         // consent takes a code that the device shows
	Subject  string         `json:"subject"`
	Text     string         `json:"text"`
}

// ExplainedWay is a channel, and whether it reaches the person.
type ExplainedWay struct {
	Name    string             `json:"name"`
	Type    schema.ChannelType `json:"type"`
	Reaches bool               `json:"reaches"`
}
