package workflows

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"proactive/activities"
	"proactive/schema"
)

// conversation is a plan in which the person is asked first.
func conversation(plan schema.Plan) schema.Plan {
	plan.Conversation = true
	return plan
}

// waitsFor is a turn in which the conversation waits in a state for so long, with messages to deliver.
func (s *story) waitsFor(state schema.ConversationState, long time.Duration, tell ...string) schema.Turn {
	return schema.Turn{State: state, Do: schema.TurnWait, Until: s.Now().Add(long), Tell: tell}
}

var (
	runs      = schema.Turn{State: schema.ConversationRunning, Do: schema.TurnRun}
	concludes = schema.Turn{State: schema.ConversationEnded, Do: schema.TurnConclude}
)

func ends(reason schema.EndReason) schema.Turn {
	return schema.Turn{State: schema.ConversationEnded, Do: schema.TurnEnd, Reason: reason}
}

// delivers lets the delivery of each message end with what fails says of it.
func (s *story) delivers(fails map[string]error) (tried *[]string) {
	tried = &[]string{}
	var mu sync.Mutex
	s.RegisterActivityWithOptions(func(_ context.Context, notification string) (schema.NotificationState, error) {
		mu.Lock()
		defer mu.Unlock()
		*tried = append(*tried, notification)
		return schema.NotificationDelivered, fails[notification]
	}, activityNamed(activities.NotifyName))
	return tried
}

func TestAPersonIsAskedHelpedAndAskedWhetherItHelped(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(flowAction())
	s.turns = []schema.Turn{s.waitsFor(schema.ConversationAsked, 8*time.Hour, "mail"),
		s.waitsFor(schema.ConversationConsent, 2*time.Hour), runs, s.waitsFor(schema.ConversationConfirm, 4*time.Hour), ends(schema.ResolvedByUser)}
	tried := s.delivers(nil)
	s.answers(schema.ActionSucceeded)
	for _, after := range []time.Duration{time.Hour, time.Hour + time.Minute, time.Hour + 2*time.Minute} {
		s.hears(after, schema.InboxReplied, 1)
	}
	s.run()
	assert.Equal(t, []string{"mail"}, *tried)
	assert.Equal(t, []schema.Heard{{}, {}, {}, {}}, s.heard, "nothing ran out of time, and a message that arrives asks nothing")
	require.Len(t, s.acted, 1)
	assert.Equal(t, schema.ActionSucceeded, s.acted[0].Result.Status)
	assert.Equal(t, schema.Outcome{Step: 1, Reason: schema.ResolvedByUser}, s.outcome())
	assert.Contains(t, s.calls.timers, timer{8 * time.Hour, "wait for the person to accept help"})
}

func TestATurnWhoseTimeIsUpIsSaidByItsNumber(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(schema.Plan{})
	s.turns = []schema.Turn{s.waitsFor(schema.ConversationAsked, time.Hour), s.waitsFor(schema.ConversationAsked, 2*time.Hour, "reminder"), ends(schema.NoResponse)}
	s.delivers(nil)
	s.run()
	assert.Equal(t, []schema.Heard{{}, {Over: 1}, {Over: 2}}, s.heard)
	assert.Equal(t, schema.NoResponse, s.outcome().Reason)
}

func TestAChannelThatIsDownDoesNotStopTheOthers(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(schema.Plan{})
	all := s.waitsFor(schema.ConversationAsked, time.Hour, "mail", "hook")
	s.turns = []schema.Turn{all, all, ends(schema.NoResponse)}
	s.delivers(map[string]error{"hook": errors.New("down")})
	s.run()
	delivered := 0
	for _, o := range s.calls.activities {
		assert.Equal(t, "tell the person", o.Summary)
		assert.NotZero(t, o.ScheduleToCloseTimeout, "every delivery has an end")
		assert.Zero(t, o.ScheduleToStartTimeout, "and only that one: our workers may be away for a while")
		delivered++
	}
	assert.Equal(t, 2, delivered, "a message that was begun is not begun again")
	assert.Equal(t, []schema.Heard{{}, {Undelivered: []string{"hook"}}, {Over: 2}}, s.heard)
}

func TestAWordThatIsSaidWhilePostgresIsAskedIsNotMissed(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(schema.Plan{})
	s.turns = []schema.Turn{s.waitsFor(schema.ConversationAsked, time.Hour), ends(schema.Declined)}
	s.before = func(move string) error {
		if move == "Turn" && len(s.heard) == 0 {
			s.SignalWorkflow(schema.SignalInbox, schema.Message{Seq: 2, Kind: schema.InboxReplied, Step: 1})
		}
		return nil
	}
	s.run()
	assert.Equal(t, []schema.Heard{{}, {}}, s.heard)
}

func TestAnActionThatFailsIsConcludedAsItIs(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(flowAction())
	s.turns = []schema.Turn{runs, concludes}
	s.answers(schema.ActionHasFailed)
	s.run()
	assert.Equal(t, s.acted[0], s.outcome())
	assert.Equal(t, schema.ActionHasFailed, s.outcome().Result.Status)
}

// A run that was reset in the Temporal UI finds a conversation that has ended with an action of which it knows nothing.
func TestWhatARunDoesNotKnowOfIsUnknown(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(flowAction())
	s.turns = []schema.Turn{concludes}
	s.run()
	assert.Equal(t, schema.Outcome{Step: 1, Reason: schema.OutcomeUnknown}, s.outcome())
}

func TestAConversationIsCalledOffAtAnyTurn(t *testing.T) {
	for name, at := range map[string][]schema.Turn{"asked": {{State: schema.ConversationAsked, Do: schema.TurnWait, Until: newStory(t).Now().Add(8 * time.Hour)}}, "running": {runs}} {
		for how, cancel := range map[string]func(*story){
			"through the API":    func(s *story) { s.hears(time.Minute, schema.InboxCancelled, 1); s.run() },
			"in the Temporal UI": func(s *story) { s.isCancelled(time.Minute); s.runCancelled() },
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				s := newStory(t)
				s.plans[1] = conversation(flowAction())
				s.turns = at
				s.isSilent()
				cancel(s)
				assert.Equal(t, calledOff, s.outcome())
				assert.Empty(t, s.acted)
			})
		}
	}
}

func TestWhatIsNotDeliveredByTheEndIsGivenUp(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(schema.Plan{})
	s.turns = []schema.Turn{s.waitsFor(schema.ConversationAsked, time.Hour, "mail"), ends(schema.Declined)}
	s.RegisterActivityWithOptions(func(context.Context, string) (schema.NotificationState, error) { panic("mocked") }, activityNamed(activities.NotifyName))
	s.OnActivity(activities.NotifyName, "mail").After(20*time.Minute).Return(schema.NotificationDelivered, nil)
	s.hears(time.Minute, schema.InboxReplied, 1)
	stopped := 0
	s.SetOnActivityCanceledListener(func(*activity.Info) { stopped++ })
	s.run()
	assert.Equal(t, 1, stopped)
	assert.Equal(t, schema.Declined, s.outcome().Reason)
}

func TestWhoIsOnlyToldIsDoneWhenTheMessageHasLeft(t *testing.T) {
	s := newStory(t)
	s.plans[1] = conversation(schema.Plan{})
	s.turns = []schema.Turn{s.waitsFor(schema.ConversationTelling, 30*time.Minute, "mail"), ends(schema.NotificationSent)}
	s.delivers(nil)
	s.run()
	assert.Equal(t, []schema.Heard{{}, {}}, s.heard)
	assert.Equal(t, schema.NotificationSent, s.outcome().Reason)
}

func TestTheDeskIsToldOnEveryChannelAndThatIsSettled(t *testing.T) {
	s := newStory(t)
	s.RegisterWorkflowWithOptions(TellDesk, workflow.RegisterOptions{Name: TellDeskName})
	s.desk = []string{"mail", "hook"}
	tried := s.delivers(map[string]error{"hook": errors.New("down")})
	s.ExecuteWorkflow(TellDeskName, schema.Start{ExperienceID: id, Step: 1})
	require.NoError(t, s.GetWorkflowError())
	assert.Contains(t, *tried, "mail")
	assert.Contains(t, *tried, "hook")
	assert.Equal(t, 1, s.told)
}
