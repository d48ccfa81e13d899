package schema

import "encoding/json"

// planJSON is a plan as it stands on a step's row and in a history. What runs only if the person agrees stands there under a name
// that engines from before conversations do not know: one that takes over such a step finds nothing to run, and leaves it to an
// engine that asks.
type planJSON struct {
	plainPlan
	IfAgreed *PlannedAction `json:"if_agreed,omitempty"`
}

type plainPlan Plan

// MarshalJSON is planJSON.
func (p Plan) MarshalJSON() ([]byte, error) {
	written := planJSON{plainPlan: plainPlan(p)}
	if p.Conversation {
		written.IfAgreed, written.Action = p.Action, nil
	}
	return json.Marshal(written)
}

// UnmarshalJSON is planJSON.
func (p *Plan) UnmarshalJSON(text []byte) error {
	var read planJSON
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	if read.IfAgreed != nil {
		read.Action = read.IfAgreed
	}
	*p = Plan(read.plainPlan)
	return nil
}
