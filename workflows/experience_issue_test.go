package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestWhatBeginHasDecidedIsConcludedAndNothingIsRun(t *testing.T) {
	for _, reason := range []schema.EndReason{schema.IncidentRequested, schema.InvalidParameters, schema.NoDevice, schema.ActionFailed} {
		s := newStory(t)
		s.plans[1] = schema.Plan{Conclude: reason}
		s.run()
		assert.Equal(t, schema.Outcome{Step: 1, Reason: reason}, s.outcome())
		assert.Equal(t, []string{string(reason.State())}, s.calls.states)
		assert.Empty(t, s.calls.inputs)
	}
}

func TestAnIssueThatEndedBeforeItBeganIsLeftAlone(t *testing.T) {
	for _, state := range []schema.State{schema.ClosedCancelled, schema.ClosedIncomplete} {
		s := newStory(t)
		s.plans[1] = schema.Plan{Ended: state}
		s.run()
		assert.Empty(t, s.outcomes)
		assert.Equal(t, []string{string(state)}, s.calls.states)
	}
}

func TestARunMayStartAtALaterStep(t *testing.T) {
	s := newStory(t)
	s.plans[3] = subflow()
	s.OnWorkflow("subflow", mock.Anything, mock.Anything).Return(schema.ActionResult{Status: schema.ActionSucceeded}, nil)
	s.play(3)
	require.NoError(t, s.GetWorkflowError())
	assert.Equal(t, 3, s.outcome().Step)
	assert.Equal(t, "issue-1/step-3", s.calls.children[0].WorkflowID)
}

func TestAFaultOfPostgresIsWaitedOut(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction()
	s.answers(schema.ActionWaits)
	s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute)}
	s.expired = schema.Verdict{Step: 1, State: schema.ClosedIncomplete, EndReason: schema.ActionWaitExpired}
	asked := map[string]int{}
	s.before = func(move string) error {
		if asked[move]++; asked[move] < 20 {
			return schema.ErrUnavailable
		}
		return nil
	}
	s.run()
	assert.Equal(t, map[string]int{"Begin": 20, "Conclude": 20, "ExpireWait": 20}, asked)
	assert.Equal(t, []string{"action_wait", "closed_incomplete"}, s.calls.states)
}

func TestAnIssueThatIsNotThereEndsTheRun(t *testing.T) {
	for _, move := range []string{"Begin", "Conclude", "ExpireWait"} {
		s := newStory(t)
		s.plans[1] = flowAction()
		s.answers(schema.ActionWaits)
		s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute)}
		s.before = func(asked string) error {
			if asked == move {
				return schema.ErrNoRecord
			}
			return nil
		}
		s.play(1)
		assert.ErrorContains(t, s.GetWorkflowError(), "no_such_issue")
	}
}

func TestAChainedReportGoesOnAsTheNextStep(t *testing.T) {
	s := newStory(t)
	s.plans[1], s.plans[2] = flowAction(), schema.Plan{Conclude: schema.IncidentRequested}
	s.answers(schema.ActionWaits)
	s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute)}
	s.hears(10*time.Minute, schema.InboxChained, 2)
	cancelled, fired := 0, 0
	s.SetOnTimerCanceledListener(func(string) { cancelled++ })
	s.SetOnTimerFiredListener(func(string) { fired++ })
	began := s.Now()
	s.run()
	assert.Equal(t, []int{1, 2}, s.begun)
	require.Len(t, s.outcomes, 2)
	assert.Equal(t, schema.Outcome{Step: 2, Reason: schema.IncidentRequested}, s.outcomes[1])
	assert.Equal(t, []string{"action_wait", "open", "closed_complete"}, s.calls.states)
	require.Len(t, s.calls.timers, 1)
	assert.Equal(t, "wait for the next action", s.calls.timers[0].summary)
	assert.InDelta(t, 30*time.Minute, s.calls.timers[0].length, float64(time.Minute))
	assert.Equal(t, 1, cancelled, "the wait's timer is cancelled")
	assert.Zero(t, fired)
	assert.Empty(t, s.expiries)
	assert.WithinDuration(t, began.Add(10*time.Minute), s.Now(), time.Minute)
}

func TestAWaitEndsWhenItsTimeIsOver(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction()
	s.answers(schema.ActionWaits)
	s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute)}
	s.expired = schema.Verdict{Step: 1, State: schema.ClosedIncomplete, EndReason: schema.ActionWaitExpired}
	began := s.Now()
	s.run()
	assert.Equal(t, []int{1}, s.expiries)
	assert.Equal(t, []string{"action_wait", "closed_incomplete"}, s.calls.states)
	assert.WithinDuration(t, began.Add(30*time.Minute), s.Now(), time.Minute)
	assert.Equal(t, "end the wait: create the fallback incident", s.calls.local[2].Summary)
}

func TestAWaitThatIsOverAlreadyEndsAtOnce(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction()
	s.answers(schema.ActionWaits)
	s.verdicts = []schema.Verdict{s.waits(1, 0, -time.Hour)}
	s.expired = schema.Verdict{Step: 1, State: schema.ClosedIncomplete, EndReason: schema.ActionWaitExpired}
	s.run()
	assert.Equal(t, []int{1}, s.expiries)
}

func TestAChainedReportThatWasFirstIsNotLostToTheEndOfTheWait(t *testing.T) {
	for name, late := range map[string]bool{"its message comes later": true, "its message never comes": false} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.plans[1], s.plans[2] = flowAction(), ciAction()
			s.answers(schema.ActionWaits)
			s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute)}
			s.expired = schema.Verdict{Step: 2, State: schema.Open}
			if late {
				s.hears(31*time.Minute, schema.InboxChained, 2)
			}
			s.run()
			assert.Equal(t, []int{1, 2}, s.begun, "step 2 is begun, and once")
			require.Len(t, s.outcomes, 2)
			assert.Equal(t, schema.Outcome{Step: 2, Job: true}, s.outcomes[1])
		})
	}
}

func TestAnIssueThatWasClosedWhileItsWaitEndedIsFinished(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction()
	s.answers(schema.ActionWaits)
	s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute)}
	s.expired = schema.Verdict{Step: 1, State: schema.ClosedCancelled, EndReason: schema.Cancelled}
	s.run()
	assert.Equal(t, []string{"action_wait", "closed_cancelled"}, s.calls.states)
}

func TestAnIssueMayHaveAHundredSteps(t *testing.T) {
	s := newStory(t)
	s.answers(schema.ActionWaits)
	for step := 1; step <= 100; step++ {
		s.plans[step] = flowAction()
		if step < 100 {
			s.verdicts = append(s.verdicts, s.waits(step, time.Duration(step)*time.Minute, 30*time.Minute))
			s.hears(time.Duration(step)*time.Minute, schema.InboxChained, step+1)
		}
	}
	s.run()
	assert.Len(t, s.outcomes, 100)
	assert.Equal(t, 100, s.outcomes[99].Step)
	assert.Empty(t, s.expiries)
}
