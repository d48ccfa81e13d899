package journey

import (
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const plantedWords = `
users: [{user_name: planted.person, first_name: Plantedfirst, email: planted.address@example.com, preferred_language: de}]
notification_contents: [{name: planted, prompt: planted-prompt, consent_text: planted-consent}]
issues:
  - {provider: sn, issue_code: planted, short_description: planted-found, resolution: quick-hook, engagement: engage, consent: true, notification_content: planted,
     channels: [people, mail-once], fallback: live_agent, deployed: true}
`

// Whatever is said in a conversation stays in Postgres: no history and no log has a name, an address, a word, a link or a key.
func TestNothingOfAConversationIsInHistoriesOrLogs(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, takes)
	w := newTalkWorld(t, server.port)
	w.log = "debug"
	w.applies(plantedWords)
	service := w.serveAndRun()
	id := w.accepted(w.posts(report("planted", "planted.person", nil)))
	w.until(id, "told by mail and webhook", func(i issue) bool { return strings.Count(events(i), "notification_sent") == 2 })
	p := w.person(id)
	require.Contains(t, p.says("accept").Text, "planted-consent")
	p.says("consent")
	p.says("not_helped", "comment=planted-comment")
	w.ends(id, "closed_incomplete", "unresolved_by_user")
	eventually(t, "the desk is told", func() bool { return len(w.messages(id)) == 2 })
	guess := person{w: w, link: w.server + "/help/planted-guess"}
	require.Equal(t, http.StatusNotFound, guess.opens().Status)
	_, mails := server.seen()
	require.Len(t, mails, 1)
	require.Contains(t, mails[0], "planted.address@example.com", "the values were where they belong")

	secrets := []string{"planted.person", "plantedfirst", "planted.address", "planted-prompt", "planted-consent", "planted-found", "planted-comment",
		"planted-guess", path.Base(p.link), linkKey}
	for _, run := range []string{id, id + "/desk"} {
		w.completes(run)
		w.hides(run, secrets)
	}
	require.Contains(t, service.out.String(), id, "the search finds what is there")
	for _, secret := range secrets {
		require.NotContains(t, strings.ToLower(service.out.String()), strings.ToLower(secret))
	}
}

// events are the names of an issue's events, in order.
func events(i issue) string {
	var names []string
	for _, e := range i.Timeline {
		names = append(names, e.Event)
	}
	return strings.Join(names, " ")
}
