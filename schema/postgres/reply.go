package postgres

import (
	"context"
	"strings"
	"time"

	"proactive/schema"
)

// Reply takes one click of the person with a link, and gives what they are shown after it. It is one compare-and-set: of two clicks
// at once, and of a click and the end of its time, one wins, and the message to the workflow is part of it. Two that say the same at
// once are one. A click that does not act is refused with a schema.ReplyRefusal, beside the view; schema.ErrNoRecord as for Conversation.
func (d *DB) Reply(ctx context.Context, tokenHash []byte, reply schema.Reply) (schema.View, error) {
	refusal := error(schema.ReplyNotAsked)
	for range 3 {
		v, err := d.linkedView(ctx, tokenHash)
		if err != nil {
			return schema.View{}, fault("read a conversation", err)
		}
		next, note, answer := answer(v, reply)
		if next.Turn == v.Conversation.Turn {
			refusal = answer
			break
		}
		written, err := d.writeReply(ctx, v, next, note, reply)
		if err == nil && !written {
			written, err = d.saidSince(ctx, v, note)
		}
		if err != nil {
			return schema.View{}, fault("write down a reply", err)
		}
		if written {
			d.bell.ring(topicInbox, "")
			d.bell.ring(topicIssue, v.ExperienceID)
			refusal = answer
			break
		}
		// Somebody was first: what it says now may be asked all the same.
	}
	view, err := d.Conversation(ctx, tokenHash)
	if err != nil {
		return view, err
	}
	return view, refusal
}

// answer is what the conversation of a view becomes by a reply.
func answer(v issueView, reply schema.Reply) (schema.Conversation, schema.Note, error) {
	switch {
	case v.State.Closed():
		return v.Conversation, schema.Note{}, schema.ReplyTooLate
	case v.State != schema.InProgress, v.Conversation.SysID == "", reply.Step != v.Step:
		return v.Conversation, schema.Note{}, schema.ReplyNotAsked
	}
	return v.Conversation.Answer(reply, v.Local(v.now))
}

// writeReply writes the conversation that a reply has made, if it still stands as it was read and its time is not over.
func (d *DB) writeReply(ctx context.Context, v issueView, next schema.Conversation, note schema.Note, reply schema.Reply) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // the caller's going away must not split the story
	defer cancel()
	var wait time.Duration
	if !next.Wake().IsZero() {
		wait = next.Wake().Sub(v.now)
	}
	rating, comment := said(reply)
	n, err := d.exec(ctx, writeReply, v.issue, v.Step, v.Conversation.Turn, next.State, next.Turn, next.CodeTries, next.PutOffs,
		orNull(next.Until), orNull(next.RemindAt), next.EndReason, rating, comment, wait.Seconds(), note.Event, note.Detail)
	return n == 1, err
}

// saidSince tells whether the person has said the same since the conversation was read. It is this very reply when the connection was lost
// after the commit, as database/sql then runs the statement again, which finds the question answered.
func (d *DB) saidSince(ctx context.Context, v issueView, note schema.Note) (said bool, err error) {
	err = d.get(ctx, &said, `
		SELECT EXISTS (
		  SELECT FROM sn_pren_experience_issue_event
		   WHERE issue = $1 AND step = $2 AND event = $3 AND detail = $4 AND sys_created_by = 'person' AND sys_created_on >= $5)`,
		v.issue, v.Step, note.Event, note.Detail, v.now)
	return said, err
}

// said is what a reply leaves on the conversation's row.
func said(r schema.Reply) (rating int, comment string) {
	switch r.Kind {
	case schema.ReplyFeedback:
		return r.Rating, schema.Storable(strings.TrimSpace(r.Comment))
	case schema.ReplyNotHelped:
		return 0, schema.Storable(strings.TrimSpace(r.Comment))
	}
	return 0, ""
}

// writeReply locks the issue before the conversation, as every move does. $1 issue, $2 step, $3 the turn that was answered, $4 to
// $10 the conversation after it, $11 stars, $12 comment, $13 seconds until it is to be looked at, $14 and $15 the event.
const writeReply = `
	WITH locked AS MATERIALIZED (
	  SELECT sys_id, step
	    FROM sn_pren_experience_issue
	   WHERE sys_id = $1 AND step = $2 AND state = 'in_progress'
	     FOR UPDATE),
	changed AS (
	  UPDATE sn_pren_conversation c
	     SET state = $4, turn = $5, code_tries = $6, put_offs = $7, until = $8, remind_at = $9, end_reason = $10,
	         rating = CASE WHEN $11 > 0 THEN $11 ELSE c.rating END, comment = CASE WHEN $12 <> '' THEN $12 ELSE c.comment END,
	         sys_updated_on = now()
	    FROM locked
	   WHERE c.issue = locked.sys_id AND c.step = locked.step AND c.turn = $3
	     AND (c.state = 'put_off' OR c.until > clock_timestamp())
	  RETURNING c.issue, c.step),
	counted AS (
	  UPDATE sn_pren_experience_issue i
	     SET messages = i.messages + 1, events = i.events + 1, due_at = ` + dueAt + ` + make_interval(secs => $13)
	    FROM changed
	   WHERE i.sys_id = changed.issue
	  RETURNING i.sys_id, i.messages, i.events, changed.step),
	told AS (
	  INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step)
	  SELECT sys_id, messages, 'replied', step FROM counted)
	INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	SELECT sys_id, events, step, $14, $15, 'person' FROM counted`
