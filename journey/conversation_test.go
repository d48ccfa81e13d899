package journey

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
)

// A person is asked, agrees, is helped, and says so.
func TestAPersonAgreesAndIsHelped(t *testing.T) {
	t.Parallel()
	w := newTalkWorld(t, noMail)
	w.serveAndRun()
	id := w.reports("ask")
	p := w.person(id)
	require.Contains(t, p.opens().Text, "Your computer is busy. May we help?")
	require.Contains(t, p.says("accept").Text, "Unsaved work in it is lost.")
	require.Empty(t, w.actions(id), "nothing was done before the person consented")
	p.says("consent")
	p.says("helped")
	p.says("feedback", "rating=5", "comment=Thank you.")
	ended := w.ends(id, "closed_complete", "resolved_by_user")
	require.Nil(t, ended.Incident)
	require.Equal(t, "5", w.conversation(id, "rating"))
	require.Contains(t, p.opens().Text, "<h1", "the link can still be read")
	w.completes(id)
}

// What a person declines, or does not answer, is not done: the fallback tells the conversation.
func TestWhatIsNotAgreedToIsNotDone(t *testing.T) {
	t.Parallel()
	w := newTalkWorld(t, noMail)
	w.serveAndRun()
	for name, c := range map[string]struct {
		code    string
		says    []string
		reason  string
		in      string // the work notes
		stopped bool   // before anything was done
	}{
		"declines":           {"ask", []string{"decline"}, "declined", "The person declines help.", true},
		"is not the owner":   {"ask", []string{"not_mine"}, "declined", "not their computer", true},
		"does not consent":   {"ask", []string{"accept", "refuse"}, "declined", "does not consent", true},
		"does not answer":    {"ask-briefly", nil, "no_response", "asked", true},
		"lets consent pass":  {"consent-briefly", []string{"accept"}, "no_response", "accepts help", true},
		"says nothing after": {"confirm-briefly", []string{"accept", "consent"}, "no_response", "consents", false},
		"was not helped":     {"show", []string{"accept", "not_helped"}, "unresolved_by_user", "It is as slow as before.", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			id := w.reports(c.code)
			p := w.person(id)
			early := p.opens()
			for _, reply := range c.says {
				p.says(reply, "comment=It is as slow as before.")
			}
			w.ends(id, "closed_incomplete", c.reason)
			require.Contains(t, w.workNotes(id), c.in)
			if c.stopped {
				require.Empty(t, w.actions(id), "the action was not run")
			}
			require.Equal(t, http.StatusConflict, p.answers(early, "accept").Status, "late answers do not act")
		})
	}
}

// The base library speaks German to whoever reads German, from the first message to the last step; what was foretold is what they get.
func TestTheLibraryShowsItsStepsInThePersonsLanguage(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, takes)
	w := newTalkWorld(t, server.port)
	run(t, w.env(), "users: [{user_name: greta, first_name: Greta, email: greta@example.com, preferred_language: de-AT}]", "apply", "--yes", "-f", "-")
	run(t, w.env(), "", "apply", "--yes", "--library", "low-disk-space", "reboot-due", "--deploy", "--provider", "sn")
	w.serveAndRun()

	id := w.accepted(w.posts(report("low-disk-space", "greta", nil)))
	p := w.person(id)
	require.Contains(t, p.opens().Text, "Sollen wir Ihnen zeigen, wie es geht?")
	p.says("accept")
	run(t, w.env(), "resolutions: [{name: library-low-disk-space, type: self_help, instructions: [Changed.], translations: {de: {instructions: [Anders.]}}}]", "apply", "--yes", "-f", "-")
	shown := p.opens().Text
	require.Contains(t, shown, "Sehen Sie Ihren Ordner „Downloads“ durch, und löschen Sie, was Sie nicht mehr brauchen.")
	require.NotContains(t, shown, "Downloads folder")
	require.NotContains(t, shown, "Anders.")
	p.says("helped")
	p.says("feedback")
	w.ends(id, "closed_complete", "resolved_by_user")

	foretold := run(t, w.clientEnv(), "", "issue", "explain", "--provider", "sn", "--issue-code", "reboot-due", "--user-name", "greta")
	require.Contains(t, foretold, "Wählen Sie „Neu starten“.")
	told := w.accepted(w.posts(report("reboot-due", "greta", nil)))
	w.ends(told, "closed_complete", "notification_sent")
	w.person(told)
	require.Contains(t, w.messages(told)[0].Data.Instructions, "Wählen Sie „Neu starten“.")
	eventually(t, "the steps are mailed", func() bool {
		_, mails := server.seen()
		return strings.Contains(strings.ReplaceAll(strings.Join(mails, ""), "=\n", ""), "Lassen Sie Ihren Computer am Netzteil")
	})
}

// Declined or expired: there never was a job, so no device can have had it.
func TestWithoutConsentNothingReachesTheDevice(t *testing.T) {
	t.Parallel()
	w := newTalkWorld(t, noMail)
	w.serveAndRun()
	victim := sleeper(t)
	d := w.enrolls(abelsLaptop)
	d.allows("1s", victim)
	agent := d.agent()
	id := w.accepted(w.posts(onProcess("ask-device", victim.pid(), nil)))
	p := w.person(id)
	p.says("accept")
	p.says("refuse")
	w.ends(id, "closed_incomplete", "declined")
	require.Equal(t, "0", w.value(`SELECT count(*) FROM ci_job`))
	require.True(t, victim.alive())
	require.NotContains(t, agent.out.String(), id)

	agreed := w.accepted(w.posts(onProcess("ask-device", victim.pid(), nil)))
	q := w.person(agreed)
	q.says("accept")
	q.says("consent")
	victim.ends()
	q.says("helped")
	q.says("feedback")
	w.ends(agreed, "closed_complete", "resolved_by_user")
}

// Of two who click at once, one wins, and both pages tell the same.
func TestOfTwoClicksAtOnceOneWins(t *testing.T) {
	t.Parallel()
	w := newTalkWorld(t, noMail)
	w.serveAndRun()
	for range 20 {
		id := w.reports("ask")
		p := w.person(id)
		now := p.opens()
		var pages [2]page
		var both sync.WaitGroup
		for i, reply := range []string{"accept", "decline"} {
			both.Go(func() { pages[i] = p.answers(now, reply) })
		}
		both.Wait()
		accepted := pages[0].Status == http.StatusOK
		require.NotEqual(t, accepted, pages[1].Status == http.StatusOK, "%d and %d", pages[0].Status, pages[1].Status)
		if accepted {
			for _, shown := range append(pages[:], p.opens()) {
				require.True(t, shown.asks("consent"), shown.Text)
			}
			p.says("refuse")
		}
		w.ends(id, "closed_incomplete", "declined")
		require.NotEqual(t, accepted, w.shows(id).has("declined"), "%+v", w.shows(id).Timeline)
	}
}

// A click while Temporal is away is kept, and acted on when it is back.
func TestAClickWithoutTemporalIsKept(t *testing.T) {
	t.Parallel()
	temporal := stacktest.OwnTemporal(t)
	w := newTalkWorld(t, noMail)
	w.temporal, w.namespace = temporal.Address(), "away"
	require.NoError(t, temporal.CreateNamespace(t.Context(), w.namespace, searchAttributes()))
	w.serveAndRun()
	id := w.reports("ask")
	p := w.person(id)
	p.opens()
	temporal.Kill()
	p.says("accept")
	p.says("consent")
	require.Equal(t, "ready", w.conversation(id, "state"))
	require.NoError(t, temporal.Start(t.Context()))
	p.says("helped")
	p.says("feedback", "rating=4")
	w.ends(id, "closed_complete", "resolved_by_user")
}

// Mail scanners open links, and some click on everything that they can GET.
func TestReadingALinkAThousandTimesChangesNothing(t *testing.T) {
	t.Parallel()
	w := newTalkWorld(t, noMail)
	w.serveAndRun()
	id := w.reports("ask")
	p := w.person(id)
	w.stands(id, "asked")
	eventually(t, "all that follows from the report is written down", func() bool {
		return w.shows(id).has("notification_sent") && w.value(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0"
	})
	before := w.everything()
	for i := range 1000 {
		more := []string{"", "?reply=accept", "?reply=decline&csrf=x", "?reply=not_mine"}[i%4]
		response, err := browserless.Get(p.link + more)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.reads(response).Status)
	}
	require.Equal(t, before, w.everything())
}

// everything is a fingerprint of all that a click could change.
func (w *world) everything() string {
	w.t.Helper()
	return w.value(`
		SELECT md5(concat(
		  (SELECT json_agg(i ORDER BY sys_id) FROM sn_pren_experience_issue i), (SELECT json_agg(c ORDER BY sys_id) FROM sn_pren_conversation c),
		  (SELECT json_agg(e ORDER BY issue, number) FROM sn_pren_experience_issue_event e), (SELECT json_agg(n ORDER BY sys_id) FROM sn_pren_notification n),
		  (SELECT count(*) FROM sn_pren_experience_issue_inbox), (SELECT count(*) FROM incident), (SELECT count(*) FROM ci_job)))`)
}

// When the person wants somebody to talk to, the service desk is told, and the page says so.
func TestALiveAgentIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newTalkWorld(t, noMail)
	w.serveAndRun()
	id := w.reports("live")
	p := w.person(id)
	p.says("accept")
	p.says("not_helped", "comment=Please call me.")
	w.ends(id, "closed_incomplete", "unresolved_by_user")
	eventually(t, "the desk is told", func() bool {
		for _, m := range w.messages(id) {
			if m.Data.Occasion == "desk" {
				require.Empty(t, m.Data.Link, "the link is the person's alone")
				return true
			}
		}
		return false
	})
	number := w.value(`SELECT number FROM interaction WHERE correlation_id = $1 AND work_notes LIKE '%Please call me.%'`, id)
	require.Contains(t, p.opens().Text, number)
	require.Equal(t, "0", w.incidents(id))
}
