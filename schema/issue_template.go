package schema

import "time"

// IssueTemplate is a known issue of one provider. Deploying it makes the registry row with the same columns, and only that can
// be reported.
type IssueTemplate struct {
	SysID                                      string
	Provider                                   string // provider_code
	IssueCode                                  string
	ReferenceName                              string
	ShortDescription                           string
	Resolution                                 string // by name; "" without one
	NotificationContent                        string // by name; "" without one
	Engagement                                 Engagement
	Consent                                    bool
	Fallback                                   Fallback
	ActionWait                                 time.Duration // whole seconds
	NextCodes                                  []string      // codes of the same provider that may follow; empty: any
	AssignmentGroup                            string
	Impact, Urgency                            int      // 1 is high, 3 is low
	Channels                                   []string // names of notification channels for the person; empty: every active one
	Include                                    []string // names of user criteria: only who matches one is helped; empty: everybody
	Exclude                                    []string // names of user criteria: who matches one is left alone, whatever Include says
	Category                                   Category
	UserLimit                                  int           // issues of one person in UserLimitWindow; 0: the category's default
	UserLimitWindow                            time.Duration // whole seconds
	AcceptWithin, ConsentWithin, ConfirmWithin time.Duration // whole seconds; 0: the property
	// Deployed writes the registry row when true and makes it inactive when false; nil leaves it as it is.
	Deployed *bool
	// Of a registry row that is known already: the columns that are its own, and what was decided about an update of its template.
	Customised []string
	Decision   UpdateDecision
}

// Reportable tells whether a template is deployed, or a registry row active.
func (i IssueTemplate) Reportable() bool { return i.Deployed != nil && *i.Deployed }

// Keep takes the value of a column from another issue.
func (i *IssueTemplate) Keep(column string, from IssueTemplate) {
	switch column {
	case "reference_name":
		i.ReferenceName = from.ReferenceName
	case "short_description":
		i.ShortDescription = from.ShortDescription
	case "resolution":
		i.Resolution = from.Resolution
	case "notification_content":
		i.NotificationContent = from.NotificationContent
	case "engagement":
		i.Engagement = from.Engagement
	case "consent":
		i.Consent = from.Consent
	case "fallback":
		i.Fallback = from.Fallback
	case "action_wait_seconds":
		i.ActionWait = from.ActionWait
	case "next_codes":
		i.NextCodes = from.NextCodes
	case "assignment_group":
		i.AssignmentGroup = from.AssignmentGroup
	case "impact":
		i.Impact = from.Impact
	case "urgency":
		i.Urgency = from.Urgency
	case "channels":
		i.Channels = from.Channels
	case "include":
		i.Include = from.Include
	case "exclude":
		i.Exclude = from.Exclude
	case "category":
		i.Category = from.Category
	case "user_limit":
		i.UserLimit = from.UserLimit
	case "user_limit_window_seconds":
		i.UserLimitWindow = from.UserLimitWindow
	case "accept_seconds":
		i.AcceptWithin = from.AcceptWithin
	case "consent_seconds":
		i.ConsentWithin = from.ConsentWithin
	case "confirm_seconds":
		i.ConfirmWithin = from.ConfirmWithin
	}
}

// Engagement is how the person is involved.
type Engagement string

// The ways to involve the person.
const (
	Engage     Engagement = "engage"
	Silent     Engagement = "silent"
	NotifyOnly Engagement = "notify_only"
)

// Category says which default user limit applies to an issue.
type Category string

// The categories of issues.
const (
	NoCategory       Category = ""
	DeviceIssue      Category = "device"
	ApplicationIssue Category = "application"
)

// Fallback is what follows when nothing helped.
type Fallback string

// What can follow when nothing helped.
const (
	FallbackIncident  Fallback = "incident"
	FallbackLiveAgent Fallback = "live_agent"
	FallbackNone      Fallback = "none"
)
