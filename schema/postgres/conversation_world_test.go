package postgres

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// talkWorld is an issueWorld in which fred can be written to by mail and on his laptop.
type talkWorld struct{ *issueWorld }

func newTalkWorld(t *testing.T) *talkWorld {
	t.Helper()
	w := &talkWorld{newIssueWorld(t)}
	w.exec(`
		INSERT INTO sn_pren_notification_channel (sys_id, name, type, audience)
		VALUES (md5('mail'), 'mail', 'email', 'person'), (md5('desktop'), 'desktop', 'desktop', 'person');
		INSERT INTO sn_pren_notification_content (sys_id, name, prompt, consent_text, translations)
		VALUES (md5('content'), 'content', 'May we help?', 'We would end it.', '{"de": {"prompt": "Dürfen wir helfen?"}, "fr-CA": {"prompt": "Peut-on aider?"}}');
		UPDATE sn_pren_issue_registry SET notification_content = md5('content');
		UPDATE sn_pren_resolution SET instructions = '{Look.}', translations = '{"de": {"instructions": ["Sehen Sie nach."]}, "de-CH": {"instructions": []}, "fr-CA": {"instructions": ["Regardez.", "Oui."]}}';
		UPDATE sys_user SET first_name = 'Fred', last_name = 'Luddy' WHERE user_name = 'fred.luddy'`)
	return w
}

// conversation is how a test begins one.
type conversation struct {
	code, mode, resolution string
	state                  schema.ConversationState
	consent, sensitive     bool
	until                  time.Duration
}

func withConsent(c *conversation)   { c.consent = true }
func sensitive(c *conversation)     { c.consent, c.sensitive = true, true }
func notifyOnly(c *conversation)    { c.mode, c.resolution = "notify_only", "self_help" }
func selfHelp(c *conversation)      { c.resolution = "self_help" }
func wantsIncident(c *conversation) { c.code, c.resolution = "400", "create_incident" }
func byFlow(c *conversation)        { c.code = "100" }
func waits(c *conversation)         { c.state = schema.ConversationWaiting }
func inCode(code string) func(*conversation) {
	return func(c *conversation) { c.code = code }
}

// talk gives an issue of fred's in progress, with a conversation as Begin leaves it: he is to be asked about a CI action.
func (w *talkWorld) talk(change ...func(*conversation)) (id string) {
	w.t.Helper()
	c := conversation{code: "300", mode: "engage", resolution: "remedial_action", state: schema.ConversationAsked, until: 8 * time.Hour}
	for _, do := range change {
		do(&c)
	}
	if c.mode == "notify_only" && c.state == schema.ConversationAsked {
		c.state = schema.ConversationTelling
	}
	id = w.submit(c.code, by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}))
	plan := schema.Plan{Step: 1, Conversation: true}
	_, err := w.db.Begin(w.t.Context(), id, 1, func(f schema.StepFacts) (schema.Decision, error) {
		if c.resolution == "remedial_action" {
			plan.Action = &schema.PlannedAction{Name: f.ActionName, Kind: f.Kind, Target: f.Target, Timeout: time.Minute,
				Attempts: f.Attempts, Idempotent: f.Idempotent, Deadline: time.Hour}
		}
		return schema.Decision{Plan: schema.Plan{Step: 1}, Parameters: json.RawMessage(`{"process_id": "10644"}`)}, nil
	})
	require.NoError(w.t, err)
	written, err := json.Marshal(plan)
	require.NoError(w.t, err)
	w.exec(`UPDATE sn_pren_experience_issue_step SET plan = $2 WHERE issue = $1`, w.issue(id).SysID, string(written))
	w.exec(`INSERT INTO sn_pren_conversation (sys_id, issue, step, "user", mode, resolution_type, state, consent, sensitive, contact_at, until, remind_at,
		                                      accept_seconds, consent_seconds, confirm_seconds, feedback_seconds, offer_for_seconds,
		                                      short_description, prompt, consent_text, translations, instructions, instruction_translations, url)
		    SELECT $1, $2, 1, md5('fred'), $3, $4, $5, $6::boolean, $7::boolean, now(), clock_timestamp() + make_interval(secs => $8::double precision),
		           CASE WHEN $5 = 'asked' THEN clock_timestamp() + make_interval(secs => $8::double precision / 2) END, 28800, 7200, 7200, 600, 3600,
		           r.short_description, coalesce(words.prompt, ''), coalesce(words.consent_text, ''), words.translations, res.instructions,
		           res.translations, res.url
		      FROM sn_pren_experience_issue_step s
		      JOIN sn_pren_issue_registry r                ON r.sys_id = s.registry
		      JOIN sn_pren_resolution res                  ON res.sys_id = s.resolution
		      LEFT JOIN sn_pren_notification_content words ON words.sys_id = r.notification_content
		     WHERE s.issue = $2`,
		schema.NewSysID(), w.issue(id).SysID, c.mode, c.resolution, c.state, c.consent, c.sensitive, c.until.Seconds())
	return id
}

// turn takes a turn of step 1.
func (w *talkWorld) turn(id string, heard ...schema.Heard) schema.Turn {
	w.t.Helper()
	turn, err := w.db.Turn(w.t.Context(), id, 1, append(heard, schema.Heard{})[0], wordCode)
	require.NoError(w.t, err)
	return turn
}

// wordCode words codes for the tests.
func wordCode(v schema.View, code string) schema.DesktopMessage {
	return schema.DesktopMessage{Title: v.Person, Text: code}
}

func over(turn schema.Turn) schema.Heard { return schema.Heard{Over: turn.Number} }

// asked gives an issue whose person has been asked by mail, and the token of the link in it.
func (w *talkWorld) asked(change ...func(*conversation)) (id string, token []byte) {
	w.t.Helper()
	id = w.talk(change...)
	turn := w.turn(id)
	require.Equal(w.t, schema.TurnWait, turn.Do)
	mail := value[string](w.issueWorld, `SELECT n.sys_id FROM sn_pren_notification n JOIN sn_pren_experience_issue i ON i.sys_id = n.issue
		WHERE i.experience_id = $1 AND n.channel = md5('mail')`, id)
	return id, w.delivered(mail)
}

// delivered lets a notification be delivered, and gives the hash of its token.
func (w *talkWorld) delivered(notification string) (token []byte) {
	w.t.Helper()
	token = schema.HashToken(schema.LinkToken([]byte("key"), notification))
	state, err := w.db.HandOver(w.t.Context(), notification, token)
	require.NoError(w.t, err)
	require.Equal(w.t, schema.NotificationPending, state)
	require.NoError(w.t, w.db.SettleNotification(w.t.Context(), notification, schema.NotificationDelivered, "The mail was taken."))
	return token
}

// says is a reply that must act.
func (w *talkWorld) says(token []byte, reply schema.Reply) schema.View {
	w.t.Helper()
	view, err := w.db.Reply(w.t.Context(), token, reply)
	require.NoError(w.t, err)
	return view
}

func (w *talkWorld) click(token []byte, kind schema.ReplyKind) schema.View {
	w.t.Helper()
	return w.says(token, schema.Reply{Step: 1, Kind: kind})
}

// state is the state of the only conversation of an issue.
func (w *talkWorld) state(id string) schema.ConversationState {
	w.t.Helper()
	return value[schema.ConversationState](w.issueWorld, `SELECT c.state FROM sn_pren_conversation c JOIN sn_pren_experience_issue i ON i.sys_id = c.issue
		WHERE i.experience_id = $1`, id)
}

// said are the events of an issue in order.
func (w *talkWorld) said(id string) (names []schema.EventName) {
	w.t.Helper()
	for _, e := range w.issue(id).Timeline {
		names = append(names, e.Event)
	}
	return names
}

func (w *talkWorld) jobs(purpose schema.JobPurpose) int {
	w.t.Helper()
	return value[int](w.issueWorld, `SELECT count(*) FROM ci_job WHERE purpose = $1`, purpose)
}

// timePasses lets the conversation's present deadline be over.
func (w *talkWorld) timePasses(id string) schema.Turn {
	w.t.Helper()
	return w.turn(id, over(w.turn(id)))
}

func (w *talkWorld) acted(id string, outcome schema.Outcome) schema.Turn {
	w.t.Helper()
	turn, err := w.db.Acted(w.t.Context(), id, outcome)
	require.NoError(w.t, err)
	return turn
}

func failed(step int) schema.Outcome {
	return schema.Outcome{Step: step, Result: &schema.ActionResult{Status: schema.ActionHasFailed}}
}

// fetch is what fred's laptop gets when it asks for a job.
func (w *talkWorld) fetch() *schema.Job {
	w.t.Helper()
	job, _, err := w.db.NextJob(w.t.Context(), md5("fred-laptop"), schema.AgentInfo{Version: "test", OS: "linux", Actions: []string{"end_process", schema.ShowMessage}})
	require.NoError(w.t, err)
	return job
}

// finish lets fred's laptop begin and finish a job.
func (w *talkWorld) finish(job *schema.Job, status schema.ActionStatus) {
	w.t.Helper()
	_, err := w.db.Heartbeat(w.t.Context(), md5("fred-laptop"), job.ID)
	require.NoError(w.t, err)
	require.NoError(w.t, w.db.FinishJob(w.t.Context(), md5("fred-laptop"), job.ID, schema.ActionResult{Status: status}))
}

func (w *talkWorld) finishAction(status schema.ActionStatus) {
	w.t.Helper()
	job := w.fetch()
	require.Equal(w.t, "end_process", job.Action)
	w.finish(job, status)
}

// messageOn is the newest notification on a channel.
func (w *talkWorld) messageOn(channel string) string {
	w.t.Helper()
	return value[string](w.issueWorld, `SELECT sys_id FROM sn_pren_notification WHERE channel = md5($1) ORDER BY turn DESC LIMIT 1`, channel)
}

// inbox are the kinds of an issue's messages in order.
func (w *talkWorld) inbox(id string) (kinds []string) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Select(&kinds, `SELECT kind FROM sn_pren_experience_issue_inbox WHERE issue = $1 ORDER BY seq`, w.issue(id).SysID))
	return kinds
}
