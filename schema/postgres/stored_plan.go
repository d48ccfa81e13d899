package postgres

import (
	"encoding/json"

	"proactive/schema"
)

// storedPlan is a plan as it stands on a step's row. What runs only if the person agrees stands there under a name that engines from
// before conversations do not know: one that repeats Begin finds nothing to run, and leaves the step to an engine that asks.
type storedPlan struct {
	schema.Plan
	IfAgreed *schema.PlannedAction `json:"if_agreed,omitempty"`
}

func writtenPlan(plan schema.Plan) ([]byte, error) {
	stored := storedPlan{Plan: plan}
	if plan.Conversation {
		stored.IfAgreed, stored.Action = plan.Action, nil
	}
	return json.Marshal(stored)
}

func readPlan(text []byte) (schema.Plan, error) {
	var stored storedPlan
	err := json.Unmarshal(text, &stored)
	if stored.IfAgreed != nil {
		stored.Action = stored.IfAgreed
	}
	return stored.Plan, err
}
