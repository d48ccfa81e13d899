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

// questions say what a conversation waits for, as a sentence and as a timer's summary.
var questions = map[schema.ConversationState][2]string{
	schema.ConversationWaiting:  {"The person is not told yet", "wait until the person may be told"},
	schema.ConversationTelling:  {"Telling the person", "wait for the message to leave"},
	schema.ConversationAsked:    {"Waiting for the person to accept help", "wait for the person to accept help"},
	schema.ConversationPutOff:   {"The person said not now", "wait until the person is asked again"},
	schema.ConversationConsent:  {"Waiting for the person's consent", "wait for the person's consent"},
	schema.ConversationConfirm:  {"Waiting for the person to say whether it helped", "wait to hear whether it helped"},
	schema.ConversationFeedback: {"Waiting for the person's feedback", "wait for the person's feedback"},
}

func waitingFor(state schema.ConversationState) string { return questions[state][0] }

func summaryOf(state schema.ConversationState) string { return questions[state][1] }

// runSummary stays below the 400 bytes that a server may take as a summary (limit.userMetadataSummarySize), whatever the name.
func runSummary(a schema.PlannedAction) string {
	return fmt.Sprintf("run the remedial action %.50s", a.Name)
}
