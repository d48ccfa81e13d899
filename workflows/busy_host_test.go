package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"proactive/activities"
	"proactive/schema"
)

// ownAction is an action of our own.
func ownAction(change ...func(*schema.PlannedAction)) schema.Plan {
	return flowAction(append(change, func(a *schema.PlannedAction) { a.Input, a.TaskQueue = nil, "" })...)
}

// hostIsBusy is what http_request says then.
func hostIsBusy(ctx context.Context, wait time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(activities.HostBusy, activities.HostBusy, temporal.ApplicationErrorOptions{NonRetryable: true,
		Details: []any{activities.NotBegun{Attempts: int(activity.GetInfo(ctx).Attempt) - 1, Wait: wait}}})
}

func TestAHostThatIsBusyUsesUpNoAttempt(t *testing.T) {
	for name, change := range map[string]func(*schema.PlannedAction){"once": once, "as often as wanted": func(*schema.PlannedAction) {}} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.plans[1] = ownAction(change)
			tries := 0
			s.action(func(ctx context.Context, _ schema.ActionInput) (schema.ActionResult, error) {
				if tries++; tries <= 5 {
					return schema.ActionResult{}, hostIsBusy(ctx, time.Second)
				}
				return schema.ActionResult{Status: schema.ActionSucceeded}, nil
			})
			s.run()
			require.NotNil(t, s.outcome().Result, "%+v", s.outcome())
			require.Equal(t, 6, tries)
		})
	}
}

func TestAttemptsAreCountedOverTheRoundsInWhichTheHostWasBusy(t *testing.T) {
	s := newStory(t)
	s.plans[1] = ownAction() // three attempts
	var numbers []int
	tries := 0
	s.action(func(ctx context.Context, in schema.ActionInput) (schema.ActionResult, error) {
		if tries++; tries%2 == 0 {
			return schema.ActionResult{}, hostIsBusy(ctx, time.Second)
		}
		numbers = append(numbers, in.Attempts+int(activity.GetInfo(ctx).Attempt))
		return schema.ActionResult{}, temporal.NewApplicationError("unexpected_status", "unexpected_status")
	})
	s.run()
	assert.Equal(t, []int{1, 2, 3}, numbers)
	assert.Equal(t, schema.Outcome{Step: 1, Reason: schema.ActionFailed, Detail: "It ended with an error of type unexpected_status."}, s.outcome())
}

func TestAnActionComesAgainWhenItIsItsTurn(t *testing.T) {
	s := newStory(t)
	s.plans[1] = ownAction()
	tries := 0
	s.action(func(ctx context.Context, _ schema.ActionInput) (schema.ActionResult, error) {
		if tries++; tries == 1 {
			return schema.ActionResult{}, hostIsBusy(ctx, 90*time.Second)
		}
		return schema.ActionResult{Status: schema.ActionSucceeded}, nil
	})
	s.run()
	assert.Equal(t, []timer{{90 * time.Second, "wait for the host's turn"}}, s.calls.timers)
}

func TestAHostThatIsBusyAllTheTimeIsSaidSo(t *testing.T) {
	for name, wait := range map[string]time.Duration{"soon": time.Second, "late": time.Hour} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.plans[1] = ownAction(once) // 8 minutes
			began := s.Now()
			s.action(func(ctx context.Context, _ schema.ActionInput) (schema.ActionResult, error) {
				return schema.ActionResult{}, hostIsBusy(ctx, wait)
			})
			s.run()
			assert.Equal(t, schema.ActionFailed, s.outcome().Reason)
			assert.Contains(t, s.outcome().Detail, "its host had as many requests on their way as may be at once")
			assert.WithinDuration(t, began.Add(8*time.Minute-10*time.Second), s.Now(), time.Second, "the last turn leaves time for an attempt, and is used")
			assert.Less(t, len(s.calls.timers), 20)
		})
	}
}

func TestABusyHostHoldsUpNoCancellation(t *testing.T) {
	s := newStory(t)
	s.plans[1] = ownAction()
	began := s.Now()
	s.hears(10*time.Second, schema.InboxCancelled, 1)
	s.action(func(ctx context.Context, _ schema.ActionInput) (schema.ActionResult, error) {
		return schema.ActionResult{}, hostIsBusy(ctx, time.Minute)
	})
	s.run()
	assert.Equal(t, schema.Cancelled, s.outcome().Reason)
	assert.WithinDuration(t, began.Add(10*time.Second), s.Now(), time.Second)
}

// Another team's action may say what it likes: it has its own attempts.
func TestAnotherTeamsErrorOfThatNameIsAnError(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction(once)
	s.fails(temporal.NewNonRetryableApplicationError(activities.HostBusy, activities.HostBusy, nil))
	s.run()
	assert.Equal(t, schema.ActionFailed, s.outcome().Reason)
}

// A message may come to a busy host more often than its channel would try it.
func TestAMessageMayWaitForItsTurnAsLongAsThereIsTime(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(ownAction())
	s.turns = []schema.Turn{s.waitsFor(schema.ConversationTelling, schema.TellWithin, "mail"), ends(schema.NotificationSent)}
	s.delivers(nil)
	s.run()
	require.Len(t, s.calls.activities, 1)
	assert.Zero(t, s.calls.activities[0].RetryPolicy.MaximumAttempts)
	assert.Equal(t, schema.TellWithin, s.calls.activities[0].ScheduleToCloseTimeout)
}
