package postgres

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// large are the tables that grow with the company and with the years, and the one that grows in a storm.
var large = []string{"sys_user", "cmdb_ci_computer", "incident", "sn_pren_experience_issue", "sn_pren_experience_issue_step",
	"sn_pren_experience_issue_event", "sn_pren_experience_issue_inbox", "ci_job", "sn_pren_conversation", "sn_pren_notification", "interaction",
	"sn_pren_outcome", "sn_pren_delivery"}

// crowd makes people, and issues that were closed long ago; also more of them. Nothing audits them, and references are right by construction.
const crowd = `
	SET LOCAL session_replication_role = replica;
	INSERT INTO sys_user (sys_id, user_name, email)
	SELECT md5('crowd ' || n), 'crowd.' || n, 'crowd.' || n || '@example.com' FROM generate_series(1, %[1]d) n
	    ON CONFLICT DO NOTHING;
	INSERT INTO cmdb_ci_computer (sys_id, name, assigned_to)
	SELECT md5('laptop ' || n), 'laptop-' || n, md5('crowd ' || n) FROM generate_series(1, %[1]d) n
	    ON CONFLICT DO NOTHING;
	INSERT INTO sn_pren_experience_issue (sys_id, experience_id, provider, registry, "user", state, end_reason, closed_on, due_at, temporal_namespace)
	SELECT md5('closed ' || n), 'closed-' || n, r.provider, r.sys_id, md5('crowd ' || (1 + n %% %[1]d)), 'closed_complete', 'resolved_silently', now(), now(), 'here'
	  FROM generate_series(1, %[2]d) n, (SELECT * FROM sn_pren_issue_registry WHERE issue_code = '100' ORDER BY provider LIMIT 1) r
	    ON CONFLICT DO NOTHING;
	INSERT INTO sn_pren_experience_issue_step (sys_id, issue, step, registry, resolution)
	SELECT md5('step ' || sys_id), sys_id, 1, registry, md5('r flow') FROM sn_pren_experience_issue WHERE experience_id LIKE 'closed-%%'
	    ON CONFLICT DO NOTHING;
	INSERT INTO sn_pren_conversation (sys_id, issue, step, "user", mode, resolution_type, state, consent, sensitive, contact_at,
	                                  accept_seconds, consent_seconds, confirm_seconds, feedback_seconds, short_description, prompt, consent_text, instructions, url)
	SELECT md5('conversation ' || sys_id), sys_id, 1, "user", 'engage', 'self_help', 'ended', false, false, now(), 1, 1, 1, 1, '', '', '', '{}', ''
	  FROM sn_pren_experience_issue WHERE experience_id LIKE 'closed-%%'
	    ON CONFLICT DO NOTHING;
	INSERT INTO sn_pren_experience_issue_event (issue, number, step, event) SELECT sys_id, 1, 1, 'created'
	  FROM sn_pren_experience_issue WHERE experience_id LIKE 'closed-%%'
	    ON CONFLICT DO NOTHING;
	INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, impact, urgency, priority, correlation_id,
	                      correlation_display, origin_table, origin_id, investigative_details)
	SELECT sys_id, "user", '', '', '', 3, 3, 5, experience_id, 'sn', 'sn_pren_experience_issue', sys_id, '[]'
	  FROM sn_pren_experience_issue WHERE experience_id LIKE 'closed-%%'
	    ON CONFLICT DO NOTHING;
	UPDATE sn_pren_experience_issue SET incident = sys_id WHERE sys_id < '4' AND experience_id LIKE 'closed-%%';
	INSERT INTO sn_pren_notification_channel (sys_id, name, type) VALUES (md5('desktop'), 'desktop', 'desktop')
	    ON CONFLICT DO NOTHING;
	INSERT INTO sn_pren_notification (sys_id, issue, step, channel, occasion, turn, state, token_hash, ended_on)
	SELECT sys_id, sys_id, 1, md5('desktop'), 'ask', 1, 'delivered', sys_id::bytea, now()
	  FROM sn_pren_experience_issue WHERE experience_id LIKE 'closed-%%'
	    ON CONFLICT DO NOTHING;
	INSERT INTO ci_job (sys_id, issue, step, attempt, ci, action, parameters, idempotent, attempts, timeout_seconds, reported_at, state, expires_at,
	                    ended_on, purpose, notification)
	SELECT i.sys_id, i.sys_id, 1, 1, c.sys_id, 'show_message', '{}', false, 1, 60, now(), 'finished', now(), now(), 'notice', i.sys_id
	  FROM sn_pren_experience_issue i JOIN cmdb_ci_computer c ON c.assigned_to = i."user"
	 WHERE experience_id LIKE 'closed-%%'
	    ON CONFLICT DO NOTHING;
	INSERT INTO interaction (sys_id, opened_for, short_description, description, work_notes, correlation_id, origin_table, origin_id)
	SELECT sys_id, "user", '', '', '', experience_id, 'sn_pren_experience_issue', sys_id
	  FROM sn_pren_experience_issue WHERE experience_id LIKE 'closed-%%'
	    ON CONFLICT DO NOTHING;`

func TestNoStatementOfAReportReadsALargeTableFromEndToEnd(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(fmt.Sprintf(crowd, 5_000, 10_000))
	w.noLargeScans() // with whatever the server believes of tables that it has never looked at
	w.exec(`ANALYZE`)
	w.noLargeScans()
}

// noLargeScans lets the server plan all statements of a report's life without knowing their values, as it does for prepared
// ones that are used often.
func (w *issueWorld) noLargeScans() {
	w.t.Helper()
	s := submission{Report: report("100"), issue: "i", step: "s"}
	new := columns(s)
	for what, statement := range map[string]struct {
		text string
		args []any
	}{
		"Submit":           {submitNew, new},
		"Submit, strict":   {submitStrictly, new},
		"Submit, chained":  {submitNext, append(new, "action_wait")},
		"ClaimInbox":       {claimInbox, []any{50, 30.0, "x"}},
		"Overdue":          {overdueIssues, []any{"here", 101}},
		"lockIssue":        {selectForUpdate, []any{"mine"}},
		"Issue":            {readIssue, []any{"mine"}},
		"timeline":         {timeline, []any{"mine", 0}},
		"Conversation":     {viewOfToken, []any{"hash", 0}},
		"Turn":             {messagesOfStep, []any{"mine", 1}},
		"withdrawUnwanted": {withdrawMessages, []any{"ids"}},
		"Reply":            {writeReply, make([]any, 15)},
		"Notification":     {readNotification, []any{"n"}},
		"Settle":           {noteNotification, make([]any, 4)},
		"OfferNotice":      {insertNotice, make([]any, 6)},
		"the end's jobs":   {withdrawUnfinished, []any{"mine"}},
		"lastJob":          {selectLastJob, []any{"mine", 1}},
		"offerJob":         {insertFirstJob, make([]any, 13)},
		"FinishJob":        {endJobOf, make([]any, 7)},
		"channels":         {channelsForPerson, []any{"mine", 1}},
		"DesksUntold":      {desksUntold, []any{"here", 0, 101}},
		"stepFacts":        {selectFacts, []any{"i", 1}},
		"NoteAttempt":      {noteAttempt, make([]any, 4)},
		"Begin":            {takeUpStep, make([]any, 21)},
		"Conclude, alone":  {selectAlone, []any{"mine"}},
		"the end":          {writeStepEnd, make([]any, 14)},
		"lockPerson":       {lockPerson, []any{"p"}},
		"lookBack":         {selectPast, make([]any, 8)},
		"Simulate":         {lookNew, new},
		"Simulate, next":   {lookNext, append(new, "action_wait")},
		"supposed facts":   {selectSupposed, make([]any, 8)},
		"supposed reach":   {supposedReach, make([]any, 8)},
		"names":            {countByName, make([]any, 4)},
		"looked up":        {lookedUpPeople, make([]any, 5)},
		"old issues":       {oldIssues, []any{1.0, 50}},
		"RemoveIssues":     {deleteIssues, []any{"ids"}},
	} {
		plan := w.genericPlan(statement.text, len(statement.args))
		for _, table := range large {
			require.NotRegexp(w.t, `Seq Scan on `+regexp.QuoteMeta(table)+`\b`, plan, what)
		}
	}
}

// genericPlan is how the server runs a prepared statement whatever its parameters are.
func (w *issueWorld) genericPlan(statement string, parameters int) string {
	w.t.Helper()
	tx, err := w.db.db.Beginx()
	require.NoError(w.t, err)
	defer tx.Rollback() //nolint:errcheck // it only looked
	_, err = tx.Exec(`SET LOCAL plan_cache_mode = force_generic_plan`)
	require.NoError(w.t, err)
	_, err = tx.Exec(`PREPARE planned AS ` + statement)
	require.NoError(w.t, err)
	var lines []string
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", parameters), ", ")
	require.NoError(w.t, tx.Select(&lines, `EXPLAIN EXECUTE planned (`+nulls+`)`))
	_, err = tx.Exec(`DEALLOCATE planned`)
	require.NoError(w.t, err)
	return strings.Join(lines, "\n")
}
