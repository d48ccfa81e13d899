package schema

import (
	"encoding/json"
	"time"
)

// JobState is where a CI job stands.
type JobState string

// The states of a CI job. Offered, Leased and Begun are unfinished; the others are final.
const (
	JobOffered   JobState = "offered"   // waits for its device
	JobLeased    JobState = "leased"    // fetched by the agent, not begun
	JobBegun     JobState = "begun"     // the agent has said that it begins
	JobFinished  JobState = "finished"  // the agent has reported a result
	JobUnknown   JobState = "unknown"   // begun, and its lease ran out or the agent lost track
	JobExpired   JobState = "expired"   // not begun in the time that it was offered for
	JobTimedOut  JobState = "timed_out" // begun, and still running after its timeout
	JobWithdrawn JobState = "withdrawn" // its step ended without it
)

// Job is one attempt at a CI action, as the agent sees it.
type Job struct {
	ID           string          `json:"id" db:"sys_id"`
	ExperienceID string          `json:"experience_id" db:"experience_id"`
	Step         int             `json:"step" db:"step"`
	Attempt      int             `json:"attempt" db:"attempt"`
	Action       string          `json:"action" db:"action"`
	Parameters   json.RawMessage `json:"parameters" db:"parameters"`
	Idempotent   bool            `json:"idempotent" db:"idempotent"`
	// ReportedAt is when the trouble was reported: what started later cannot be what was meant.
	ReportedAt time.Time `json:"reported_at" db:"reported_at"`
	ExpiresAt  time.Time `json:"expires_at" db:"expires_at"`           // not begun by then: not wanted any more
	TimeoutSec int       `json:"timeout_seconds" db:"timeout_seconds"` // how long it may run once begun
	LeaseUntil time.Time `json:"lease_until" db:"lease_until"`         // heartbeat before then
	// Notification is the sys_id of the message that a notice shows; "" for an action. Its link is made from it.
	Notification string `json:"-" db:"notification"`
	// Occasion is why that message is sent: only some have a link.
	Occasion Occasion `json:"-" db:"occasion"`
}

// JobPurpose is what a job is for. A notice tells somebody something and never decides a step.
type JobPurpose string

// The purposes of jobs.
const (
	JobAction JobPurpose = "action"
	JobNotice JobPurpose = "notice"
)

// NoticeTimeout is how long a device may take to show a message.
const NoticeTimeout = time.Minute

// JobLease is how long a job belongs to the agent without a heartbeat.
const JobLease = 60 * time.Second
