package worker

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"proactive/schema"
)

// issueMemo names the memo in which a run carries the sys_id of its issue. The workflow id, the experience_id, does not say enough: when
// the database was restored to a time before an issue, its id can be reported again, and is another issue then.
const issueMemo = "issue"

// issueOf is the sys_id of the issue that a run is of; "" for a run from before there was a memo.
func (t connection) issueOf(run *workflowpb.WorkflowExecutionInfo) (sysID string, err error) {
	payload := run.GetMemo().GetFields()[issueMemo]
	if payload == nil {
		return "", nil
	}
	payloads := t.payloads
	if payloads == nil {
		payloads = converter.GetDefaultDataConverter()
	}
	if err := payloads.FromPayload(payload, &sysID); err != nil {
		return "", fmt.Errorf("read whose run it is: %w", err)
	}
	return sysID, nil
}

// takePlace starts the run of an issue in the place of one that is of an issue which the database no longer knows. Should somebody else have
// started it by now, the next try finds that.
func (c *toTemporal) takePlace(ctx context.Context, d schema.Delivery, before *workflowpb.WorkflowExecutionInfo) error {
	err := c.t.TerminateWorkflow(ctx, d.ExperienceID, before.GetExecution().GetRunId(), noIssue)
	if err := arrivedAnyway(err); err != nil {
		return err
	}
	return c.startAs(ctx, d, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
}

const noIssue = "The database was restored to a time before the issue of this run."
