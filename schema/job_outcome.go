package schema

// JobEnd is a step's last job as it stands when the step is concluded.
type JobEnd struct {
	Step       int
	State      JobState
	Begun      bool          // the agent had begun, whatever came after
	Idempotent bool          // doing it again would do no harm
	Result     *ActionResult // what the agent reported; nil without a report
}

// JobOutcome says what a job means for its step. A job that succeeded, or that waits for the next report, decides by its
// result; every other one ends the step with a reason. It is total: a job that is still unfinished, or was withdrawn
// because its step is being concluded, ends as out of reach, out of time, or unknown, by whether it had begun and may be repeated.
func JobOutcome(job JobEnd) Outcome {
	outcome := Outcome{Step: job.Step}
	if job.Result != nil {
		outcome.Detail = job.Result.Message
	}
	switch job.State {
	case JobFinished:
		outcome.Reason, outcome.Result = finishedJob(job.Result)
	case JobUnknown:
		outcome.Reason = OutcomeUnknown
	case JobExpired:
		outcome.Reason = NoDevice
	default:
		outcome.Reason = outOfTime(job)
	}
	return outcome
}

// outOfTime is the reason for a job that is given up: what had begun and must not be repeated may have taken effect.
func outOfTime(job JobEnd) EndReason {
	switch {
	case !job.Begun:
		return NoDevice
	case !job.Idempotent:
		return OutcomeUnknown
	}
	return ActionTimedOut
}

// finishedJob keeps a failed result beside its reason, so that its output is not lost.
func finishedJob(result *ActionResult) (EndReason, *ActionResult) {
	if result == nil {
		return OutcomeUnknown, nil
	}
	switch result.Status {
	case ActionSucceeded, ActionWaits:
		return "", result
	case ActionHasFailed:
		return ActionFailed, result
	}
	return OutcomeUnknown, result
}
