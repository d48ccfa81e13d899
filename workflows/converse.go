package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"proactive/activities"
	"proactive/schema"
)

// talk is what the run knows of the conversation of its step. How it stands is Postgres's to say, turn by turn.
type talk struct {
	told        []string // notifications whose delivery was begun
	undelivered []string // and those of them that were given up
	heard       int      // words that were heard before Postgres was last asked
}

// converse goes through the conversation with the person, turn by turn, and tells what came of the step.
func (x *issue) converse(ctx workflow.Context, plan schema.Plan) (schema.Outcome, error) {
	telling, stop := workflow.WithCancel(ctx)
	defer stop() // what was not delivered by the end is of no use any more
	t := talk{heard: x.words}
	outcome := x.outcome(schema.OutcomeUnknown, "") // of an action that this run does not know of, as it was reset to before
	turn, err := x.turn(ctx, schema.Heard{})
	for err == nil {
		switch {
		case x.calledOff(ctx):
			return x.outcome(schema.Cancelled, ""), nil
		case turn.Do == schema.TurnEnd:
			return x.outcome(turn.Reason, ""), nil
		case turn.Do == schema.TurnConclude:
			return outcome, nil
		case turn.Do == schema.TurnRun:
			if outcome = x.act(ctx, *plan.Action); outcome.Reason == schema.Cancelled {
				return outcome, nil
			}
			t.heard = x.words
			turn, err = x.acted(ctx, outcome)
		default:
			x.deliver(telling, &t, turn)
			turn, err = x.waitForWord(ctx, &t, turn)
		}
	}
	return outcome, err
}

// waitForWord waits until somebody has said something, a delivery has ended, or the turn's time is up, and asks how it stands then.
func (x *issue) waitForWord(ctx workflow.Context, t *talk, turn schema.Turn) (schema.Turn, error) {
	x.tell(ctx, waitingFor(turn.State)+", until "+turn.Until.UTC().Format(timeFormat)+".")
	came := x.await(ctx, turn.Until.Sub(workflow.Now(ctx)), summaryOf(turn.State), func() bool {
		return x.cancelled || x.words != t.heard
	})
	if x.calledOff(ctx) {
		return turn, nil
	}
	heard := schema.Heard{Undelivered: t.undelivered}
	if !came {
		heard.Over = turn.Number
	}
	t.heard, t.undelivered = x.words, nil
	return x.turn(ctx, heard)
}

// deliver has each message delivered by an activity of its own: one channel that is down holds up no other, and not the conversation.
// A message that arrives changes nothing about a question that waits for its answer.
func (x *issue) deliver(ctx workflow.Context, t *talk, turn schema.Turn) {
	for _, notification := range turn.Tell {
		if slices.Contains(t.told, notification) {
			continue
		}
		t.told = append(t.told, notification)
		done := workflow.ExecuteActivity(asDelivery(ctx, "tell the person"), activities.NotifyName, notification)
		workflow.GoNamed(ctx, "delivery", func(ctx workflow.Context) {
			var state schema.NotificationState
			err := done.Get(ctx, &state)
			if err != nil {
				t.undelivered = append(t.undelivered, notification)
			}
			if err != nil || state == schema.NotificationLost || turn.State == schema.ConversationTelling {
				x.words++
			}
		})
	}
}
