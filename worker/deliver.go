package worker

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdktemporal "go.temporal.io/sdk/temporal"

	"proactive/schema"
	"proactive/workflows"
)

// courierStore is what delivering needs of Postgres when a message finds no run.
type courierStore interface {
	MakeDue(ctx context.Context, experienceID string) error
	Unfinished(ctx context.Context, namespaceID string, experienceIDs []string) ([]schema.Candidate, error)
	CloseLost(ctx context.Context, candidate schema.Candidate, why string, terminate bool) (bool, error)
}

// toTemporal delivers messages to the namespace that it is connected to.
type toTemporal struct {
	t     connection
	store courierStore
}

func (c *toTemporal) deliver(ctx context.Context, d schema.Delivery) error {
	switch d.Kind {
	case schema.InboxCreated:
		return c.start(ctx, d)
	case schema.InboxTellDesk:
		return c.tellDesk(ctx, d)
	case schema.InboxLost:
		return arrivedAnyway(c.t.TerminateWorkflow(ctx, d.ExperienceID, "", "The janitor closed the issue as engine_lost."))
	}
	err := c.t.SignalWorkflow(ctx, d.ExperienceID, "", schema.SignalInbox, d.Message)
	if notFound(err) {
		return c.store.MakeDue(ctx, d.ExperienceID) // the run is gone; if the issue is not finished, the janitor is to look
	}
	return err
}

// start starts the workflow. The worker shares this client, so the first workflow task comes back with the answer.
func (c *toTemporal) start(ctx context.Context, d schema.Delivery) error {
	err := c.startAs(ctx, d, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	if sdktemporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return c.alreadyStarted(ctx, d)
	}
	return err
}

func (c *toTemporal) startAs(ctx context.Context, d schema.Delivery, reuse enumspb.WorkflowIdReusePolicy) error {
	_, err := c.t.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       d.ExperienceID,
		TaskQueue:                                TaskQueue,
		EnableEagerStart:                         true,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    reuse,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("Issue code %.40s reported by provider %.40s", d.IssueCode, d.Provider),
		StaticDetails: "One experience issue: look up the resolution, run the remedial action, wait for the next action where there is one, " +
			"and create the fallback incident when nothing helps.",
		Memo: map[string]any{issueMemo: d.Issue},
		TypedSearchAttributes: sdktemporal.NewSearchAttributes(
			workflows.IssueCode.ValueSet(d.IssueCode),
			workflows.Provider.ValueSet(d.Provider),
			workflows.IssueState.ValueSet(string(schema.Open))),
	}, workflows.ExperienceIssueName, schema.Start{ExperienceID: d.ExperienceID, Step: d.Step})
	return err
}

// tellDesk starts the run that tells the service desk; one that was started before is the same.
func (c *toTemporal) tellDesk(ctx context.Context, d schema.Delivery) error {
	_, err := c.t.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.TellDeskID(d.ExperienceID),
		TaskQueue:                TaskQueue,
		EnableEagerStart:         true,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		StaticSummary:            fmt.Sprintf("A live agent is wanted: issue code %.40s reported by provider %.40s", d.IssueCode, d.Provider),
		TypedSearchAttributes: sdktemporal.NewSearchAttributes(
			workflows.IssueCode.ValueSet(d.IssueCode),
			workflows.Provider.ValueSet(d.Provider)),
	}, workflows.TellDeskName, schema.Start{ExperienceID: d.ExperienceID, Step: d.Step})
	return err
}

// alreadyStarted accepts a run of our type as the one that this message had started before, unless it is of an earlier issue with the same
// id. A run of another type has taken the id: the issue can never run, and the other run is left alone.
func (c *toTemporal) alreadyStarted(ctx context.Context, d schema.Delivery) error {
	described, err := c.t.DescribeWorkflowExecution(ctx, d.ExperienceID, "")
	if err != nil {
		return err
	}
	if run := described.GetWorkflowExecutionInfo(); run.GetType().GetName() == workflows.ExperienceIssueName {
		issue, err := c.t.issueOf(run)
		if err != nil || issue == "" || issue == d.Issue {
			return err
		}
		return c.takePlace(ctx, d, run)
	}
	candidates, err := c.store.Unfinished(ctx, "", []string{d.ExperienceID})
	for _, candidate := range candidates {
		if _, err := c.store.CloseLost(ctx, candidate, "Another workflow has taken the id of its run.", false); err != nil {
			return err
		}
	}
	return err
}

// arrivedAnyway takes a run that is gone for one that was told.
func arrivedAnyway(err error) error {
	if notFound(err) {
		return nil
	}
	return err
}

// notFound tells that there is no such run, or that it is closed. A namespace that is missing is another error.
func notFound(err error) bool {
	var missing *serviceerror.NotFound
	return errors.As(err, &missing)
}
