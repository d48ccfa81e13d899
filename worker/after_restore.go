package worker

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"proactive/schema"
	"proactive/workflows"
)

// restoredStore is what comparing needs of a restored database.
type restoredStore interface {
	EveryUnfinished(ctx context.Context, namespaceID, after string, limit int) ([]schema.Candidate, error)
	SysIDs(ctx context.Context, experienceIDs []string) (map[string]string, error)
	MakeDue(ctx context.Context, experienceID string) error
	CloseLost(ctx context.Context, candidate schema.Candidate, why string, terminate bool) (bool, error)
}

// Restored is a database that was restored to a time before now, while Temporal was not.
type Restored struct {
	Store restoredStore
	At    time.Time // what the database knows ends here
	Do    bool      // otherwise it is only counted what would be done
}

// Compared counts what was found.
type Compared struct {
	InStep  int // unfinished issues whose run has done nothing since: they go on
	NoRun   int // unfinished issues without a run: they are started, or the janitor ends them
	Ended   int // unfinished issues whose run has gone on, or that nobody can judge: ended as engine_lost
	Orphans int // open runs without an issue: terminated
}

// Compare brings the issues of a restored database and the runs in Temporal together again. Nothing that may have been done is done again:
// an issue whose run knows more than the database ends as engine_lost, with its fallback.
func (r Restored) Compare(ctx context.Context, config Config) (Compared, error) {
	e := &Engine{config: config}
	t, err := e.dial(ctx)
	if err != nil {
		return Compared{}, err
	}
	defer t.Close()
	c := &comparison{Restored: r, t: t}
	if c.forgets, err = forgets(ctx, t); err != nil {
		return c.found, err
	}
	if err := c.issues(ctx); err != nil {
		return c.found, err
	}
	return c.found, c.orphans(ctx)
}

// comparison is one Compare at work.
type comparison struct {
	Restored
	t       connection
	forgets time.Time // runs that closed before may be gone
	found   Compared
}

func forgets(ctx context.Context, t connection) (time.Time, error) {
	described, err := t.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: t.namespace})
	if err != nil {
		return time.Time{}, fmt.Errorf("ask how long Temporal keeps runs: %w", err)
	}
	return time.Now().Add(-described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()), nil
}

// issues looks at every unfinished issue.
func (c *comparison) issues(ctx context.Context) error {
	after := ""
	for {
		page, err := c.Store.EveryUnfinished(ctx, c.t.namespaceID, after, 100)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, candidate := range page {
			if err := c.issue(ctx, candidate); err != nil {
				return err
			}
		}
		after = page[len(page)-1].SysID
	}
}

func (c *comparison) issue(ctx context.Context, candidate schema.Candidate) error {
	described, err := c.t.DescribeWorkflowExecution(ctx, candidate.ExperienceID, "")
	switch {
	case notFound(err) && c.At.After(c.forgets):
		c.found.NoRun++
		if c.Do {
			return c.Store.MakeDue(ctx, candidate.ExperienceID)
		}
		return nil
	case notFound(err):
		return c.end(ctx, candidate, "The database was restored from a backup that is older than what Temporal keeps: nobody can say what became of its run.")
	case err != nil:
		return fmt.Errorf("describe a run: %w", err)
	}
	run := described.GetWorkflowExecutionInfo()
	moved, err := c.lastMoved(ctx, run)
	if err != nil {
		return err
	}
	if run.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING && !moved.After(c.At) {
		c.found.InStep++
		return nil
	}
	return c.end(ctx, candidate, "The database was restored from a backup, and its run has gone on since: what it has done is not known here.")
}

func (c *comparison) end(ctx context.Context, candidate schema.Candidate, why string) error {
	c.found.Ended++
	if !c.Do {
		return nil
	}
	_, err := c.Store.CloseLost(ctx, candidate, why, true)
	return err
}

// lastMoved is when the last event of a run's history happened.
func (c *comparison) lastMoved(ctx context.Context, run *workflowpb.WorkflowExecutionInfo) (time.Time, error) {
	page, err := c.t.WorkflowService().GetWorkflowExecutionHistoryReverse(ctx, &workflowservice.GetWorkflowExecutionHistoryReverseRequest{
		Namespace: c.t.namespace, Execution: run.GetExecution(), MaximumPageSize: 1,
	})
	if err != nil || len(page.GetHistory().GetEvents()) == 0 {
		return time.Time{}, fmt.Errorf("read the end of a run's history: %w", err)
	}
	return page.GetHistory().GetEvents()[0].GetEventTime().AsTime(), nil
}

// orphans terminates the open runs of issues that the database does not know: each would fail as soon as it did something.
func (c *comparison) orphans(ctx context.Context) error {
	request := &workflowservice.ListWorkflowExecutionsRequest{PageSize: 500,
		Query: fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", workflows.ExperienceIssueName)}
	for {
		page, err := c.t.ListWorkflow(ctx, request)
		if err != nil {
			return fmt.Errorf("list open runs: %w", err)
		}
		if err := c.terminateUnknown(ctx, page.GetExecutions()); err != nil {
			return err
		}
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return nil
		}
	}
}

func (c *comparison) terminateUnknown(ctx context.Context, runs []*workflowpb.WorkflowExecutionInfo) error {
	var ids []string
	for _, run := range runs {
		ids = append(ids, run.GetExecution().GetWorkflowId())
	}
	known, err := c.Store.SysIDs(ctx, ids)
	if err != nil {
		return err
	}
	for _, run := range runs {
		issue, err := c.t.issueOf(run)
		if err != nil {
			return err
		}
		if sysID, there := known[run.GetExecution().GetWorkflowId()]; there && (issue == "" || issue == sysID) {
			continue
		}
		c.found.Orphans++
		if !c.Do {
			continue
		}
		if err := arrivedAnyway(c.t.TerminateWorkflow(ctx, run.GetExecution().GetWorkflowId(), run.GetExecution().GetRunId(), noIssue)); err != nil {
			return err
		}
	}
	return nil
}
