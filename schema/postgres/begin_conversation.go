package postgres

import (
	"context"

	"proactive/schema"
)

// beginConversation writes the conversation of the step that this transaction begins, with the catalogue's words as they stand now:
// the action and its parameters are decided now, too. Which words those are, the version of the registry row says that was decided by.
// A version of the resolution from before steps had translations has none, whatever the row has by now.
func beginConversation(ctx context.Context, r runner, issue string, facts schema.StepFacts, decision schema.Decision) error {
	c := decision.Conversation
	_, err := r.exec(ctx, `
		INSERT INTO sn_pren_conversation
		       (sys_id, issue, step, "user", mode, resolution_type, state, turn, consent, sensitive, contact_at, until, remind_at,
		        accept_seconds, consent_seconds, confirm_seconds, feedback_seconds, offer_for_seconds,
		        short_description, prompt, consent_text, translations, instructions, instruction_translations, url)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8::integer, $9::boolean, $10::boolean, $11::timestamptz, $12::timestamptz, $13::timestamptz,
		       $14::integer, $15::integer, $16::integer, $17::integer, $18::integer,
		       r.short_description, coalesce(words.prompt, ''), coalesce(words.consent_text, ''), words.translations, res.instructions,
		       CASE WHEN resolution_then.sys_id IS NULL OR resolution_then.payload -> 'translations' IS NOT NULL THEN res.translations END, res.url
		  FROM sn_pren_experience_issue_step s`+registryOfStep+resolutionOfStep+`
		  LEFT JOIN sn_pren_notification_content words ON words.sys_id = r.notification_content
		 WHERE s.issue = $2 AND s.step = $3`,
		schema.NewSysID(), issue, facts.Step, facts.User, c.Mode, c.Resolution, c.State, c.Turn, c.Consent, c.Sensitive,
		decision.ContactAt, c.Until, orNull(c.RemindAt), seconds(c.Times.Accept), seconds(c.Times.Consent),
		seconds(c.Times.Confirm), seconds(c.Times.Feedback), seconds(decision.OfferFor))
	return err
}
