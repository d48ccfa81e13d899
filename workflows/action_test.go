package workflows

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"proactive/activities"
	"proactive/schema"
)

func TestAFlowActionRunsAndItsResultIsConcluded(t *testing.T) {
	for _, status := range []schema.ActionStatus{schema.ActionSucceeded, schema.ActionHasFailed} {
		s := newStory(t)
		s.plans[1] = flowAction()
		s.answers(status)
		s.run()
		assert.Equal(t, schema.Outcome{Step: 1, Result: &schema.ActionResult{Status: status, Message: "said so"}}, s.outcome())
		assert.Equal(t, []string{string(closing(s.outcome()).State)}, s.calls.states)
		var result schema.Verdict
		require.NoError(t, s.GetWorkflowResult(&result))
		assert.Equal(t, closing(s.outcome()), result)
	}
}

func TestAFlowActionGoesToItsQueueWithItsTimesAndAttempts(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction()
	s.answers(schema.ActionSucceeded)
	s.run()
	require.Len(t, s.calls.activities, 1)
	got := s.calls.activities[0]
	assert.Equal(t, "desk", got.TaskQueue)
	assert.Equal(t, 5*time.Minute, got.ScheduleToStartTimeout)
	assert.Equal(t, 10*time.Second, got.StartToCloseTimeout)
	assert.Equal(t, 8*time.Minute, got.ScheduleToCloseTimeout)
	assert.Equal(t, "run the remedial action call desk", got.Summary)
	assert.EqualValues(t, 3, got.RetryPolicy.MaximumAttempts)
	assert.Equal(t, time.Minute, got.RetryPolicy.MaximumInterval)
	assert.Equal(t, []any{*s.plans[1].Action.Input}, s.calls.inputs)
}

func TestAnActionOfOurOwnIsGivenNothingButIDs(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction(func(a *schema.PlannedAction) { a.Input, a.TaskQueue = nil, "" })
	s.answers(schema.ActionSucceeded)
	s.run()
	assert.Equal(t, []any{schema.ActionInput{ExperienceID: id, Step: 1}}, s.calls.inputs)
}

func TestASubflowIsAChildWithAnIDOfItsOwnAndAnEnd(t *testing.T) {
	s := newStory(t)
	s.plans[1] = subflow()
	s.OnWorkflow("subflow", mock.Anything, mock.Anything).Return(schema.ActionResult{Status: schema.ActionSucceeded}, nil)
	s.run()
	assert.Equal(t, schema.ActionSucceeded, s.outcome().Result.Status)
	require.Len(t, s.calls.children, 1)
	got := s.calls.children[0]
	assert.Equal(t, "issue-1/step-1", got.WorkflowID)
	assert.Equal(t, "desk", got.TaskQueue)
	assert.Equal(t, schema.WaitForWorker+10*time.Second, got.WorkflowRunTimeout)
	assert.Equal(t, 8*time.Minute, got.WorkflowExecutionTimeout)
	assert.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, got.WorkflowIDReusePolicy)
	assert.Equal(t, enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL, got.ParentClosePolicy)
	assert.Equal(t, "run the remedial action ask desk", got.StaticSummary)
	assert.EqualValues(t, 3, got.RetryPolicy.MaximumAttempts)
}

func TestASummaryIsNeverLongerThanTemporalTakes(t *testing.T) {
	long := schema.PlannedAction{Name: strings.Repeat("<", 1000)} // six bytes each in JSON
	assert.LessOrEqual(t, len(runSummary(long)+" on the device")+5*strings.Count(runSummary(long), "<"), 400)
}

func TestPostgresIsAskedUntilItAnswers(t *testing.T) {
	s := newStory(t)
	s.plans[1] = schema.Plan{Conclude: schema.IncidentRequested}
	s.run()
	require.Len(t, s.calls.local, 2)
	assert.Equal(t, "look up the resolution", s.calls.local[0].Summary)
	assert.Equal(t, "create the incident", s.calls.local[1].Summary)
	for _, options := range s.calls.local {
		assert.Equal(t, time.Minute, options.RetryPolicy.MaximumInterval)
		assert.Zero(t, options.RetryPolicy.MaximumAttempts)
		assert.Greater(t, options.ScheduleToCloseTimeout, 365*24*time.Hour, "else it is what one try may take")
	}
}

func TestAnErrorOfAnActionThatMayBeRepeatedIsTriedAgain(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction()
	n := 0
	s.action(func(context.Context, schema.ActionInput) (schema.ActionResult, error) {
		if n++; n < 3 {
			return schema.ActionResult{}, errors.New("not yet")
		}
		return schema.ActionResult{Status: schema.ActionSucceeded}, nil
	})
	s.run()
	assert.Equal(t, 3, n)
	assert.Equal(t, schema.ActionSucceeded, s.outcome().Result.Status)
}

func TestAnActionThatMustNotBeRepeatedIsTriedOnce(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction(once)
	n := 0
	s.action(func(context.Context, schema.ActionInput) (schema.ActionResult, error) {
		n++
		return schema.ActionResult{}, temporal.NewApplicationError("no", "desk_closed")
	})
	s.run()
	assert.Equal(t, 1, n)
	assert.Equal(t, schema.Outcome{Step: 1, Reason: schema.ActionFailed, Detail: "It ended with an error of type desk_closed."}, s.outcome())
}

func TestHowAFailureOfAFlowActionIsJudged(t *testing.T) {
	timeout := func(kind enumspb.TimeoutType) error { return temporal.NewTimeoutError(kind, nil) }
	for name, c := range map[string]struct {
		err         error
		mayRepeat   schema.EndReason
		mustNotDo   schema.EndReason
		aboutDetail string
	}{
		"an error":               {temporal.NewNonRetryableApplicationError("x", "desk_closed", nil), schema.ActionFailed, schema.ActionFailed, "of type desk_closed"},
		"an error of no type":    {temporal.NewNonRetryableApplicationError("x", "", nil), schema.ActionFailed, schema.ActionFailed, "It ended with an error."},
		"nobody took it":         {timeout(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START), schema.ActionTimedOut, schema.ActionTimedOut, "No worker took it"},
		"it did not end":         {timeout(enumspb.TIMEOUT_TYPE_START_TO_CLOSE), schema.ActionTimedOut, schema.OutcomeUnknown, ""},
		"all its time is over":   {timeout(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE), schema.ActionTimedOut, schema.OutcomeUnknown, ""},
		"it no longer heartbeat": {timeout(enumspb.TIMEOUT_TYPE_HEARTBEAT), schema.ActionTimedOut, schema.OutcomeUnknown, ""},
		"no answer":              {temporal.NewNonRetryableApplicationError("x", activities.NoAnswer, nil), schema.ActionFailed, schema.OutcomeUnknown, "no_answer"},
		"no answer in time":      {temporal.NewNonRetryableApplicationError("x", activities.NoAnswerInTime, nil), schema.ActionTimedOut, schema.OutcomeUnknown, "no_answer_in_time"},
		"a timeout of its own making": {temporal.NewNonRetryableApplicationError("x", "inner", timeout(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START)),
			schema.ActionFailed, schema.ActionFailed, "of type inner"},
	} {
		for _, repeat := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				s := newStory(t)
				want := c.mayRepeat
				s.plans[1] = flowAction(func(a *schema.PlannedAction) { a.Attempts = 1 })
				if !repeat {
					want, s.plans[1] = c.mustNotDo, flowAction(once)
				}
				s.fails(c.err)
				s.run()
				assert.Equal(t, want, s.outcome().Reason)
				assert.Contains(t, s.outcome().Detail, c.aboutDetail)
			})
		}
	}
}

func TestHowAFailureOfASubflowIsJudged(t *testing.T) {
	for name, c := range map[string]struct {
		err         error
		mayRepeat   schema.EndReason
		mustNotDo   schema.EndReason
		aboutDetail string
	}{
		"it failed":           {temporal.NewNonRetryableApplicationError("x", "desk_closed", nil), schema.ActionFailed, schema.ActionFailed, "of type desk_closed"},
		"its activity failed": {temporal.NewApplicationError("x", "y", temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil)), schema.ActionFailed, schema.ActionFailed, "of type y"},
		"it had no time":      {temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil), schema.ActionTimedOut, schema.OutcomeUnknown, ""},
		"it was cancelled":    {temporal.NewCanceledError(), schema.ActionFailed, schema.OutcomeUnknown, "Somebody cancelled it."},
	} {
		for _, repeat := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				s := newStory(t)
				want := c.mayRepeat
				s.plans[1] = subflow(func(a *schema.PlannedAction) { a.Attempts = 1 })
				if !repeat {
					want, s.plans[1] = c.mustNotDo, subflow(once)
				}
				s.OnWorkflow("subflow", mock.Anything, mock.Anything).Return(schema.ActionResult{}, c.err)
				s.run()
				assert.Equal(t, want, s.outcome().Reason)
				assert.Contains(t, s.outcome().Detail, c.aboutDetail)
			})
		}
	}
}

func TestASubflowThatIsThereAlreadyIsNotTakenForOurs(t *testing.T) {
	for _, repeat := range []bool{true, false} {
		s := newStory(t)
		want := schema.ActionFailed
		s.plans[1] = subflow()
		if !repeat {
			want, s.plans[1] = schema.OutcomeUnknown, subflow(once)
		}
		s.OnWorkflow("subflow", mock.Anything, mock.Anything).Return(schema.ActionResult{}, &temporal.ChildWorkflowExecutionAlreadyStartedError{})
		s.run()
		assert.Equal(t, schema.Outcome{Step: 1, Reason: want, Detail: "There was a workflow with the id of its run already."}, s.outcome())
	}
}

func TestAResultThatIsNoneIsAFailure(t *testing.T) {
	for name, result := range map[string]any{
		"unknown status": schema.ActionResult{Status: "fine"}, "status of devices only": schema.ActionResult{Status: schema.ActionUnknown},
		"nothing": nil, "not an object": "done", "a list": []int{1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.plans[1] = flowAction()
			s.RegisterActivityWithOptions(func(context.Context, schema.ActionInput) (any, error) { return result, nil }, activityNamed("call"))
			s.run()
			assert.Equal(t, schema.Outcome{Step: 1, Reason: schema.ActionFailed, Detail: noResult}, s.outcome())
		})
	}
}

func TestACIActionEndsWhenItsJobHasEnded(t *testing.T) {
	s := newStory(t)
	s.plans[1] = ciAction()
	s.hears(time.Hour, schema.InboxJobFinished, 1)
	cancelled := 0
	s.SetOnTimerCanceledListener(func(string) { cancelled++ })
	began := s.Now()
	s.run()
	assert.Equal(t, schema.Outcome{Step: 1, Job: true}, s.outcome())
	assert.WithinDuration(t, began.Add(time.Hour), s.Now(), time.Minute)
	assert.Equal(t, []timer{{8 * time.Hour, "run the remedial action end process on the device"}}, s.calls.timers)
	assert.Equal(t, 1, cancelled, "the deadline's timer is cancelled")
}

func TestACIActionIsGivenUpAtItsDeadline(t *testing.T) {
	s := newStory(t)
	s.plans[1] = ciAction()
	began := s.Now()
	s.run()
	assert.Equal(t, schema.Outcome{Step: 1, Job: true}, s.outcome(), "how the job stands is for Postgres to say")
	assert.WithinDuration(t, began.Add(8*time.Hour), s.Now(), time.Minute)
}
