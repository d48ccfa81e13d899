package decide

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"proactive/registry"
	"proactive/schema"
)

// Step says what is to happen in a step, from what Postgres knows about it. It is pure: the same facts, the same decision.
func Step(f schema.StepFacts) (schema.Decision, error) {
	decision, err := step(f)
	for i, note := range decision.Notes {
		if note.Event == schema.EventBegun {
			decision.Notes[i].Detail = strings.TrimSpace(note.Detail + " " + f.Versions.Sentence())
		}
	}
	return decision, err
}

func step(f schema.StepFacts) (schema.Decision, error) {
	if reason, detail := leftAlone(f); reason != "" {
		return nothingRuns(f, reason, detail), nil
	}
	switch f.Engagement {
	case schema.Engage, schema.NotifyOnly:
		return engage(f)
	}
	return decideSilently(f)
}

// decideSilently is for the issues that no person hears of.
func decideSilently(f schema.StepFacts) (schema.Decision, error) {
	switch f.ResolutionType {
	case schema.ResolveByIncident:
		return nothingRuns(f, schema.IncidentRequested, ""), nil
	case schema.ResolveByAction:
		return decideAction(f)
	}
	return nothingRuns(f, schema.ActionFailed, fmt.Sprintf(
		"A resolution of type %s needs a conversation with the person, and cannot be run silently.", f.ResolutionType)), nil
}

// nothingRuns concludes a step before anything was done.
func nothingRuns(f schema.StepFacts, reason schema.EndReason, detail string, notes ...schema.Note) schema.Decision {
	return schema.Decision{
		Plan:   schema.Plan{Step: f.Step, Conclude: reason},
		Detail: detail,
		Notes:  append(notes, schema.Note{Event: schema.EventBegun, Detail: strings.TrimSpace("Nothing is run. " + reason.Sentence() + " " + detail)}),
	}
}

// decideAction plans the remedial action, unless its parameters or its device are missing.
func decideAction(f schema.StepFacts) (schema.Decision, error) {
	if f.ActionName == "" {
		return nothingRuns(f, schema.ActionFailed, "The resolution's remedial action is no longer active."), nil
	}
	if f.Kind == schema.CIAction && !f.CIEnrolled {
		return nothingRuns(f, schema.NoDevice, missingDevice(f)), nil
	}
	if needsCode(f) && !f.CIEnrolled {
		return nothingRuns(f, schema.NoDevice, "To consent, the person would have to type in a code that the device shows. "+missingDevice(f)), nil
	}
	parameters, ignored, err := mergedParameters(f)
	notes := ignoredNote(ignored)
	if wrong, is := asParameterError(err); is {
		return nothingRuns(f, schema.InvalidParameters, wrong.Error(), notes...), nil
	}
	if err != nil {
		return schema.Decision{}, err
	}
	if f.Kind != schema.CIAction && !ours(f) && len(parameters) > maxInput {
		return nothingRuns(f, schema.InvalidParameters, fmt.Sprintf("The parameters are %d bytes long, and %d is what may be sent to another team's worker.",
			len(parameters), maxInput), notes...), nil
	}
	action := planned(f, parameters)
	return schema.Decision{
		Plan:       schema.Plan{Step: f.Step, Action: &action},
		Parameters: parameters,
		OfferFor:   f.OfferFor,
		Notes:      append(notes, schema.Note{Event: schema.EventBegun, Detail: begins(f)}),
	}, nil
}

// maxInput bounds what goes to another team's worker, in bytes. It passes through Temporal twice, in the plan and in the action's
// input, and "<" becomes six bytes there: Temporal ends a run that sends more than 2 MiB, and loses a request of more than 4.
const maxInput = 256 << 10

var kindNames = map[schema.ActionKind]string{schema.Subflow: "subflow", schema.FlowAction: "flow action", schema.CIAction: "CI action"}

func missingDevice(f schema.StepFacts) string {
	switch {
	case f.CI == "":
		return "The report names no CI."
	case !f.CIKnown:
		return "The reported CI is no computer in cmdb_ci_computer."
	}
	return "No agent is enrolled for the reported CI."
}

// mergedParameters are the action's, with the names of the report that are ignored.
func mergedParameters(f schema.StepFacts) (parameters json.RawMessage, ignored []string, err error) {
	return mergeFor(f)(f.Parameters, f.FromReport, f.InputParameters, f.ParametersAreText, f.InputSchema)
}

func asParameterError(err error) (*registry.ParameterError, bool) {
	return errors.AsType[*registry.ParameterError](err)
}

// merge is registry.Merge or registry.MergeHTTPRequest.
type merge func(static json.RawMessage, fromReport []string, reported json.RawMessage, isText bool, inputSchema json.RawMessage) (json.RawMessage, []string, error)

func mergeFor(f schema.StepFacts) merge {
	if schema.IsHTTPRequest(f.Kind, f.Target, f.TaskQueue) {
		return registry.MergeHTTPRequest
	}
	return registry.Merge
}

// ours tells the flow actions of our own worker, which load what they need by id, from those of other teams, which are given it.
func ours(f schema.StepFacts) bool { return f.Kind == schema.FlowAction && f.TaskQueue == "" }

func ignoredNote(ignored []string) []schema.Note {
	if len(ignored) == 0 {
		return nil
	}
	var told []string
	for _, name := range ignored[:min(len(ignored), maxIgnoredTold)] {
		told = append(told, fmt.Sprintf("%.100q", name))
	}
	if more := len(ignored) - len(told); more > 0 {
		told = append(told, fmt.Sprintf("and %d more", more))
	}
	return []schema.Note{{Event: schema.EventParametersIgnored,
		Detail: "Not taken from the report, as the action does not ask for it or the resolution sets it: " + strings.Join(told, ", ") + "."}}
}

// maxIgnoredTold bounds a sentence of the timeline: how many names there are, and how long they are, is the reporter's to say.
const maxIgnoredTold = 20

func planned(f schema.StepFacts, parameters json.RawMessage) schema.PlannedAction {
	action := schema.PlannedAction{
		Name: f.ActionName, Kind: f.Kind, Target: f.Target, TaskQueue: f.TaskQueue,
		Timeout: f.Timeout, Attempts: f.Attempts, Idempotent: f.Idempotent, Deadline: deadline(f),
	}
	if !f.Idempotent {
		action.Attempts = 1
	}
	if f.Kind != schema.CIAction && !ours(f) {
		action.Input = &schema.ActionInput{ExperienceID: f.ExperienceID, Step: f.Step, CI: f.CI, User: f.User, Parameters: parameters}
	}
	return action
}

// deadline is when an action is given up, whatever happens to it, counted from Begin: all its attempts, and the time that may
// pass before each of them.
func deadline(f schema.StepFacts) time.Duration {
	further := time.Duration(f.Attempts - 1)
	if f.Kind == schema.CIAction {
		return f.OfferFor + f.Timeout + further*(2*f.Timeout+schema.JobLease) + time.Minute
	}
	return schema.WaitForWorker + f.Timeout + further*(f.Timeout+schema.MaxRetryDelay)
}
