package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"proactive/registry/decide"
	"proactive/schema"
)

// Store is what the activities need of Postgres. Each method is one move that a repeat finds decided.
type Store interface {
	Begin(ctx context.Context, experienceID string, step int, decide func(schema.StepFacts) (schema.Decision, error)) (schema.Plan, error)
	Conclude(ctx context.Context, experienceID string, outcome schema.Outcome) (schema.Verdict, error)
	ExpireWait(ctx context.Context, experienceID string, step int) (schema.Verdict, error)
	ConversationStore
}

// Activities is the set that the workflow calls. A nil *Activities names them.
type Activities struct{ store Store }

// New gives the activities their store.
func New(store Store) *Activities { return &Activities{store: store} }

// Begin takes up a step and tells what is to be done.
func (a *Activities) Begin(ctx context.Context, experienceID string, step int) (schema.Plan, error) {
	plan, err := a.store.Begin(ctx, experienceID, step, decide.Step)
	return plan, coded(ctx, err)
}

// Conclude ends a step with what was found out.
func (a *Activities) Conclude(ctx context.Context, experienceID string, outcome schema.Outcome) (schema.Verdict, error) {
	verdict, err := a.store.Conclude(ctx, experienceID, outcome)
	return verdict, coded(ctx, err)
}

// ExpireWait ends a wait whose time is over.
func (a *Activities) ExpireWait(ctx context.Context, experienceID string, step int) (schema.Verdict, error) {
	verdict, err := a.store.ExpireWait(ctx, experienceID, step)
	return verdict, coded(ctx, err)
}

// The codes of errors that may stand in a history.
const (
	Unavailable  = "database_unavailable" // of http_request: before anything was sent
	HostBusy     = "host_busy"            // nothing was sent, as the host has enough requests on their way
	codeNoIssue  = "no_such_issue"
	codeInternal = "internal_error"
)

// coded logs an error and lets only its code pass on to Temporal: its text may name hosts and values.
func coded(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, schema.ErrNoRecord):
		return temporal.NewNonRetryableApplicationError(codeNoIssue, codeNoIssue, nil)
	case errors.Is(err, schema.ErrUnavailable):
		logFault(ctx, err)
		return temporal.NewApplicationError(Unavailable, Unavailable)
	}
	logFault(ctx, err)
	return temporal.NewApplicationError(codeInternal, codeInternal)
}

func logFault(ctx context.Context, err error) {
	info := activity.GetInfo(ctx)
	activity.GetLogger(ctx).Warn("an activity failed; it is tried again", "activity", info.ActivityType.Name,
		"experience_id", info.WorkflowExecution.ID, "attempt", info.Attempt, "error", err)
}
