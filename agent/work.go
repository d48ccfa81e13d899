package agent

import (
	"context"
	"errors"
	"net/http"
	"time"

	"proactive/schema"
)

// errNotWanted cancels an action whose job the server has taken back.
var errNotWanted = errors.New("the job is not wanted any more")

// work does one job: look what it is about, begin, act, keep the result, report it.
func (a *Agent) work(ctx context.Context, job schema.Job) {
	r := record{Job: job.ID, ExperienceID: job.ExperienceID, Step: job.Step, Attempt: job.Attempt, Action: job.Action}
	if before, ok := a.journal.get(job.ID); ok && before.Result != nil {
		a.report(ctx, before)
		return
	}
	act, t, result := a.look(job)
	if result == nil {
		r.Identity, result = act.identify(t)
	}
	if result == nil || result.Status != schema.ActionHasFailed {
		if !a.begin(ctx, job, r) {
			return
		}
		if result == nil {
			result = a.act(ctx, job, func(ctx context.Context) schema.ActionResult { return act.run(ctx, t, r.Identity) })
		}
	}
	r.Result = result
	if err := a.journal.put(r); err != nil {
		a.log.Error("the result of a job could not be written", logged(r, err)...)
	}
	a.report(ctx, r)
}

// look gathers what an action needs; a result says why there is nothing to do.
func (a *Agent) look(job schema.Job) (action, task, *schema.ActionResult) {
	act, ok := a.actions[job.Action]
	if !ok {
		return nil, task{}, failed("This agent has no such action.")
	}
	policy, err := ReadPolicy(a.config.Policy)
	if err != nil {
		a.log.Error("the policy is not readable", "error", err)
		return nil, task{}, failed("The policy of this device is not readable, so nothing is done.")
	}
	return act, task{job: job, policy: policy, earlier: a.journal.earlier(job)}, nil
}

// begin writes down that the agent begins, and on what, and has it acknowledged. It gives false when the agent must not act: the job
// is not wanted, or nobody could be reached before the lease ran out; then it will be offered again.
func (a *Agent) begin(ctx context.Context, job schema.Job, r record) bool {
	if err := a.journal.put(r); err != nil {
		a.log.Error("a job could not be written down, so it is not begun", logged(r, err)...)
		r.Result = failed("The agent cannot write to its disk, so nothing is done.")
		a.report(ctx, r)
		return false
	}
	trying, cancel := context.WithTimeout(ctx, schema.JobLease)
	defer cancel()
	err := a.insist(trying, func(ctx context.Context) error { return a.server.heartbeat(ctx, job.ID) })
	if err == nil {
		a.log.Info("begun", logged(r, nil)...)
		return true
	}
	a.log.Warn("not begun", logged(r, err)...)
	if err := a.journal.forget(job.ID); err != nil {
		a.log.Error("a job that was not begun is still written down", logged(r, err)...)
	}
	return false
}

// act runs the action for as long as it may take, with heartbeats beside it; a heartbeat that is refused ends it.
func (a *Agent) act(ctx context.Context, job schema.Job, run func(context.Context) schema.ActionResult) *schema.ActionResult {
	ctx, cancelTimeout := context.WithTimeout(ctx, time.Duration(job.TimeoutSec)*time.Second)
	defer cancelTimeout()
	ctx, cancel := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		a.beat(ctx, job, cancel)
	}()
	result := run(ctx)
	cancel(nil)
	<-beating
	return &result
}

func (a *Agent) beat(ctx context.Context, job schema.Job, cancel context.CancelCauseFunc) {
	every := time.NewTicker(a.config.Heartbeat)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if err := a.server.heartbeat(ctx, job.ID); isStatus(err, http.StatusGone) {
			cancel(errNotWanted)
			return
		}
	}
}

// stopped is the result of an action that ctx ended before its own end, when it may have had an effect.
func stopped(ctx context.Context) schema.ActionResult {
	result := schema.ActionResult{Status: schema.ActionUnknown, Message: "The agent was stopped while it was at it."}
	switch {
	case errors.Is(context.Cause(ctx), errNotWanted):
		result.Message = "The job was taken back while the agent was at it."
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		result = schema.ActionResult{Status: schema.ActionHasFailed, Message: "The action did not come to its end in time."}
	}
	return result
}

// logged is what a log line says of a job: no parameters.
func logged(r record, err error) []any {
	line := []any{"job", r.Job, "experience_id", r.ExperienceID, "step", r.Step, "attempt", r.Attempt, "action", r.Action}
	if r.Result != nil {
		line = append(line, "status", r.Result.Status)
	}
	if err != nil {
		line = append(line, "error", err)
	}
	return line
}
