package workflows

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/activities"
	"proactive/schema"
)

const id = "issue-1"

// story is one run with skipped time. A test says what Postgres decides and what the world does when; then run plays it.
type story struct {
	*testsuite.TestWorkflowEnvironment
	t        *testing.T
	plans    map[int]schema.Plan     // what Begin decides, by step
	verdicts []schema.Verdict        // what Conclude decides, one after the other
	expired  schema.Verdict          // what ExpireWait decides
	before   func(move string) error // what happens, or goes wrong, when Postgres is asked: Begin, Conclude, ExpireWait

	turns []schema.Turn // how the conversation stands, one after the other
	desk  []string      // messages to the service desk

	calls    calls            // what the run asked the SDK for
	begun    []int            // steps that Begin was asked about
	outcomes []schema.Outcome // what Conclude was told
	expiries []int            // steps that ExpireWait was asked about
	heard    []schema.Heard   // what Turn was told
	acted    []schema.Outcome // what Acted was told
	told     int              // how often DeskTold was called
	seq      int64
}

func newStory(t *testing.T) *story {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	s := &story{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, plans: map[int]schema.Plan{}}
	s.before = func(string) error { return nil }
	s.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: "proactive"})
	s.SetTestTimeout(time.Minute) // of real time, for a busy machine, as the one below
	s.SetWorkerOptions(worker.Options{Interceptors: s.calls.interceptors(), WorkflowPanicPolicy: worker.FailWorkflow, DeadlockDetectionTimeout: time.Minute})
	s.RegisterWorkflowWithOptions(ExperienceIssue, workflow.RegisterOptions{Name: ExperienceIssueName})
	s.RegisterWorkflowWithOptions(func(workflow.Context, schema.ActionInput) (schema.ActionResult, error) {
		panic("mocked")
	}, workflow.RegisterOptions{Name: "subflow"})
	s.RegisterActivity(activities.New(decider{s}))
	return s
}

// decider is Postgres as the activities see it.
type decider struct{ *story }

func (s decider) Begin(_ context.Context, _ string, step int, _ func(schema.StepFacts) (schema.Decision, error)) (schema.Plan, error) {
	if err := s.before("Begin"); err != nil {
		return schema.Plan{}, err
	}
	s.begun = append(s.begun, step)
	plan, known := s.plans[step]
	require.True(s.t, known, "step %d was not expected to begin", step)
	plan.Step = step
	return plan, nil
}

func (s decider) Conclude(_ context.Context, _ string, outcome schema.Outcome) (schema.Verdict, error) {
	if err := s.before("Conclude"); err != nil {
		return schema.Verdict{}, err
	}
	s.outcomes = append(s.outcomes, outcome)
	if len(s.outcomes) <= len(s.verdicts) {
		return s.verdicts[len(s.outcomes)-1], nil
	}
	return closing(outcome), nil
}

// closing is what Postgres decides about an outcome that ends the issue.
func closing(outcome schema.Outcome) schema.Verdict {
	reason := outcome.Reason
	switch {
	case outcome.Job:
		reason = schema.NoDevice
	case outcome.Result != nil && outcome.Result.Status == schema.ActionSucceeded:
		reason = schema.ResolvedSilently
	case outcome.Result != nil:
		reason = schema.ActionFailed
	}
	return schema.Verdict{Step: outcome.Step, State: reason.State(), EndReason: reason}
}

func (s decider) ExpireWait(_ context.Context, _ string, step int) (schema.Verdict, error) {
	if err := s.before("ExpireWait"); err != nil {
		return schema.Verdict{}, err
	}
	s.expiries = append(s.expiries, step)
	return s.expired, nil
}

func (s decider) Turn(_ context.Context, _ string, _ int, heard schema.Heard, _ schema.WriteCode) (schema.Turn, error) {
	if err := s.before("Turn"); err != nil {
		return schema.Turn{}, err
	}
	s.heard = append(s.heard, heard)
	return s.nextTurn(), nil
}

func (s decider) Acted(_ context.Context, _ string, outcome schema.Outcome) (schema.Turn, error) {
	if err := s.before("Acted"); err != nil {
		return schema.Turn{}, err
	}
	s.acted = append(s.acted, outcome)
	return s.nextTurn(), nil
}

func (s decider) nextTurn() schema.Turn {
	n := len(s.heard) + len(s.acted)
	require.LessOrEqual(s.t, n, len(s.turns), "the conversation was asked once too often")
	turn := s.turns[n-1]
	turn.Number = n
	return turn
}

func (s decider) DeskNotifications(context.Context, string) ([]string, error) { return s.desk, nil }

func (s decider) DeskUnreached(context.Context, string) error {
	s.story.told++
	return nil
}

// waits is the verdict that the issue waits from now on, for so long.
func (s *story) waits(step int, after, long time.Duration) schema.Verdict {
	return schema.Verdict{Step: step, State: schema.ActionWait, WaitUntil: s.Now().Add(after + long)}
}

// hears delivers a message after a while.
func (s *story) hears(after time.Duration, kind schema.InboxKind, step int) {
	s.seq++
	s.hearsNumber(after, s.seq+1, kind, step) // number 1 is the start
}

func (s *story) hearsNumber(after time.Duration, seq int64, kind schema.InboxKind, step int) {
	s.RegisterDelayedCallback(func() {
		s.SignalWorkflow(schema.SignalInbox, schema.Message{Seq: seq, Kind: kind, Step: step})
	}, after)
}

// isCancelled is a click on Cancel in the Temporal UI.
func (s *story) isCancelled(after time.Duration) { s.RegisterDelayedCallback(s.CancelWorkflow, after) }

// run plays the story to its end, which must be a good one.
func (s *story) run() { s.t.Helper(); s.play(1); require.NoError(s.t, s.GetWorkflowError()) }

// runCancelled plays the story to its end, which must show as cancelled.
func (s *story) runCancelled() {
	s.t.Helper()
	s.play(1)
	require.True(s.t, temporal.IsCanceledError(s.GetWorkflowError()), "%v", s.GetWorkflowError())
}

func (s *story) play(step int) {
	s.t.Helper()
	s.ExecuteWorkflow(ExperienceIssueName, schema.Start{ExperienceID: id, Step: step})
	require.True(s.t, s.IsWorkflowCompleted())
}

// flowAction, subflow and ciAction are plans.
func flowAction(change ...func(*schema.PlannedAction)) schema.Plan {
	a := schema.PlannedAction{Name: "call desk", Kind: schema.FlowAction, Target: "call", TaskQueue: "desk", Timeout: 10 * time.Second,
		Attempts: 3, Idempotent: true, Deadline: 8 * time.Minute, Input: &schema.ActionInput{ExperienceID: id, Step: 1, Parameters: json.RawMessage(`{"a":1}`)}}
	for _, c := range change {
		c(&a)
	}
	return schema.Plan{Action: &a}
}

func subflow(change ...func(*schema.PlannedAction)) schema.Plan {
	return flowAction(append([]func(*schema.PlannedAction){func(a *schema.PlannedAction) {
		a.Name, a.Kind, a.Target = "ask desk", schema.Subflow, "subflow"
	}}, change...)...)
}

func ciAction() schema.Plan {
	return schema.Plan{Action: &schema.PlannedAction{Name: "end process", Kind: schema.CIAction, Target: "end_process", Timeout: time.Minute,
		Attempts: 3, Idempotent: true, Deadline: 8 * time.Hour}}
}

func once(a *schema.PlannedAction) { a.Idempotent, a.Attempts = false, 1 }

// action lets the flow action "call" do something; errors are retried as the plan says.
func (s *story) action(act func(ctx context.Context, in schema.ActionInput) (schema.ActionResult, error)) {
	s.RegisterActivityWithOptions(act, activityNamed("call"))
}

// answers lets the flow action succeed, fail or wait after a while of skipped time.
func (s *story) answers(status schema.ActionStatus) {
	s.action(func(context.Context, schema.ActionInput) (schema.ActionResult, error) {
		return schema.ActionResult{Status: status, Message: "said so"}, nil
	})
}

// isSilent lets the flow action not answer for a day.
func (s *story) isSilent() {
	s.mocked().After(24*time.Hour).Return(schema.ActionResult{Status: schema.ActionSucceeded}, nil)
}

// fails lets the flow action end with an error.
func (s *story) fails(err error) { s.mocked().Return(schema.ActionResult{}, err) }

func (s *story) mocked() *testsuite.MockCallWrapper {
	s.action(func(context.Context, schema.ActionInput) (schema.ActionResult, error) { panic("mocked") })
	return s.OnActivity("call", mock.Anything, mock.Anything)
}

// outcome is the only one that Conclude was told.
func (s *story) outcome() schema.Outcome {
	s.t.Helper()
	require.Len(s.t, s.outcomes, 1)
	return s.outcomes[0]
}
