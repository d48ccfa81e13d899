package schema

import (
	"encoding/json"
	"time"
)

// StepFacts is what there is to know about a step when it begins: the report, and the registry rows that govern it as they
// stand at that moment.
type StepFacts struct {
	ExperienceID string       `db:"experience_id"`
	Step         int          `db:"step"`
	User         string       `db:"user"` // sys_id
	CI           string       `db:"ci"`   // as reported
	IssueCode    string       `db:"issue_code"`
	Registry     string       `db:"registry"` // sys_id of the registry row that governs the step
	Versions     StepVersions `db:"versions"` // of what governs it

	Now    time.Time `db:"now"` // by Postgres's clock
	Limits Limits    `db:"-"`
	Past   Past      `db:"-"` // what counts against Limits; empty when Counted says that nothing does

	Person   Traits         `db:"-"`
	TimeZone string         `db:"-"` // IANA name; of the person, else the default
	Include  []string       `db:"-"` // names of user criteria
	Exclude  []string       `db:"-"`
	Criteria []UserCriteria `db:"-"` // the active ones of those

	CIKnown    bool `db:"ci_known"`    // CI is a computer of ours
	CIEnrolled bool `db:"ci_enrolled"` // and an agent is enrolled for it

	InputParameters   json.RawMessage `db:"-"` // nil when the report had none
	ParametersAreText bool            `db:"parameters_are_text"`

	Engagement Engagement        `db:"engagement"` // of the registry row, as Consent is
	Consent    bool              `db:"consent"`
	Sensitive  bool              `db:"sensitive"` // of the remedial action
	Times      ConversationTimes `db:"-"`

	ResolutionType ResolutionType  `db:"resolution_type"`
	Parameters     json.RawMessage `db:"parameters"` // the resolution's own

	// The remedial action; ActionName is "" when the resolution has none, or none that is active.
	ActionName  string          `db:"action_name"`
	Kind        ActionKind      `db:"kind"`
	Target      string          `db:"target"`
	TaskQueue   string          `db:"task_queue"`
	InputSchema json.RawMessage `db:"-"` // nil accepts any
	FromReport  []string        `db:"-"`
	Timeout     time.Duration   `db:"-"`
	OfferFor    time.Duration   `db:"-"`
	Attempts    int             `db:"attempts"`
	Idempotent  bool            `db:"idempotent"`
}

// Counted tells whether anything of the person's past can matter to the step.
func (f StepFacts) Counted() bool {
	told := f.Engagement == NotifyOnly && f.Limits.Contacts > 0
	return f.Limits.Freeze > 0 || f.Limits.Steps > 0 || f.Engagement == Engage || told
}

// Decision is what is to happen in a step, with what stays in Postgres.
type Decision struct {
	Plan       Plan
	Parameters json.RawMessage // what the action will get
	Detail     string          // why nothing is run, for the incident
	OfferFor   time.Duration   // how long a CI action waits for its device
	Notes      []Note          // for the timeline
	// Conversation is how the conversation with the person begins, in state waiting or already told; nil without one. Its sys_id is
	// not made yet. ContactAt is when the person is, or is to be, first written to.
	Conversation *Conversation
	ContactAt    time.Time
}

// Note is an event about to be written on a timeline.
type Note struct {
	Event  EventName
	Detail string
}
