package journey

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A mail server that is not well is tried again; when it stays so, the fallback follows, and the timeline tells why.
func TestMailThatCannotBeDeliveredLeadsToTheFallback(t *testing.T) {
	t.Parallel()
	for how, tries := range map[mailManner]int{postpones: 3, drops: 3, hangs: 1, unknownBox: 1} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, how)
			w := newTalkWorld(t, server.port)
			w.serveAndRun()
			code := "mail"
			if how == hangs {
				code = "mail-once" // each attempt waits for most of a minute
			}
			id := w.accepted(w.posts(report(code, "abel.tuter", nil)))
			ended := w.ends(id, "closed_incomplete", "notification_failed")
			tried, _ := server.seen()
			require.Equal(t, tries, tried)
			require.True(t, ended.has("notification_failed"), "%+v", ended.Timeline)
			require.Equal(t, tries > 1, ended.has("notification_attempt"), "%+v", ended.Timeline)
			require.NotNil(t, ended.Incident)
		})
	}
}

// A mail server that was away for a while delays the mail and no more.
func TestMailArrivesWhenItsServerIsBack(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, postpones)
	w := newTalkWorld(t, server.port)
	w.serveAndRun()
	id := w.accepted(w.posts(report("mail", "abel.tuter", nil)))
	w.until(id, "tried", func(i issue) bool { return i.has("notification_attempt") })
	server.behaves(takes)
	w.until(id, "delivered", func(i issue) bool { return i.has("notification_sent") })
	w.behind(server.link(t)).says("decline")
	w.ends(id, "closed_incomplete", "declined")
}

// The worker dies when the server has the mail and has not said so. Nobody can know then, so no second mail is sent.
func TestAWorkerThatIsKilledWhileItHandsOverAMailSendsNoSecondOne(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, hesitates)
	w := newTalkWorld(t, server.port)
	w.api()
	worker := w.worker()
	id := w.accepted(w.posts(report("mail", "abel.tuter", nil)))
	select {
	case <-server.taken:
	case <-time.After(patience):
		require.Fail(t, "no mail arrives")
	}
	worker.kill()
	server.behaves(takes)
	w.worker()
	eventually(t, "the message is given up", func() bool {
		return w.value(`SELECT coalesce(max(state), '') FROM sn_pren_notification`) == "unknown"
	})
	tried, mails := server.seen()
	require.Len(t, mails, 1)
	require.Equal(t, 1, tried)
	require.Equal(t, "asked", w.conversation(id, "state"), "the person may have the mail, so their answer is awaited")
}
