package schema

// InboxKind is what the world can say to an issue.
type InboxKind string

// The kinds of inbox rows.
const (
	InboxCreated     InboxKind = "created"      // starts the workflow
	InboxChained     InboxKind = "chained"      // the next report of an issue in action_wait has come
	InboxJobFinished InboxKind = "job_finished" // the device has answered, or can no longer answer
	InboxCancelled   InboxKind = "cancelled"    // the API closed the issue
	InboxLost        InboxKind = "lost"         // the janitor closed the issue; the run is to be terminated
	InboxReplied     InboxKind = "replied"      // the person has said something
	InboxNoticed     InboxKind = "noticed"      // the device has shown a message, or cannot
	InboxTellDesk    InboxKind = "tell_desk"    // a live agent is wanted: starts a workflow of its own that tells the service desk
)

// Message is what an inbox row says to the workflow. Seq counts the messages of one issue from 1 without gaps; a message whose
// Seq was seen before is a repeat.
type Message struct {
	Seq  int64     `json:"seq"`
	Kind InboxKind `json:"kind"`
	Step int       `json:"step"`
}

// Delivery is an inbox row on its way to Temporal.
type Delivery struct {
	Message
	Issue        string // sys_id
	ExperienceID string // also the workflow id
	IssueCode    string
	Provider     string
	Attempt      int // 1 at the first try
}

// InboxWaiting says what the relay has still to deliver.
type InboxWaiting struct {
	Count         int
	OldestSeconds float64
}

// SignalInbox is the name of the signal that carries a Message to the workflow.
const SignalInbox = "inbox"

// Start is the input of the workflow: which issue, and at which step it begins; 1 but for an issue whose run was never started.
type Start struct {
	ExperienceID string `json:"experience_id"`
	Step         int    `json:"step"`
}
