package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

// The search attributes by which people find runs in the Temporal UI. All are of type Keyword.
var (
	IssueCode  = temporal.NewSearchAttributeKeyKeyword("IssueCode")  // of the first report
	Provider   = temporal.NewSearchAttributeKeyKeyword("Provider")   // provider_code
	IssueState = temporal.NewSearchAttributeKeyKeyword("IssueState") // open at the start, then as it changes
)

const timeFormat = "2006-01-02 15:04:05 UTC"

// showState lets the state be seen in lists of runs.
func (x *issue) showState(ctx workflow.Context, state schema.State) error {
	return workflow.UpsertTypedSearchAttributes(ctx, IssueState.ValueSet(string(state)))
}

// tell says what the run is about, on its page.
func (x *issue) tell(ctx workflow.Context, now string) {
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**Step %d.** %s\n\nThe whole story is the issue's timeline: "+
		"`GET /api/sn_pren/self_remediation/experience_issue/%s`", x.step, now, x.id))
}

// runSummary stays below the 400 bytes that a server may take as a summary (limit.userMetadataSummarySize), whatever the name.
func runSummary(a schema.PlannedAction) string {
	return fmt.Sprintf("run the remedial action %.50s", a.Name)
}
