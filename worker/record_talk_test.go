package worker

import (
	enumspb "go.temporal.io/api/enums/v1"

	"proactive/schema"
)

// people is how the scenes' people are reached: by a webhook that arrives, one that is refused, and the desk's.
const people = `notification_contents: [{name: help, prompt: "May we help?", consent_text: We would do it.}]
notification_channels:
  - {name: reached, type: webhook, url: "HOOK/200", secret: {$secret: SCENES}, attempts: 1}
  - {name: refused, type: webhook, url: "HOOK/404", secret: {$secret: SCENES}, attempts: 1}
  - {name: desk, type: webhook, audience: desk, url: "HOOK/200", secret: {$secret: SCENES}, attempts: 1}
user_criteria: [{name: excluded, users: [excluded_by_criteria]}]
`

const (
	engages  = ", engagement: engage, notification_content: help, channels: [reached]"
	consents = engages + ", consent: true"
	notifies = ", engagement: notify_only, notification_content: help, channels: "
)

var (
	accepts  = schema.Reply{Step: 1, Kind: schema.ReplyAccept}
	declines = schema.Reply{Step: 1, Kind: schema.ReplyDecline}
	notNow   = schema.Reply{Step: 1, Kind: schema.ReplyNotNow, Later: schema.InHalfAnHour}
	agrees   = schema.Reply{Step: 1, Kind: schema.ReplyConsent}
	refuses  = schema.Reply{Step: 1, Kind: schema.ReplyRefuse}
	helped   = schema.Reply{Step: 1, Kind: schema.ReplyHelped}
	didNot   = schema.Reply{Step: 1, Kind: schema.ReplyNotHelped, Comment: "It is as slow as before."}
	fiveOf   = schema.Reply{Step: 1, Kind: schema.ReplyFeedback, Rating: 5}
)

func talkScenes() []scene {
	act, ok := request, asks("200")
	return []scene{
		{name: "accepted_consented_helped", action: act, resolution: ok, engages: consents, happens: says(accepts, agrees, helped, fiveOf)},
		{name: "accepted_and_the_device_acts", action: device, resolution: "parameters: {}", engages: engages, prepare: enroll, happens: inTurn(says(accepts), jobEnds(schema.ActionSucceeded), says(helped, fiveOf))},
		{name: "accepted_and_the_device_fails", action: device, resolution: "parameters: {}", engages: engages, prepare: enroll, happens: inTurn(says(accepts), jobEnds(schema.ActionHasFailed))},
		{name: "accepted_self_help", selfHelp: true, engages: engages, happens: says(accepts, helped, fiveOf)},
		{name: "accepted_incident", engages: consents, happens: says(accepts, agrees)},
		{name: "accepted_and_the_action_fails", action: act, resolution: asks("404"), engages: engages, happens: says(accepts)},
		{name: "accepted_then_action_wait_then_chained", action: act, resolution: ok + thenWait, engages: engages, happens: inTurn(says(accepts), func(r *recorder, id string) {
			r.becomes(id, schema.ActionWait)
			r.chain(id)
		})},
		{name: "declined", action: act, resolution: ok, engages: consents, happens: says(declines)},
		{name: "consent_refused", action: act, resolution: ok, engages: consents, happens: says(accepts, refuses)},
		{name: "did_not_help", selfHelp: true, engages: engages, happens: says(accepts, didNot)},
		{name: "not_now_then_accepted_early", selfHelp: true, engages: engages, happens: says(notNow, accepts, helped, fiveOf)},
		{name: "not_now_then_asked_again", selfHelp: true, engages: engages, prepare: untilSoon(schema.ConversationPutOff),
			happens: inTurn(says(notNow), stands(schema.ConversationAsked), says(declines))},
		{name: "nobody_accepts", selfHelp: true, engages: engages + ", accept_within: 2s"},
		{name: "nobody_consents", action: act, resolution: ok, engages: consents + ", consent_within: 2s", happens: says(accepts)},
		{name: "nobody_says_whether_it_helped", selfHelp: true, engages: engages + ", confirm_within: 2s", happens: says(accepts)},
		{name: "no_feedback", selfHelp: true, engages: engages, happens: says(accepts, helped), prepare: untilSoon(schema.ConversationFeedback)},
	}
}

func untoldScenes() []scene {
	return []scene{
		{name: "excluded_by_criteria", selfHelp: true, engages: engages + ", exclude: [excluded]"},
		{name: "told_later", selfHelp: true, engages: engages, happens: says(declines), prepare: func(r *recorder, s *scene) {
			s.before = on("Turn", 1, func() {
				r.exec(`UPDATE sn_pren_conversation SET state = 'waiting', until = now() + interval '2 seconds', remind_at = NULL
				         WHERE issue = (SELECT sys_id FROM sn_pren_experience_issue WHERE experience_id = $1)`, s.name)
			})
		}},
		{name: "notified", selfHelp: true, engages: notifies + "[reached]"},
		{name: "nobody_could_be_notified", selfHelp: true, engages: notifies + "[refused]"},
		{name: "nobody_could_be_asked", selfHelp: true, engages: ", engagement: engage, notification_content: help, channels: [refused]"},
		{name: "live_agent_wanted", selfHelp: true, engages: engages + ", fallback: live_agent", happens: says(declines), desk: true},
		{name: "one_channel_is_down", selfHelp: true, engages: ", engagement: engage, notification_content: help, channels: [reached, refused]", happens: says(declines)},
	}
}

func calledOffTalkScenes() []scene {
	whileAsked := func(cancel func(*recorder, string)) func(*recorder, string) {
		return func(r *recorder, id string) {
			r.stands(id, schema.ConversationAsked)
			r.delivered(id)
			cancel(r, id)
		}
	}
	return []scene{
		{name: "cancelled_while_asked", selfHelp: true, engages: engages, happens: whileAsked((*recorder).cancel)},
		{name: "cancelled_in_the_ui_while_asked", selfHelp: true, engages: engages, happens: whileAsked((*recorder).cancelRun)},
		{name: "cancelled_while_what_was_agreed_runs", action: desk + "1h", resolution: does("hang"), engages: engages,
			happens: inTurn(says(accepts), func(r *recorder, id string) {
				r.history(scene{name: id, waitsAfter: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, times: 2})
				r.cancel(id)
			})},
	}
}

func openTalkScenes() []scene {
	const timer = enumspb.EVENT_TYPE_TIMER_STARTED
	return []scene{
		{name: "open_asked", selfHelp: true, engages: engages, happens: (*recorder).delivered, waitsAfter: enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED},
		{name: "open_put_off", selfHelp: true, engages: engages, happens: says(notNow), waitsAfter: timer, times: 2},
		{name: "open_waiting_for_consent", action: request, resolution: asks("200"), engages: consents, happens: says(accepts), waitsAfter: timer, times: 2},
		{name: "open_running_what_was_agreed", action: desk + "1h", resolution: does("hang"), engages: engages, happens: says(accepts), waitsAfter: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, times: 2},
		{name: "open_waiting_to_hear_whether_it_helped", selfHelp: true, engages: engages, happens: says(accepts), waitsAfter: timer, times: 2},
		{name: "open_waiting_for_feedback", selfHelp: true, engages: engages, happens: says(accepts, helped), waitsAfter: timer, times: 3},
		{name: "open_to_be_told_later", selfHelp: true, engages: engages, waitsAfter: timer, prepare: func(r *recorder, s *scene) {
			s.before = on("Turn", 1, func() {
				r.exec(`UPDATE sn_pren_conversation SET state = 'waiting', until = now() + interval '9 hours', remind_at = NULL
				         WHERE issue = (SELECT sys_id FROM sn_pren_experience_issue WHERE experience_id = $1)`, s.name)
			})
		}},
	}
}

// inTurn lets one thing happen after the other.
func inTurn(deeds ...func(*recorder, string)) func(*recorder, string) {
	return func(r *recorder, id string) {
		for _, deed := range deeds {
			deed(r, id)
		}
	}
}

// says lets the scene's person answer one question after the other, each when it is asked and the run has heard the one before.
func says(replies ...schema.Reply) func(*recorder, string) {
	return func(r *recorder, id string) {
		r.delivered(id)
		for _, reply := range replies {
			r.eventually("the person can say "+string(reply.Kind), func() bool {
				_, err := r.db.Reply(r.t.Context(), r.token(id), reply)
				return err == nil
			})
			r.hears(id)
		}
	}
}

// hears waits until the run has done all that follows from what was said, and waits itself.
func (r *recorder) hears(id string) {
	r.t.Helper()
	r.eventually("the run of "+id+" has heard", func() bool {
		events := r.world.history(id)
		last := events[len(events)-1].GetEventType()
		return r.one(`SELECT count(*) FROM sn_pren_experience_issue_inbox m JOIN sn_pren_experience_issue i ON i.sys_id = m.issue
		               WHERE i.experience_id = $1`, id) == "0" &&
			last != enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED && last != enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED &&
			last != enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED
	})
}

// delivered waits until the person has a message.
func (r *recorder) delivered(id string) {
	r.t.Helper()
	r.eventually("the person of "+id+" has a message", func() bool {
		return r.one(`SELECT count(*) FROM sn_pren_notification n JOIN sn_pren_experience_issue i ON i.sys_id = n.issue
		               WHERE i.experience_id = $1 AND n.state = 'delivered'`, id) != "0"
	})
}

// token is what the person's link is looked up by.
func (r *recorder) token(id string) []byte {
	r.t.Helper()
	notification := r.one(`SELECT min(n.sys_id) FROM sn_pren_notification n JOIN sn_pren_experience_issue i ON i.sys_id = n.issue
	                        WHERE i.experience_id = $1 AND n.state = 'delivered'`, id)
	return schema.HashToken(schema.LinkToken(linkKey, notification))
}

// stands waits until the conversation of an issue is in a state.
func stands(state schema.ConversationState) func(*recorder, string) {
	return func(r *recorder, id string) { r.stands(id, state) }
}

func (r *recorder) stands(id string, state schema.ConversationState) {
	r.t.Helper()
	r.eventually("the conversation of "+id+" is "+string(state), func() bool {
		return r.one(`SELECT coalesce(max(c.state), '') FROM sn_pren_conversation c JOIN sn_pren_experience_issue i ON i.sys_id = c.issue
		               WHERE i.experience_id = $1`, id) == string(state)
	})
}

// untilSoon lets the time of a state be up in two seconds, when the run looks at it.
func untilSoon(state schema.ConversationState) func(*recorder, *scene) {
	return func(r *recorder, s *scene) {
		s.before = func(move string) error {
			if move == "Turn" {
				r.exec(`UPDATE sn_pren_conversation SET until = now() + interval '2 seconds'
				         WHERE issue = (SELECT sys_id FROM sn_pren_experience_issue WHERE experience_id = $1)
				           AND state = $2 AND until > now() + interval '2 seconds'`, s.name, string(state))
			}
			return nil
		}
	}
}
