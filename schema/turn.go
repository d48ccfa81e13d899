package schema

import "time"

// Turn is where a conversation stands, as the workflow hears it: what to do next. It goes through Temporal, so it holds ids and
// verdicts.
type Turn struct {
	Number int               `json:"number"` // Conversation.Turn
	State  ConversationState `json:"state"`
	Do     TurnKind          `json:"do"`
	Until  time.Time         `json:"until,omitzero"`    // of TurnWait: when to look again without a word from anybody
	Reason EndReason         `json:"reason,omitempty"`  // of TurnEnd
	Tell   []string          `json:"deliver,omitempty"` // sys_ids of notifications that are to be delivered now
}

// TurnKind is what the workflow is to do.
type TurnKind string

// What a workflow can be told to do.
const (
	TurnWait     TurnKind = "wait"     // for a reply, or until Until
	TurnRun      TurnKind = "run"      // run the plan's action; a CI action's job is offered already
	TurnConclude TurnKind = "conclude" // the action's outcome ends the step
	TurnEnd      TurnKind = "end"      // end the step with Reason
)

// Heard is what the workflow knows that Postgres does not.
type Heard struct {
	// Over is the number of a turn whose time is up; 0 for none. It acts only while that turn stands.
	Over int `json:"over,omitempty"`
	// Undelivered are notifications whose delivery was given up without its result having been written down.
	Undelivered []string `json:"undelivered,omitempty"`
}

// WriteCode words the message with which a device shows a code to whoever sits there.
type WriteCode func(v View, code string) DesktopMessage
