package workflows

import (
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"proactive/activities"
	"proactive/schema"
)

const noResult = "It gave back no result with a status of succeeded, failed or action_wait."

// failure tells, with a sentence, an action that failed from one that had no time, and where an action must not be repeated,
// from one of which nobody knows. Only the action's own end counts: a timeout further down is why another team's code gave up.
func failure(a schema.PlannedAction, err error) (schema.EndReason, string) {
	switch end := ownEnd(err).(type) {
	case nil:
		return schema.ActionFailed, noResult // it ended well, with something that is no result
	case *temporal.TimeoutError:
		return timedOut(a, end.TimeoutType())
	case *temporal.ApplicationError:
		return erred(a, end.Type())
	case *temporal.TerminatedError:
		return broken(a), "It was terminated."
	case *temporal.CanceledError:
		return broken(a), "Somebody cancelled it."
	case *temporal.ChildWorkflowExecutionAlreadyStartedError:
		return broken(a), "There was a workflow with the id of its run already."
	case *temporal.PanicError:
		return broken(a), "It panicked."
	}
	return schema.ActionFailed, "It ended with an error."
}

// notRegistered is the type of the SDK's error for an activity that a worker does not have.
const notRegistered = "ActivityNotRegisteredError"

// notBegun tells that an action of our own ended before it did anything, as Postgres was away or its host busy; nil when it did.
func notBegun(a schema.PlannedAction, err error) *activities.NotBegun {
	var own *temporal.ApplicationError
	if a.Input != nil || !errors.As(ownEnd(err), &own) || own.Type() != activities.Unavailable && own.Type() != activities.HostBusy {
		return nil
	}
	var idle activities.NotBegun
	if own.HasDetails() && own.Details(&idle) != nil {
		return &activities.NotBegun{}
	}
	return &idle
}

// ownEnd is how an activity or a child workflow itself ended; nil when err is about what it gave back.
func ownEnd(err error) error {
	var activity *temporal.ActivityError
	var child *temporal.ChildWorkflowExecutionError
	switch {
	case errors.As(err, &child):
		return child.Unwrap()
	case errors.As(err, &activity):
		return activity.Unwrap()
	}
	return nil
}

// broken is the end of an action that was cut short: it may have taken effect.
func broken(a schema.PlannedAction) schema.EndReason {
	if a.Idempotent {
		return schema.ActionFailed
	}
	return schema.OutcomeUnknown
}

func timedOut(a schema.PlannedAction, kind enumspb.TimeoutType) (schema.EndReason, string) {
	switch {
	case kind == enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START:
		return schema.ActionTimedOut, "No worker took it from its task queue."
	case a.Idempotent:
		return schema.ActionTimedOut, ""
	}
	return schema.OutcomeUnknown, "It did not answer in time."
}

// erred is about an error that the action returned. Our own http_request gives up before its timeout, so that it can tell why.
func erred(a schema.PlannedAction, kind string) (schema.EndReason, string) {
	detail := "It ended with an error."
	if kind != "" {
		detail = "It ended with an error of type " + kind + "."
	}
	switch kind {
	case notRegistered:
		return schema.ActionFailed, "The worker of its task queue has no activity of this type: check target and task_queue of the remedial action."
	case activities.HostBusy:
		return schema.ActionFailed, "It got no turn in time: its host had as many requests on their way as may be at once."
	case activities.NoAnswer:
		return broken(a), detail
	case activities.NoAnswerInTime:
		if a.Idempotent {
			return schema.ActionTimedOut, detail
		}
		return schema.OutcomeUnknown, detail
	}
	return schema.ActionFailed, detail
}
