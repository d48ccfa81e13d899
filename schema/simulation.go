package schema

import "time"

// Simulation is what would become of a report, and what that depends on. It names people: see who may be shown what.
type Simulation struct {
	Refused *Refused       // nil when the report would be taken; with it there is neither Facts nor Decision
	Found   map[string]int // how many active people each given name of the endpoint leads to: user_id, user_name, email, else CI
	Chained bool           // it would be the next step of the issue that it names

	Registry string   // sys_id of the registry row; "" when there is none
	Version  Version  // of it, which the step would go by
	Lookups  []Lookup // in the order in which they are made

	Facts    StepFacts
	Decision Decision
	Row      GoverningRow
	Person   string // user_name of who was found
	View     View   // as the person would be shown it
	Channels []Reach
	Evidence []Evidence // of the steps so far and of the report

	ActiveProvider string // provider_code of the issue in Facts.Past.Active
}

// GoverningRow is what a registry row and its resolution say beside what a step is decided by.
type GoverningRow struct {
	ShortDescription    string        `db:"short_description"`
	NotificationContent string        `db:"notification_content"` // its name; ""
	Fallback            Fallback      `db:"fallback"`
	DeskHears           bool          `db:"desk_hears"` // a channel reaches the service desk, so that a live agent can be called
	AssignmentGroup     string        `db:"assignment_group"`
	Impact              int           `db:"impact"`
	Urgency             int           `db:"urgency"`
	OnSuccess           string        `db:"on_success"` // close or action_wait
	ActionWait          time.Duration `db:"-"`
	NextCodes           []string      `db:"-"`          // empty: any
	Resolution          string        `db:"resolution"` // sys_id
	ResolutionName      string        `db:"resolution_name"`
}

// Reach is a channel that the registry row lets a person be written to on.
type Reach struct {
	SysID string      `db:"sys_id"`
	Name  string      `db:"name"`
	Type  ChannelType `db:"type"`
	Works bool        `db:"works"` // there is an address, or an agent on a device of the person's
}
