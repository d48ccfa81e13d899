package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"proactive/schema"
)

// conversationColumns are a conversation c that may not be there: then its sys_id is "".
const conversationColumns = `coalesce(c.sys_id, '') AS conversation, coalesce(c.state, '') AS conversation_state, coalesce(c.turn, 0) AS turn,
	       coalesce(c.mode, '') AS mode, coalesce(c.resolution_type, '') AS resolution_type, coalesce(c.consent, false) AS consent,
	       coalesce(c.sensitive, false) AS sensitive, c.code_hash, coalesce(c.code_tries, 0) AS code_tries,
	       coalesce(c.put_offs, 0) AS put_offs, c.until, c.remind_at, coalesce(c.end_reason, '') AS conversation_end,
	       coalesce(c.accept_seconds, 0) AS accept_seconds, coalesce(c.consent_seconds, 0) AS consent_seconds,
	       coalesce(c.confirm_seconds, 0) AS confirm_seconds, coalesce(c.feedback_seconds, 0) AS feedback_seconds,
	       clock_timestamp() AS now`

// conversationRecord is conversationColumns as they are read.
type conversationRecord struct {
	SysID      string                   `db:"conversation"`
	State      schema.ConversationState `db:"conversation_state"`
	Turn       int                      `db:"turn"`
	Mode       schema.Engagement        `db:"mode"`
	Resolution schema.ResolutionType    `db:"resolution_type"`
	Consent    bool                     `db:"consent"`
	Sensitive  bool                     `db:"sensitive"`
	CodeHash   []byte                   `db:"code_hash"`
	CodeTries  int                      `db:"code_tries"`
	PutOffs    int                      `db:"put_offs"`
	Until      sql.NullTime             `db:"until"`
	RemindAt   sql.NullTime             `db:"remind_at"`
	EndReason  schema.EndReason         `db:"conversation_end"`
	Accept     int64                    `db:"accept_seconds"`
	Consents   int64                    `db:"consent_seconds"`
	Confirm    int64                    `db:"confirm_seconds"`
	Feedback   int64                    `db:"feedback_seconds"`
	Now        time.Time                `db:"now"` // by the clock that all deadlines go by
}

func (r conversationRecord) conversation() schema.Conversation {
	return schema.Conversation{
		SysID: r.SysID, State: r.State, Turn: r.Turn, Mode: r.Mode, Resolution: r.Resolution, Consent: r.Consent, Sensitive: r.Sensitive,
		CodeHash: r.CodeHash, CodeTries: r.CodeTries, PutOffs: r.PutOffs, Until: r.Until.Time, RemindAt: r.RemindAt.Time, EndReason: r.EndReason,
		Times: schema.ConversationTimes{Accept: inSeconds(r.Accept), Consent: inSeconds(r.Consents), Confirm: inSeconds(r.Confirm), Feedback: inSeconds(r.Feedback)},
	}
}

// saveConversation writes c over the conversation that it was computed from. The transaction has locked the row, so
// that nobody else can have changed it meanwhile.
func saveConversation(ctx context.Context, t tx, was, c schema.Conversation) error {
	n, err := t.exec(ctx, `
		UPDATE sn_pren_conversation
		   SET state = $3, turn = $4, code_hash = $5, until = $6, remind_at = $7, end_reason = $8, sys_updated_on = now()
		 WHERE sys_id = $1 AND turn = $2`,
		c.SysID, was.Turn, c.State, c.Turn, bytesOrNull(c.CodeHash), orNull(c.Until), orNull(c.RemindAt), c.EndReason)
	if err == nil && n != 1 {
		err = fmt.Errorf("the conversation's row changed while its issue was locked")
	}
	return err
}

// orNull passes a time that is not set as NULL.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// instant is a moment as the timeline says it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
