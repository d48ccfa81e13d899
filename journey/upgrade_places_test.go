package journey

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"
)

// place is where one issue waits while versions are replaced. The functions are given its experience_id.
type place struct {
	person string // whose issue waits there
	code   string
	zone   string         // the person's time zone
	with   map[string]any // more of the report
	late   bool           // it is reported when there is no worker
	ends   string         // state and reason

	prepare func()          // before the report
	waits   func(id string) // the old version brings it there; nil: it is there as soon as it is reported
	unheard func(id string) // what is said when there is no worker
	goesOn  func(id string) // what it waits for; nil: that comes by itself
	after   func(id string) // what else must be so at the end

	id string // experience_id
}

// places are all places. A third of them goes on under the new worker, a third under the old one again, the rest at the end.
func (u *upgrade) places() []*place {
	var all []*place
	for _, some := range [][]*place{u.unheardPlaces(), u.actionPlaces(), u.devicePlaces(), u.talkPlaces(), u.talkPlacesThatGoOnAlone(), u.lostPlaces()} {
		all = append(all, some...)
	}
	return all
}

const (
	silently = "closed_complete resolved_silently"
	byUser   = "closed_complete resolved_by_user"
	declined = "closed_incomplete declined"
)

func (p *place) report() string { return report(p.code, p.person, p.with) }

// everybody is a catalogue of the places' people, each with a computer, and of those who pass by.
func everybody(places []*place) string {
	var users, computers strings.Builder
	for _, p := range places {
		zone := p.zone
		if zone == "" {
			zone = "UTC"
		}
		fmt.Fprintf(&users, "  - {user_name: %s, time_zone: %s}\n", p.person, zone)
		fmt.Fprintf(&computers, "  - {sys_id: %s, name: computer-of-%s, assigned_to: %s}\n", computerOf(p.person), p.person, p.person)
	}
	for i := range passing {
		fmt.Fprintf(&users, "  - {user_name: %s}\n", passerBy(i))
	}
	return "users:\n" + users.String() + "computers:\n" + computers.String()
}

// unheardPlaces are rows of the inbox that nobody has delivered.
func (u *upgrade) unheardPlaces() []*place {
	waits := func(id string) { u.becomes(id, "action_wait") }
	return []*place{
		{person: "reported", code: "quick", late: true, ends: silently},
		{person: "chained", code: "wait", ends: silently, waits: waits, unheard: func(id string) { u.chains("chained", id) }},
		{person: "cancelled", code: "wait", ends: "closed_cancelled cancelled", waits: waits, unheard: u.cancels},
		{person: "consents", code: "ask", ends: byUser, waits: u.isAsked, unheard: u.agrees, goesOn: u.isGlad},
	}
}

// actionPlaces are those of flow actions, subflows and action_wait.
func (u *upgrade) actionPlaces() []*place {
	underway := func(hook *hook) func(id string) {
		return func(id string) { u.calls(hook, id) }
	}
	waits := func(id string) { u.becomes(id, "action_wait") }
	return []*place{
		{person: "waits", code: "wait", ends: silently, waits: waits, goesOn: func(id string) { u.chains("waits", id) }},
		{person: "waits.briefly", code: "wait-briefly", ends: "closed_incomplete action_wait_expired", waits: waits},
		{person: "waits.in.vain", code: "wait", ends: "closed_cancelled cancelled", waits: waits, goesOn: u.cancels},
		{person: "held", code: "slow", ends: silently, waits: underway(u.slow)},
		{person: "held.once", code: "slow-once", ends: "closed_incomplete outcome_unknown", waits: underway(u.slow),
			after: func(id string) { require.Len(u.t, u.slow.about(id), 1, "it is not sent again") }},
		{person: "tried.again", code: "troubled", ends: silently, waits: underway(u.troubled), goesOn: func(string) { u.troubled.answers(http.StatusNoContent) }},
		{person: "desk", code: "desk", ends: silently, waits: u.desk.has, goesOn: u.desk.answers},
		{person: "desk.flow", code: "desk-flow", ends: silently, waits: u.desk.runs, goesOn: u.desk.ends},
		{person: "desk.later", code: "desk-later", ends: silently, waits: func(id string) { u.becomes(id, "in_progress") }, goesOn: func(string) { u.desk.listens("later") }},
	}
}

// devicePlaces are those of jobs.
func (u *upgrade) devicePlaces() []*place {
	offline, nowhere := u.computer("offline"), u.computer("nowhere")
	begun, restarted, finished := u.computer("begun"), u.computer("restarted"), u.computer("finished")
	ends := func(c *computer) func(id string) { return func(string) { c.victim.kill() } }
	return []*place{
		{person: "offline", code: "process", with: offline.report(), ends: silently, prepare: offline.isEnrolled, waits: u.isOffered,
			goesOn: func(string) { offline.asks(u.current) }},
		{person: "begun", code: "process", with: begun.report(), ends: silently, prepare: begun.isPatient, waits: u.isBegun, goesOn: ends(begun)},
		{person: "restarted", code: "process", with: restarted.report(), ends: silently, prepare: restarted.isEnrolled, waits: func(id string) {
			restarted.isPatient() // no earlier, as its minute passes
			u.isBegun(id)
		},
			unheard: func(id string) { // well within the minute
				restarted.agent.kill()
				restarted.asks(u.current)
				u.until(id, "begun again", func(i issue) bool { return i.times("job_begun") == 2 })
			}, goesOn: ends(restarted)},
		{person: "finished", code: "process", with: finished.report(), ends: silently, prepare: finished.isPatient, waits: u.isBegun,
			unheard: func(id string) {
				finished.victim.kill()
				u.until(id, "finished", func(i issue) bool { return i.has("job_finished") })
			}},
		{person: "nowhere", code: "process-soon", with: nowhere.report(), ends: "closed_incomplete no_device", prepare: nowhere.isEnrolled, waits: u.isOffered},
	}
}

// talkPlaces are questions that wait for a person.
func (u *upgrade) talkPlaces() []*place {
	coded := u.computer("coded")
	return []*place{
		{person: "asked", code: "ask", ends: byUser, waits: u.isAsked, goesOn: func(id string) { u.agrees(id); u.isGlad(id) }},
		{person: "put.off", code: "ask", ends: byUser, waits: func(id string) {
			u.person(id).says("not_now", "later=30m")
			u.stands(id, "put_off")
		}, goesOn: func(id string) { u.agrees(id); u.isGlad(id) }},
		{person: "consent", code: "ask", ends: declined, waits: func(id string) {
			u.person(id).says("accept")
			u.stands(id, "consent")
		}, goesOn: func(id string) { u.person(id).says("refuse") }},
		{person: "coded", code: "ask-code", with: coded.report(), ends: byUser, prepare: coded.showsMessages, waits: func(id string) {
			u.person(id).says("accept")
			coded.screen.shows(`\b\d{6}\b`)
		}, goesOn: func(id string) {
			u.person(id).says("consent", "code="+coded.screen.shows(`\b\d{6}\b`))
			u.isGlad(id)
		}},
		{person: "confirm", code: "ask", ends: "closed_incomplete unresolved_by_user", waits: u.isHelped, goesOn: func(id string) { u.person(id).says("not_helped") }},
		{person: "feedback", code: "ask", ends: byUser, waits: func(id string) {
			u.isHelped(id)
			u.person(id).says("helped")
		}, goesOn: func(id string) { u.person(id).says("feedback", "rating=4") }},
	}
}

// talkPlacesThatGoOnAlone are those of messages, deadlines and what was agreed to.
func (u *upgrade) talkPlacesThatGoOnAlone() []*place {
	return []*place{
		{person: "over.budget", code: "ask", ends: "closed_cancelled cancelled",
			prepare: func() {
				u.ends(u.accepted(u.posts(report("tell", "over.budget", nil))), "closed_complete", "notification_sent")
			}, waits: func(id string) { u.stands(id, "waiting") }, goesOn: u.cancels},
		{person: "agreed", code: "ask-slow", ends: byUser, waits: func(id string) {
			u.agrees(id)
			u.calls(u.slow, id)
		}, goesOn: u.isGlad},
		{person: "silent", code: "ask-briefly", ends: "closed_incomplete no_response", waits: u.isAsked},
		{person: "live", code: "live", ends: "closed_incomplete unresolved_by_user", waits: func(id string) {
			u.person(id).says("accept")
			u.person(id).says("not_helped")
			u.calls(u.troubled, id)
		}, goesOn: func(string) { u.troubled.answers(http.StatusNoContent) }, after: func(id string) {
			u.completes(id + "/desk")
			require.Equal(u.t, "delivered", u.value(`
				SELECT n.state FROM sn_pren_notification n JOIN sn_pren_experience_issue i ON i.sys_id = n.issue
				 WHERE i.experience_id = $1 AND n.occasion = 'desk'`, id))
		}},
		{person: "told", code: "tell-slowly", ends: "closed_complete notification_sent", waits: func(id string) { u.calls(u.slow, id) }},
		{person: "sleeps", code: "ask", zone: "Asia/Kolkata", ends: declined, prepare: u.itIsNightInKolkata,
			waits: func(id string) { u.stands(id, "waiting") }, goesOn: func(id string) { u.person(id).says("decline") }},
	}
}

// lostPlaces are what the janitor has to put right.
func (u *upgrade) lostPlaces() []*place {
	return []*place{
		{person: "requeued", code: "quick", late: true, ends: silently, unheard: u.losesItsMessage, after: func(id string) {
			require.True(u.t, u.shows(id).has("requeued"))
		}},
		{person: "terminated", code: "wait", ends: "closed_incomplete engine_lost", waits: func(id string) { u.becomes(id, "action_wait") }, unheard: u.terminates},
	}
}
