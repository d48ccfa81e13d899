package schema

import (
	"encoding/json"
	"time"
)

// Catalogue is everything that people decide beforehand: who may report, whose computers there are, which issues are known and
// what helps. Rows refer to each other by their natural keys (provider_code, user_name, name), as people write them; the
// database keeps sys_ids.
type Catalogue struct {
	Providers            []Provider
	Users                []User
	UserCriteria         []UserCriteria
	Channels             []Channel
	ServiceAccounts      []ServiceAccount
	RateRules            []RateRule
	OutcomeReceivers     []OutcomeReceiver
	ServiceDesks         []ServiceDesk
	Computers            []Computer
	RemedialActions      []RemedialAction
	Resolutions          []Resolution
	NotificationContents []NotificationContent
	Issues               []IssueTemplate
	Deployed             []IssueTemplate // the registry rows; of what is known already, never of what is to be written, as the next
	Deployments          []Deployment    // how they stand to their templates; read where all is, or something is to be deployed
	Properties           []PropertyValue
	Pruned               []PrunedRow // rows to take away; of what is to be written, never of what is known already
}

// Section is a part of the catalogue, by its name in YAML.
type Section string

// The sections of a catalogue, in the order in which they are applied: what is referred to comes first.
const (
	SectionProviders            Section = "providers"
	SectionUsers                Section = "users"
	SectionUserCriteria         Section = "user_criteria"
	SectionChannels             Section = "notification_channels"
	SectionServiceAccounts      Section = "service_accounts"
	SectionRateRules            Section = "rate_limit_rules"
	SectionOutcomes             Section = "outcomes"
	SectionServiceDesks         Section = "service_desks"
	SectionComputers            Section = "computers"
	SectionRemedialActions      Section = "remedial_actions"
	SectionResolutions          Section = "resolutions"
	SectionNotificationContents Section = "notification_contents"
	SectionIssues               Section = "issues"
	SectionProperties           Section = "properties"
)

// Provider is a tool that reports.
type Provider struct {
	SysID  string `db:"sys_id"`
	Code   string `db:"provider_code"`
	Name   string `db:"name"`
	Active bool   `db:"active"`
}

// User is a person whom a report can be about.
type User struct {
	SysID     string `db:"sys_id"`
	UserName  string `db:"user_name"` // unique without regard to case
	FirstName string `db:"first_name"`
	LastName  string `db:"last_name"`
	Email     string `db:"email"`
	Active    bool   `db:"active"`
	LockedOut bool   `db:"locked_out"`

	Language   string   `db:"preferred_language"` // like en or de; "" is the organisation's
	TimeZone   string   `db:"time_zone"`          // IANA name, like Europe/Berlin; "" is the organisation's
	Department string   `db:"department"`
	Location   string   `db:"location"`
	Roles      []string `db:"-"` // for user criteria; a person cannot call the API with them
}

// ServiceAccount is a row of sys_user that may call the API and cannot be whom a report is about.
type ServiceAccount struct {
	SysID        string
	UserName     string // unique without regard to case, among people too
	Active       bool
	LockedOut    bool
	Roles        Roles
	Providers    []string // provider_codes that it may report for; empty: all
	PasswordHash string   // argon2id as PHC string; "" keeps what is stored
	APIKeyHash   []byte   // SHA-256; nil keeps what is stored
}

// Computer is a CI.
type Computer struct {
	SysID      string `db:"sys_id"`
	Name       string `db:"name"` // unique without regard to case
	OS         string `db:"os"`
	AssignedTo string `db:"assigned_to"` // user_name; "" is nobody
}

// RemedialAction is something that can be run to help.
type RemedialAction struct {
	SysID       string
	Name        string
	Kind        ActionKind
	Target      string          // child workflow type, activity type, or agent action
	TaskQueue   string          // of a subflow or flow action; "" is ours
	InputSchema json.RawMessage // JSON Schema of the parameters; nil accepts any
	FromReport  []string        // parameters that a report may fill
	Timeout     time.Duration   // of one attempt, whole seconds
	OfferFor    time.Duration   // how long a CI action waits for its device, whole seconds
	Attempts    int
	Idempotent  bool
	Sensitive   bool // consent counts only with the code that the device shows
	Active      bool
}

// HTTPRequest is the target of our own flow action that sends one HTTP request.
const HTTPRequest = "http_request"

// IsHTTPRequest tells whether a is our own flow action that sends one HTTP request, and not an activity of that name on
// another team's task queue.
func (a RemedialAction) IsHTTPRequest() bool { return IsHTTPRequest(a.Kind, a.Target, a.TaskQueue) }

// IsHTTPRequest is RemedialAction.IsHTTPRequest for those who hold the three columns only.
func IsHTTPRequest(kind ActionKind, target, taskQueue string) bool {
	return kind == FlowAction && target == HTTPRequest && taskQueue == ""
}

// ResolutionType is a way to help.
type ResolutionType string

// The types of resolution.
const (
	ResolveByAction   ResolutionType = "remedial_action"
	ResolveBySelfHelp ResolutionType = "self_help"
	ResolveByURL      ResolutionType = "url"
	ResolveByIncident ResolutionType = "create_incident"
)

// OnSuccess is what follows a resolution that helped.
type OnSuccess string

// What can follow a resolution that helped.
const (
	OnSuccessClose OnSuccess = "close"
	OnSuccessWait  OnSuccess = "action_wait"
)

// Resolution is what helps against an issue.
type Resolution struct {
	SysID          string
	Name           string
	Type           ResolutionType
	RemedialAction string          // by name; "" without one, which is incomplete for ResolveByAction
	Parameters     json.RawMessage // an object; its values stand against a report's
	OnSuccess      OnSuccess
	Instructions   []string
	Translations   json.RawMessage // {"de": {"instructions": ["…"]}}; nil without
	URL            string
	Active         bool
}

// ResolutionTranslation is a resolution's steps in another language, all of them; without any they are said as the resolution itself has them.
type ResolutionTranslation struct {
	Instructions []string `json:"instructions,omitempty"`
}

// NotificationContent is what a person is told and asked.
type NotificationContent struct {
	SysID        string          `db:"sys_id"`
	Name         string          `db:"name"`
	Prompt       string          `db:"prompt"`
	ConsentText  string          `db:"consent_text"`
	Translations json.RawMessage `db:"-"` // {"de": {"prompt": "…", "consent_text": "…"}}; nil without
	Active       bool            `db:"active"`
}

// Translation is a notification content in another language. What is empty is said as the content itself has it.
type Translation struct {
	Prompt      string `json:"prompt,omitempty"`
	ConsentText string `json:"consent_text,omitempty"`
}
