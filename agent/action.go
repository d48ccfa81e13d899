package agent

import (
	"context"
	"encoding/json"
	"slices"

	"proactive/schema"
)

// action is something that the agent can do. A further one is a type of its own and a line in actions.
type action interface {
	// identify finds what the job is about and asks the policy. It changes nothing. A result says that there is nothing to do:
	// refused, impossible, or done by an earlier attempt. The identity is recorded before run, and means nothing elsewhere.
	identify(task) (identity json.RawMessage, result *schema.ActionResult)
	// run acts on what identify found, if that is still what it was, until ctx is done. Parameters are data: none goes to a shell.
	run(ctx context.Context, t task, identity json.RawMessage) schema.ActionResult
}

// task is a job with what the device knows about it.
type task struct {
	job     schema.Job
	policy  Policy            // read for this job
	earlier []json.RawMessage // what earlier attempts at the same step had before them when they began
}

// actions are all actions, by the name that a remedial action gives as its target.
func actions(config Config) map[string]action {
	return map[string]action{
		"end_process":      endProcess{},
		schema.ShowMessage: showMessage{config.Show},
	}
}

func (a *Agent) names() (names []string) {
	for name := range a.actions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// failed is the result that says why nothing came of a job.
func failed(sentence string) *schema.ActionResult {
	return &schema.ActionResult{Status: schema.ActionHasFailed, Message: sentence}
}
