package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"proactive/schema"
)

// talk is the conversation of a step whose issue one transaction has locked, on its way through the moves of that transaction.
type talk struct {
	ctx      context.Context
	t        tx
	issue    lockedIssue
	now      time.Time
	timeZone string // of the person; "" is the default
	plan     schema.Plan
	offer    jobOffer // the job of a CI action, as far as it does not stand in the plan
	was, c   schema.Conversation
	messages []message     // of the step
	notes    []schema.Note // not on the timeline yet
	device   string        // the computer that a job was offered to

	writeCode schema.WriteCode // of Turn
}

// converse locks the issue, lets move take the conversation of a step further, and writes down what it has become. An issue that is
// not in progress at that step any more is left alone: the turn says what lets the workflow find its verdict.
func (d *DB) converse(ctx context.Context, trying, experienceID string, step int, move func(*talk) error) (schema.Turn, error) {
	var turn schema.Turn
	var device string
	err := d.inTx(ctx, func(t tx) error {
		issue, err := lockIssue(ctx, t, experienceID)
		if err != nil {
			return err
		}
		if issue.State != schema.InProgress || issue.Step != step {
			turn, err = pastTurn(issue, step)
			return err
		}
		k, err := readTalk(ctx, t, issue)
		if err != nil {
			return err
		}
		if err := k.take(move); err != nil {
			return err
		}
		turn, device = k.turn(), k.device
		return nil
	})
	if err != nil {
		return schema.Turn{}, fault(trying, err)
	}
	if device != "" {
		d.bell.ring(topicJob, device)
	}
	d.bell.ring(topicIssue, experienceID)
	return turn, nil
}

// pastTurn lets a workflow end whose step is over. Conclude then tells the verdict that stands, whatever the reason is; only one
// who calls the issue off is told where it has gone on, and that must not be said of the step that the issue is still at.
func pastTurn(issue lockedIssue, step int) (schema.Turn, error) {
	turn := schema.Turn{State: schema.ConversationEnded, Do: schema.TurnEnd}
	switch {
	case issue.Step > step:
		turn.Reason = schema.Cancelled
	case issue.Step == step && issue.State.Closed():
		turn.Reason = issue.EndReason
	case issue.Step == step && issue.State == schema.ActionWait:
		turn.Reason = schema.OutcomeUnknown
	default:
		return turn, fmt.Errorf("step %d has no conversation: the issue is at step %d in state %s", step, issue.Step, issue.State)
	}
	return turn, nil
}

// readTalk reads the conversation of the step that the issue is at.
func readTalk(ctx context.Context, t tx, issue lockedIssue) (*talk, error) {
	var row struct {
		conversationRecord
		TimeZone   string `db:"time_zone"`
		CI         string `db:"ci"`
		Plan       []byte `db:"plan"`
		Parameters []byte `db:"parameters"`
		OfferFor   int64  `db:"offer_for_seconds"`
	}
	err := t.get(ctx, &row, `
		SELECT `+conversationColumns+`, u.time_zone, s.ci, s.plan, s.parameters, c.offer_for_seconds
		  FROM sn_pren_conversation c
		  JOIN sn_pren_experience_issue_step s ON s.issue = c.issue AND s.step = c.step
		  JOIN sys_user u                      ON u.sys_id = c."user"
		 WHERE c.issue = $1 AND c.step = $2`, issue.SysID, issue.Step)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("step %d has no conversation", issue.Step) // the issue is there, so it is not "no record"
	}
	if err != nil {
		return nil, err
	}
	k := &talk{ctx: ctx, t: t, issue: issue, now: row.Now, timeZone: row.TimeZone, was: row.conversation(), c: row.conversation(),
		offer: jobOffer{Issue: issue.SysID, Step: issue.Step, CI: row.CI, Parameters: row.Parameters, OfferFor: time.Duration(row.OfferFor) * time.Second}}
	if err := json.Unmarshal(row.Plan, &k.plan); err != nil {
		return nil, err
	}
	return k, t.selectAll(ctx, &k.messages, messagesOfStep, issue.SysID, issue.Step)
}

// take makes a move and everything that follows from it by itself, and writes that down.
func (k *talk) take(move func(*talk) error) error {
	for _, do := range []func() error{k.withdrawUnwanted, func() error { return move(k) }, k.goOn, k.withdrawUnwanted, k.remindLater, k.save, k.tell} {
		if err := do(); err != nil {
			return err
		}
	}
	_, err := k.t.exec(k.ctx, `
		UPDATE sn_pren_experience_issue
		   SET due_at = `+dueAt+` + make_interval(secs => $2)
		 WHERE sys_id = $1`, k.issue.SysID, k.wait().Seconds())
	return err
}

// save writes the conversation, if it is another one than was saved before.
func (k *talk) save() error {
	if k.c.Turn == k.was.Turn && k.c.RemindAt.Equal(k.was.RemindAt) {
		return nil
	}
	was := k.was
	k.was = k.c
	return saveConversation(k.ctx, k.t, was, k.c)
}

// say puts a line on the timeline, with the next tell.
func (k *talk) say(event schema.EventName, format string, args ...any) {
	k.notes = append(k.notes, schema.Note{Event: event, Detail: fmt.Sprintf(format, args...)})
}

func (k *talk) tell() error {
	notes := k.notes
	k.notes = nil
	return addEvents(k.ctx, k.t, k.issue.SysID, k.issue.Step, engine, notes...)
}

// wait is how long the conversation may be left alone.
func (k *talk) wait() time.Duration {
	if k.c.Wake().IsZero() {
		return 0
	}
	return max(0, k.c.Wake().Sub(k.now))
}

// turn says where the conversation stands.
func (k *talk) turn() schema.Turn {
	turn := schema.Turn{Number: k.c.Turn, State: k.c.State, Do: schema.TurnWait, Until: k.c.Wake(), Tell: k.deliverable()}
	switch {
	case k.c.State == schema.ConversationRunning:
		turn.Do = schema.TurnRun
	case k.c.State == schema.ConversationEnded && k.c.EndReason == "":
		turn.Do = schema.TurnConclude
	case k.c.State == schema.ConversationEnded:
		turn.Do, turn.Reason = schema.TurnEnd, k.c.EndReason
	}
	return turn
}

// remindLater keeps the reminder out of the person's quiet hours.
func (k *talk) remindLater() error {
	if k.c.RemindAt.IsZero() {
		return nil
	}
	all, err := properties(k.ctx, k.t)
	if err != nil {
		return err
	}
	quiet, err := schema.ParseQuietHours(all.Text(schema.QuietHoursProperty))
	if err != nil {
		return err
	}
	zone := k.timeZone
	if zone == "" {
		zone = all.Text(schema.DefaultTimeZone)
	}
	k.c = k.c.RemindLater(quiet.Over(k.c.RemindAt.In(schema.Zone(zone))))
	return nil
}
