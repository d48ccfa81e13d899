package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"proactive/schema"
	"proactive/workflows"
)

// janitorStore is what the janitor needs of Postgres.
type janitorStore interface {
	courierStore
	jobStore
	Properties(ctx context.Context) (schema.Properties, error)
	Overdue(ctx context.Context, namespaceID string, limit int) ([]schema.Candidate, error)
	Strangers(ctx context.Context, namespaceID string) (int, error)
	Requeue(ctx context.Context, candidate schema.Candidate) (bool, error)
	DesksUntold(ctx context.Context, namespaceID string, after time.Duration, limit int) ([]string, error)
	DeskUnreached(ctx context.Context, experienceID string) error
}

// janitor ends the issues that can no longer end by themselves. It judges only issues of the namespace that it is connected to,
// and the overdue ones only when the engine has been well for a while: after an outage they are first given time to go on. One whose run
// only waits for a worker is given more time, which has an end as well. A sweep describes at most twice as many runs as it may end.
type janitor struct {
	store     janitorStore
	t         connection
	wellSince time.Time // zero while something is wrong
	lookedOn  time.Time // closed runs are listed from here on; zero at first, which lists all that are kept
	strangers int       // issues of other namespaces when it last looked
	waiting   int       // overdue issues that only waited for a worker when it last looked
}

func newJanitor(store janitorStore, t connection) *janitor { return &janitor{store: store, t: t} }

// run sweeps until ctx ends.
func (j *janitor) run(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		interval := 30 * time.Second
		properties, err := j.store.Properties(ctx)
		if err == nil {
			interval = properties.Seconds(schema.JanitorIntervalSeconds)
			err = j.sweep(ctx, properties)
		}
		if err != nil && ctx.Err() == nil {
			slog.Warn("the janitor's sweep failed; the next one begins anew", "error", err)
			j.wellSince = time.Time{}
		} else if j.wellSince.IsZero() {
			j.wellSince = time.Now()
		}
		pause(ctx, interval)
		if elapsed(began, time.Now()) > 3*interval+callTimeout {
			j.wellSince = time.Time{} // this process was paused: others were, too
		}
	}
}

// sweep looks once at what may be lost.
func (j *janitor) sweep(ctx context.Context, p schema.Properties) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := j.lookForStrangers(ctx); err != nil {
		return err
	}
	found, err := j.look(ctx, p)
	if err != nil {
		return err
	}
	if n, most := len(found.closed)+len(found.overdue), p.Number(schema.JanitorMaxCandidates); n > most {
		slog.Error("ALARM: the janitor closes nothing, as too many issues look lost at once; is this the right Temporal and the right database? "+
			"If it is, raise the property sn_pren.janitor_max_candidates", "candidates", n, "max", most)
		return nil
	}
	well := !j.wellSince.IsZero() && time.Since(j.wellSince) >= p.Seconds(schema.JanitorGraceSeconds)
	if err := j.judgeAll(ctx, found, p, well); err != nil || !well {
		return err
	}
	return j.tellDesks(ctx, p)
}

// candidates are what one sweep may want to end.
type candidates struct {
	closed  []schema.Candidate // their runs have ended
	overdue []schema.Candidate
	waiting int // of others that are overdue, those that only wait for a worker
}

// look finds the candidates. When they seem to be too many, it takes those out that only wait for a worker.
func (j *janitor) look(ctx context.Context, p schema.Properties) (found candidates, err error) {
	if found.closed, err = j.closedRuns(ctx); err != nil {
		return found, err
	}
	most := p.Number(schema.JanitorMaxCandidates)
	found.overdue, err = j.store.Overdue(ctx, j.t.namespaceID, most+1)
	if err != nil || len(found.closed)+len(found.overdue) <= most {
		return found, err
	}
	overdue := len(found.overdue)
	found.overdue, err = j.withoutBacklog(ctx, found.overdue, most-len(found.closed), p)
	found.waiting = overdue - len(found.overdue)
	return found, err
}

func (j *janitor) judgeAll(ctx context.Context, found candidates, p schema.Properties, well bool) error {
	for _, c := range found.closed {
		if _, err := j.judge(ctx, c, p, false); err != nil {
			return err
		}
	}
	for _, c := range found.overdue {
		waits, err := j.judge(ctx, c, p, well)
		if err != nil {
			return err
		}
		if waits {
			found.waiting++
		}
	}
	j.tellBacklog(found.waiting)
	return nil
}

// tellDesks makes incidents of the live agents of whom the service desk should have been told long since: the run for that was terminated,
// or never began.
func (j *janitor) tellDesks(ctx context.Context, p schema.Properties) error {
	untold, err := j.store.DesksUntold(ctx, j.t.namespaceID, schema.TellWithin+p.Seconds(schema.EngineDueSeconds), p.Number(schema.JanitorMaxCandidates))
	if err != nil {
		return err
	}
	for _, id := range untold {
		if err := j.store.DeskUnreached(ctx, id); err != nil {
			return err
		}
		slog.Warn("the run that tells the service desk of a live agent is lost; where the desk has not heard, there is an incident instead", "experience_id", id)
	}
	return nil
}

// lookForStrangers says when issues are overdue that another namespace runs: nothing here can judge them.
func (j *janitor) lookForStrangers(ctx context.Context) error {
	n, err := j.store.Strangers(ctx, j.t.namespaceID)
	if n > 0 && n != j.strangers {
		slog.Error("ALARM: overdue issues belong to another Temporal namespace; connect a worker to that one, or take them over with `proactive adopt` if it is lost", "issues", n)
	}
	j.strangers = n
	return err
}

// closedRuns are the unfinished issues whose run has ended other than by completing.
func (j *janitor) closedRuns(ctx context.Context) ([]schema.Candidate, error) {
	query := fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')", workflows.ExperienceIssueName)
	began := time.Now()
	if !j.lookedOn.IsZero() {
		query += fmt.Sprintf(" AND CloseTime > '%s'", j.lookedOn.UTC().Format(time.RFC3339))
	}
	var candidates []schema.Candidate
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 500}
	for {
		page, err := j.t.ListWorkflow(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("list closed runs: %w", err)
		}
		var ids []string
		for _, run := range page.GetExecutions() {
			ids = append(ids, run.GetExecution().GetWorkflowId())
		}
		unfinished, err := j.store.Unfinished(ctx, j.t.namespaceID, ids)
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, unfinished...)
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			break
		}
	}
	if len(candidates) == 0 {
		j.lookedOn = began.Add(-10 * time.Minute) // visibility may lag; while one is unfinished, it is listed again
	}
	return candidates, nil
}

// judge asks Temporal about the run of a candidate. A run that is open is lost only when overdueCounts, and when it does not wait for a worker.
func (j *janitor) judge(ctx context.Context, c schema.Candidate, p schema.Properties, overdueCounts bool) (waits bool, err error) {
	run, err := j.t.DescribeWorkflowExecution(ctx, c.ExperienceID, "")
	switch {
	case notFound(err):
		return false, j.withoutRun(ctx, c)
	case err != nil:
		return false, fmt.Errorf("describe a run: %w", err)
	}
	status := run.GetWorkflowExecutionInfo().GetStatus()
	switch {
	case run.GetWorkflowExecutionInfo().GetType().GetName() != workflows.ExperienceIssueName:
		return false, j.close(ctx, c, "Its run no longer exists, and another workflow has its id.", false)
	case status != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING && status != enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED:
		return false, j.close(ctx, c, fmt.Sprintf("Its run has ended as %s without concluding it.", status), false)
	case !overdueCounts:
		return false, nil
	case hasTime(c, run, p):
		return true, nil
	}
	return false, j.close(ctx, c, "Its run did not conclude it in time, and is terminated.", true)
}

// withoutRun ends a candidate that has no run, or starts it again where nothing has happened yet.
func (j *janitor) withoutRun(ctx context.Context, c schema.Candidate) error {
	if c.State != schema.Open {
		return j.close(ctx, c, "Its run no longer exists.", false)
	}
	done, err := j.store.Requeue(ctx, c)
	if done {
		slog.Warn("an issue had no run; it is put into the inbox again", "experience_id", c.ExperienceID, "step", c.Step)
	}
	return err
}

func (j *janitor) close(ctx context.Context, c schema.Candidate, why string, terminate bool) error {
	done, err := j.store.CloseLost(ctx, c, why, terminate)
	if done {
		slog.Warn("an issue was closed as engine_lost", "experience_id", c.ExperienceID, "step", c.Step, "state", c.State, "why", why)
	}
	return err
}

// elapsed is by the clock on the wall as well: the one that time.Since reads stands still while a machine sleeps.
func elapsed(from, to time.Time) time.Duration {
	return max(to.Sub(from), to.Round(0).Sub(from.Round(0)))
}
