package schema

import (
	"encoding/json"
	"time"
)

// PastStep is a report that was taken once, with what was decided about it then, and with what another registry makes of it.
type PastStep struct {
	ExperienceID string    `db:"experience_id"`
	Step         int       `db:"step"`
	Last         bool      `db:"last"` // the issue has no later step
	User         string    `db:"user"` // sys_id
	Provider     string    `db:"provider_code"`
	IssueCode    string    `db:"issue_code"`
	At           time.Time `db:"at"` // when it was reported

	Begun     *time.Time `db:"begun_on"`  // nil: nothing was decided
	Closed    *time.Time `db:"closed_on"` // of the issue
	State     State      `db:"state"`     // of the issue now
	EndReason EndReason  `db:"end_reason"`
	Erased    bool       `db:"erased"` // the person was, and with them what they were reported with
	Active    string     `db:"active"` // experience_id of another issue that the person was in a conversation about; ""

	Plan       *Plan           `db:"-"`
	Parameters json.RawMessage `db:"-"`
	Resolution string          `db:"resolution"` // sys_id
	Name       string          `db:"resolution_name"`
	Mode       Engagement      `db:"mode"` // of the conversation; "" without one
	Consent    bool            `db:"consent"`
	ContactAt  *time.Time      `db:"contact_at"`
	Fallback   Fallback        `db:"fallback_result"` // "" where none was taken
	Group      string          `db:"assignment_group"`
	Impact     int             `db:"impact"` // 0 without an incident
	Urgency    int             `db:"urgency"`

	// What the other registry says: Refused, or Facts and Row.
	Refused *Refused
	Facts   StepFacts
	Row     GoverningRow
}
