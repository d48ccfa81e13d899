package schema

import "slices"

// State is where an experience issue stands.
type State string

// The states of an experience issue.
const (
	Open             State = "open"              // reported, not yet taken up
	InProgress       State = "in_progress"       // a step is being resolved
	ActionWait       State = "action_wait"       // the step is done, the next report is awaited
	ClosedComplete   State = "closed_complete"   // helped, or did what was asked for
	ClosedIncomplete State = "closed_incomplete" // did not help; the fallback took over
	ClosedSkipped    State = "closed_skipped"    // decided not to engage
	ClosedCancelled  State = "closed_cancelled"  // called off
)

// moves is every way from one state to another. Each is one compare-and-set in Postgres.
var moves = map[State][]State{
	"":         {Open},
	Open:       {InProgress, ClosedCancelled, ClosedIncomplete},
	InProgress: {ActionWait, ClosedComplete, ClosedIncomplete, ClosedSkipped, ClosedCancelled},
	ActionWait: {Open, ClosedIncomplete, ClosedCancelled},
}

// MayBecome tells whether a move leads from s to next.
func (s State) MayBecome(next State) bool { return slices.Contains(moves[s], next) }

// Closed tells whether s is final.
func (s State) Closed() bool {
	switch s {
	case ClosedComplete, ClosedIncomplete, ClosedSkipped, ClosedCancelled:
		return true
	}
	return false
}
