package postgres

import (
	"context"

	"proactive/schema"
)

// beginConversation writes the conversation of the step that this transaction begins.
func beginConversation(ctx context.Context, t tx, issue lockedIssue, decision schema.Decision) error {
	c := decision.Conversation
	_, err := t.exec(ctx, `
		INSERT INTO sn_pren_conversation
		       (sys_id, issue, step, "user", mode, resolution_type, state, turn, consent, sensitive, contact_at, until, remind_at,
		        accept_seconds, consent_seconds, confirm_seconds, feedback_seconds, offer_for_seconds)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		schema.NewSysID(), issue.SysID, issue.Step, issue.User, c.Mode, c.Resolution, c.State, c.Turn, c.Consent, c.Sensitive,
		decision.ContactAt, c.Until, orNull(c.RemindAt), seconds(c.Times.Accept), seconds(c.Times.Consent),
		seconds(c.Times.Confirm), seconds(c.Times.Feedback), seconds(decision.OfferFor))
	return err
}
