package main

import "encoding/json"

// ActionInput is what proactive gives to every subflow and flow action. It is copied, not imported: the contract is the JSON.
type ActionInput struct {
	ExperienceID string          `json:"experience_id"`
	Step         int             `json:"step"`           // counts from 1; with experience_id it names this piece of work for ever
	CI           string          `json:"ci,omitempty"`   // sys_id of the computer
	User         string          `json:"user,omitempty"` // sys_id of the person
	Parameters   json.RawMessage `json:"parameters,omitempty"`
}

// ActionResult is what proactive wants back. A failed result is final; return an error for what another attempt may mend.
type ActionResult struct {
	Status  string          `json:"status"`            // succeeded, failed or action_wait
	Message string          `json:"message,omitempty"` // one sentence, for the timeline and the incident
	Output  json.RawMessage `json:"output,omitempty"`  // an object, kept with the issue
}

const (
	succeeded = "succeeded" // it helped; what follows is the resolution's on_success
	failed    = "failed"    // it did not help, and would not if it were tried again
)
