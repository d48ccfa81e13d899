package schema

import (
	"encoding/json"
	"time"
)

// ActionKind is how a remedial action is run.
type ActionKind string

// The kinds of remedial action.
const (
	Subflow    ActionKind = "subflow"     // a Temporal child workflow, by type name
	FlowAction ActionKind = "flow_action" // a Temporal activity, by type name
	CIAction   ActionKind = "ci_action"   // a job for the agent on the device
)

// Plan is what Begin decided about a step. It goes through Temporal, so it carries ids and verdicts, never what names a
// person; the one exception is the Input of an action that another team's worker runs.
type Plan struct {
	Step int `json:"step"`
	// Ended is set when the issue was closed before the step could begin: there is nothing left to do.
	Ended State `json:"ended,omitempty"`
	// Conclude is set when nothing is to be run and the step ends with this reason.
	Conclude EndReason `json:"conclude,omitempty"`
	// Conversation says that the person is told or asked first, and that turns of the conversation tell what to do.
	Conversation bool `json:"conversation,omitempty"`
	// Action is what to run; nil when Ended or Conclude is set, or the conversation has none.
	Action *PlannedAction `json:"action,omitempty"`
}

// PlannedAction is a remedial action with everything that the workflow needs to run it.
type PlannedAction struct {
	Name       string        `json:"name"` // the remedial action's name in the registry
	Kind       ActionKind    `json:"kind"`
	Target     string        `json:"target"`               // child workflow type, activity type, or agent action
	TaskQueue  string        `json:"task_queue,omitempty"` // "" is the workflow's own
	Timeout    time.Duration `json:"timeout"`              // of one attempt
	Attempts   int           `json:"attempts"`             // at most; 1 unless Idempotent
	Idempotent bool          `json:"idempotent"`
	// Deadline is when the action is given up, counted from Begin: all its attempts, and what may pass before each.
	Deadline time.Duration `json:"deadline"`
	// Input is set for an action on another team's worker; our own load what they need by id.
	Input *ActionInput `json:"input,omitempty"`
}

// WaitForWorker is how long a subflow or flow action waits for a worker to take it up: longer, and nobody listens on its task queue.
const WaitForWorker = 5 * time.Minute

// MaxRetryDelay is the longest pause between two attempts.
const MaxRetryDelay = time.Minute

// ActionInput is the input of every subflow and flow action: plain JSON, usable from any Temporal SDK.
type ActionInput struct {
	ExperienceID string          `json:"experience_id"`
	Step         int             `json:"step"`
	CI           string          `json:"ci,omitempty"`         // sys_id in cmdb_ci_computer
	User         string          `json:"user,omitempty"`       // sys_id in sys_user
	Parameters   json.RawMessage `json:"parameters,omitempty"` // an object, checked against the action's input_schema
	Attempts     int             `json:"attempts,omitempty"`   // of our own http_request: made before it was begun again
}

// ActionStatus is how a remedial action says that it ended.
type ActionStatus string

// The statuses of an ActionResult. Unknown is for devices only: begun, and nobody can say how it ended.
const (
	ActionSucceeded ActionStatus = "succeeded"
	ActionHasFailed ActionStatus = "failed"
	ActionWaits     ActionStatus = "action_wait"
	ActionUnknown   ActionStatus = "unknown"
)

// ActionResult is the result of every subflow and flow action. A failed result is final: only an error or a timeout is tried
// again.
type ActionResult struct {
	Status  ActionStatus    `json:"status"`
	Message string          `json:"message,omitempty"` // one sentence, for the timeline
	Output  json.RawMessage `json:"output,omitempty"`
}

// Outcome is what the workflow found out about a step; Conclude turns it into the next state.
type Outcome struct {
	Step int `json:"step"`
	// Reason ends the step; "" when Result or the step's job decides.
	Reason EndReason     `json:"reason,omitempty"`
	Result *ActionResult `json:"result,omitempty"`
	// Job says that the step's CI job decides: as it stands when Conclude looks at it. An unfinished one is withdrawn.
	Job bool `json:"job,omitempty"`
	// Detail is a sentence for the timeline about a Reason.
	Detail string `json:"detail,omitempty"`
}

// Verdict is what Conclude and ExpireWait decided, or had decided before when they are repeated.
type Verdict struct {
	Step      int       `json:"step"` // the step now: greater than asked for when a chained report was first
	State     State     `json:"state"`
	EndReason EndReason `json:"end_reason,omitempty"`
	WaitUntil time.Time `json:"wait_until,omitzero"` // set in action_wait
}
