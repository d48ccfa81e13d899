package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

var calledOff = schema.Outcome{Step: 1, Reason: schema.Cancelled}

func TestAnIssueCancelledThroughTheAPIIsConcludedAsCancelled(t *testing.T) {
	for name, plan := range map[string]schema.Plan{"flow action": flowAction(), "flow action, once": flowAction(once), "CI action": ciAction()} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.plans[1] = plan
			s.isSilent()
			s.hears(time.Minute, schema.InboxCancelled, 1)
			stopped, timers := 0, 0
			s.SetOnActivityCanceledListener(func(*activity.Info) { stopped++ })
			s.SetOnTimerCanceledListener(func(string) { timers++ })
			began := s.Now()
			s.run()
			assert.Equal(t, calledOff, s.outcome())
			assert.Equal(t, "cancel the issue", s.calls.local[1].Summary)
			assert.Equal(t, 1, stopped+timers, "the action, or the deadline of the device, is cancelled")
			assert.WithinDuration(t, began.Add(time.Minute), s.Now(), time.Minute)
		})
	}
}

func TestAnIssueCancelledInTheTemporalUIIsConcludedAsCancelled(t *testing.T) {
	for name, plan := range map[string]schema.Plan{"flow action": flowAction(), "flow action, once": flowAction(once), "CI action": ciAction()} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.plans[1] = plan
			s.isSilent()
			s.isCancelled(time.Minute)
			s.runCancelled()
			assert.Equal(t, calledOff, s.outcome())
			assert.Equal(t, []string{"closed_cancelled"}, s.calls.states)
		})
	}
}

func TestASubflowIsCancelledWithItsIssue(t *testing.T) {
	for _, throughTheAPI := range []bool{true, false} {
		s := newStory(t)
		s.plans[1] = schema.Plan{Action: subflow().Action}
		s.plans[1].Action.Target = "sleeper"
		s.plans[1].Action.Timeout = time.Hour
		stopped := 0
		s.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ schema.ActionInput) (schema.ActionResult, error) {
			err := workflow.Sleep(ctx, 30*time.Minute)
			if temporal.IsCanceledError(err) {
				stopped++
			}
			return schema.ActionResult{Status: schema.ActionSucceeded}, err
		}, workflow.RegisterOptions{Name: "sleeper"})
		if throughTheAPI {
			s.hears(time.Minute, schema.InboxCancelled, 1)
			s.run()
		} else {
			s.isCancelled(time.Minute)
			s.runCancelled()
		}
		assert.Equal(t, calledOff, s.outcome())
		assert.Equal(t, 1, stopped)
	}
}

func TestAnIssueCancelledBeforeItBeganRunsNothing(t *testing.T) {
	for name, plan := range map[string]schema.Plan{"flow action": flowAction(), "CI action": ciAction(), "incident": {Conclude: schema.IncidentRequested}} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.plans[1] = plan
			s.isCancelled(0)
			s.runCancelled()
			assert.Equal(t, calledOff, s.outcome())
			assert.Empty(t, s.calls.inputs)
			assert.Empty(t, s.calls.timers)
		})
	}
}

func TestAnIssueCancelledWhileBeginAnswersRunsNothing(t *testing.T) {
	for _, throughTheAPI := range []bool{true, false} {
		s := newStory(t)
		s.plans[1] = flowAction()
		s.before = func(move string) error {
			switch {
			case move != "Begin":
			case throughTheAPI:
				s.SignalWorkflow(schema.SignalInbox, schema.Message{Seq: 2, Kind: schema.InboxCancelled, Step: 1})
			default:
				s.CancelWorkflow()
			}
			return nil
		}
		s.play(1)
		assert.Equal(t, calledOff, s.outcome())
		assert.Empty(t, s.calls.inputs)
	}
}

func TestAWaitingIssueCanBeCancelled(t *testing.T) {
	for _, throughTheAPI := range []bool{true, false} {
		s := newStory(t)
		s.plans[1] = flowAction()
		s.answers(schema.ActionWaits)
		s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute)}
		timers := 0
		s.SetOnTimerCanceledListener(func(string) { timers++ })
		if throughTheAPI {
			s.hears(time.Minute, schema.InboxCancelled, 1)
			s.run()
		} else {
			s.isCancelled(time.Minute)
			s.runCancelled()
		}
		require.Len(t, s.outcomes, 2)
		assert.Equal(t, calledOff, s.outcomes[1])
		assert.Equal(t, []string{"action_wait", "closed_cancelled"}, s.calls.states)
		assert.Empty(t, s.expiries)
		assert.Equal(t, 1, timers)
	}
}

func TestACancellationThatAChainedReportOvertookCallsOffTheNextStep(t *testing.T) {
	s := newStory(t)
	s.plans[1], s.plans[2] = flowAction(), ciAction()
	s.answers(schema.ActionWaits)
	s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute), {Step: 2, State: schema.Open}}
	s.isCancelled(time.Minute)
	s.runCancelled()
	assert.Equal(t, []int{1}, s.begun, "what is called off is not begun")
	require.Len(t, s.outcomes, 3)
	assert.Equal(t, schema.Outcome{Step: 2, Reason: schema.Cancelled}, s.outcomes[2])
}

func TestACancellationThatCameTooLateLeavesTheEndAsItIs(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction()
	s.answers(schema.ActionSucceeded)
	s.before = func(move string) error {
		if move == "Conclude" {
			s.CancelWorkflow()
		}
		return nil
	}
	s.run()
	assert.Equal(t, []string{"closed_complete"}, s.calls.states)
}
