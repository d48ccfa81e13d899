package postgres

import (
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"proactive/registry/decide"
	"proactive/schema"
)

// gateWorld is an issueWorld whose code 100 engages with an action and consent, 300 with a CI action, 400 with an incident, 600 with
// steps to read, and 700 only tells them.
type gateWorld struct{ *issueWorld }

func newGateWorld(t *testing.T) gateWorld {
	t.Helper()
	w := gateWorld{newIssueWorld(t)}
	w.exec(`UPDATE sn_reacf_remedial_action SET sensitive = true WHERE name = 'end'`)
	w.exec(`UPDATE sn_pren_issue_registry SET engagement = 'engage', consent = true WHERE issue_code IN ('100', '300', '400')`)
	w.exec(`INSERT INTO sn_pren_resolution (sys_id, name, type, instructions) VALUES (md5('r steps'), 'steps', 'self_help', '{Look.}')`)
	w.codes("engage", "600")
	w.codes("notify_only", "700")
	return w
}

// codes adds registry rows of provider sn that help with steps to read.
func (w gateWorld) codes(engagement string, codes ...string) {
	w.t.Helper()
	w.exec(`
		WITH template AS (
		  INSERT INTO sn_pren_issue_registry_template (sys_id, provider, issue_code, resolution, engagement)
		  SELECT md5('t sn' || code), md5('sn'), code, md5('r steps'), $1 FROM unnest($2::text[]) AS code
		  RETURNING sys_id, provider, issue_code, resolution, engagement)
		INSERT INTO sn_pren_issue_registry (sys_id, provider, issue_code, resolution, engagement, template)
		SELECT md5('g' || sys_id), provider, issue_code, resolution, engagement, sys_id FROM template`, engagement, pq.Array(codes))
}

func (w gateWorld) set(property, value string) {
	w.t.Helper()
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, property, value)
}

// limit gives a code a user limit of its own.
func (w gateWorld) limit(code string, steps int, window time.Duration) {
	w.t.Helper()
	w.exec(`UPDATE sn_pren_issue_registry SET user_limit = $2, user_limit_window_seconds = $3 WHERE issue_code = $1`, code, steps, seconds(window))
}

// begins takes up a step as the engine does.
func (w gateWorld) begins(id string, step int) schema.Plan {
	w.t.Helper()
	plan, err := w.db.Begin(w.t.Context(), id, step, decide.Step)
	require.NoError(w.t, err)
	return plan
}

// reports is a report that is taken up; it is fred's, from his laptop.
func (w gateWorld) reports(code string, change ...func(*schema.Report)) (id string, plan schema.Plan) {
	w.t.Helper()
	onLaptop := by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")})
	id = w.submit(code, append([]func(*schema.Report){onLaptop}, change...)...)
	return id, w.begins(id, w.issue(id).Step)
}

// ends concludes an issue's step, as its plan says or with the reason given.
func (w gateWorld) ends(id string, plan schema.Plan, reason schema.EndReason) schema.Verdict {
	w.t.Helper()
	if plan.Conclude != "" {
		reason = plan.Conclude
	}
	return w.conclude(id, schema.Outcome{Step: plan.Step, Reason: reason})
}

// helped is an issue that has ended well.
func (w gateWorld) helped(code string, change ...func(*schema.Report)) (id string) {
	w.t.Helper()
	id, plan := w.reports(code, change...)
	require.Empty(w.t, plan.Conclude)
	w.ends(id, plan, schema.ResolvedByUser)
	return id
}

// skipped is a report that is taken and then left alone; detail is what the timeline says at its end.
func (w gateWorld) skipped(reason schema.EndReason, code string, change ...func(*schema.Report)) (detail string) {
	w.t.Helper()
	id, plan := w.reports(code, change...)
	require.Equal(w.t, schema.Plan{Step: plan.Step, Conclude: reason}, plan)
	require.Equal(w.t, schema.Verdict{Step: plan.Step, State: schema.ClosedSkipped, EndReason: reason}, w.ends(id, plan, ""))
	timeline := w.issue(id).Timeline
	return timeline[len(timeline)-1].Detail
}

// past lets everything that has happened so far have happened earlier.
func (w gateWorld) past(d time.Duration) {
	w.t.Helper()
	w.exec(`UPDATE sn_pren_experience_issue SET closed_on = closed_on - make_interval(secs => $1)`, d.Seconds())
	w.exec(`UPDATE sn_pren_experience_issue_step SET begun_on = begun_on - make_interval(secs => $1)`, d.Seconds())
	w.exec(`UPDATE sn_pren_conversation SET contact_at = contact_at - make_interval(secs => $1)`, d.Seconds())
}

// writtenConversation is the conversation about one step.
type writtenConversation struct {
	State     schema.ConversationState `db:"state"`
	Turn      int                      `db:"turn"`
	Mode      schema.Engagement        `db:"mode"`
	Type      schema.ResolutionType    `db:"resolution_type"`
	Consent   bool                     `db:"consent"`
	Sensitive bool                     `db:"sensitive"`
	ContactAt time.Time                `db:"contact_at"`
	Until     time.Time                `db:"until"`
	RemindAt  *time.Time               `db:"remind_at"`
	Accept    int                      `db:"accept_seconds"`
	ConsentIn int                      `db:"consent_seconds"`
	Confirm   int                      `db:"confirm_seconds"`
	Feedback  int                      `db:"feedback_seconds"`
	OfferFor  int                      `db:"offer_for_seconds"`
}

func (w gateWorld) conversation(id string, step int) (row writtenConversation) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Get(&row, `
		SELECT c.state, c.turn, c.mode, c.resolution_type, c.consent, c.sensitive, c.contact_at, c.until, c.remind_at,
		       c.accept_seconds, c.consent_seconds, c.confirm_seconds, c.feedback_seconds, c.offer_for_seconds
		  FROM sn_pren_conversation c JOIN sn_pren_experience_issue i ON i.sys_id = c.issue
		 WHERE i.experience_id = $1 AND c.step = $2 AND c."user" = i."user"`, id, step))
	return row
}
