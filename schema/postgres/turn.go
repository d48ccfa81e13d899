package postgres

import (
	"context"
	"fmt"

	"proactive/schema"
)

// Turn tells where the conversation of a step stands, once it has gone as far as it can without anybody: messages that were given up
// are failed, a question whose time is over is closed or the person reminded, what was agreed to begins. A repeat with the same
// heard changes nothing more. A CI action's job is offered here and nowhere else, so that it exists only after the person agreed.
// writeCode words the message with which a device shows the code that consent to something sensitive needs.
func (d *DB) Turn(ctx context.Context, experienceID string, step int, heard schema.Heard, writeCode schema.WriteCode) (schema.Turn, error) {
	return d.converse(ctx, "take a turn of a conversation", experienceID, step, func(k *talk) error {
		k.writeCode = writeCode
		if err := k.giveUp(heard.Undelivered); err != nil || heard.Over != k.c.Turn {
			return err
		}
		return k.timeIsUp()
	})
}

// timeIsUp is what becomes of the conversation when nobody said anything in time.
func (k *talk) timeIsUp() error {
	if k.c.State == schema.ConversationTelling {
		k.c = k.c.Told(k.reached())
		return nil
	}
	var occasion schema.Occasion
	if k.c, occasion = k.c.TimeIsUp(k.now); occasion == "" {
		return nil
	}
	return k.write(occasion)
}

// goOn takes the moves that wait for nobody.
func (k *talk) goOn() error {
	switch k.c.State {
	case schema.ConversationAsked, schema.ConversationTelling:
		if len(k.messages) == 0 && k.c.Turn == k.was.Turn { // Begin has begun it
			if k.c.Over(k.now) { // and nobody came for so long: the person has not seen the question
				k.c = k.c.Tell(k.now)
			}
			if err := k.write(schema.OccasionAsk); err != nil {
				return err
			}
		}
		k.judgeDelivery()
	case schema.ConversationConsent:
		if k.c.Sensitive && len(k.c.CodeHash) == 0 {
			return k.showCode()
		}
	case schema.ConversationReady:
		return k.act()
	}
	return nil
}

// judgeDelivery ends a conversation of which nothing is to come any more: the person was told, or nobody could tell them.
func (k *talk) judgeDelivery() {
	for _, m := range k.messages {
		if !m.State.Final() {
			return
		}
	}
	if reached := k.reached(); k.c.State == schema.ConversationTelling || !reached {
		k.c = k.c.Told(reached)
	}
}

// act begins what the person has agreed to, and offers its job when a device is to do it.
func (k *talk) act() error {
	action := k.plan.Action
	if action == nil {
		if k.c = k.c.Act(k.now, 0); k.c.State != schema.ConversationEnded {
			return fmt.Errorf("the plan of step %d has no action to run", k.issue.Step)
		}
		return nil
	}
	if k.c = k.c.Act(k.now, action.Deadline); k.c.State == schema.ConversationEnded {
		k.say(schema.EventActionTooLate, "The remedial action %s is not run: after the person had agreed, it was not begun in time.", action.Name)
		return nil
	}
	k.say(schema.EventActionBegun, "The remedial action %s is run.", action.Name)
	if action.Kind != schema.CIAction {
		return nil
	}
	if err := k.save(); err != nil { // the offer is guarded by it
		return err
	}
	if err := k.tell(); err != nil {
		return err
	}
	o := k.offer
	o.planned(*action)
	offered, err := offerJob(k.ctx, k.t, o)
	if err == nil && !offered {
		err = fmt.Errorf("a job was planned for a computer that is not there")
	}
	k.device = o.CI
	return err
}
