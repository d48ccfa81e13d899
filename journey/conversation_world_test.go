package journey

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// linkKey makes the links of the journeys.
var linkKey = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

// newTalkWorld is a world in which people can be told and asked. Mail goes to mailPort of this machine.
func newTalkWorld(t *testing.T, mailPort string) *world {
	t.Helper()
	w := newWorld(t)
	w.own = append(writes(mailPort), "PROACTIVE_SECRET_PEOPLE=whsec_"+linkKey, "PROACTIVE_SECRETS_ALLOW=PEOPLE=127.0.0.1")
	text, err := os.ReadFile("testdata/conversation.yaml")
	require.NoError(t, err)
	path := w.file(filepath.Base("conversation.yaml"), strings.NewReplacer("127.0.0.1:18999", w.hook.address, "18998", mailPort).Replace(string(text)))
	run(t, w.env(), "", "apply", "--yes", "-f", path)
	return w
}

// writes are the settings of servers that may write to people, by mail to a port of this machine.
func writes(mailPort string) []string {
	return []string{"PROACTIVE_LINK_KEY=" + linkKey, "PROACTIVE_PUBLIC_URL=http://help.example.com", "PROACTIVE_SMTP_ALLOW=127.0.0.1:" + mailPort}
}

// noMail is a port for worlds in which no mail is sent.
const noMail = "1"

// told is a message to a person or to the service desk as the hook got it.
type told struct {
	Type string
	Data struct {
		ExperienceID string `json:"experience_id"`
		Link         string
		Text         string
		Instructions string
		Occasion     string
	}
}

// messages are those about an issue that have arrived at the hook.
func (w *world) messages(id string) (all []told) {
	w.t.Helper()
	for _, body := range w.hook.called() {
		if m, is := message(body); is && m.Data.ExperienceID == id {
			all = append(all, m)
		}
	}
	return all
}

// actions are the other calls of the hook about an issue.
func (w *world) actions(id string) []string {
	w.t.Helper()
	return slices.DeleteFunc(w.hook.about(id), func(body string) bool {
		_, is := message(body)
		return is
	})
}

func message(body string) (m told, is bool) {
	err := json.Unmarshal([]byte(body), &m)
	return m, err == nil && m.Data.Occasion != ""
}

// person waits for the first message about an issue and gives whom it was sent to.
func (w *world) person(id string) person {
	w.t.Helper()
	eventually(w.t, "the person of "+id+" is written to", func() bool { return len(w.messages(id)) > 0 })
	return w.behind(w.messages(id)[0].Data.Link)
}

// behind is whoever has a link; the page is asked for where the service listens here.
func (w *world) behind(link string) person {
	w.t.Helper()
	u, err := url.Parse(link)
	require.NoError(w.t, err)
	require.Equal(w.t, "help.example.com", u.Host, "the link leads to PROACTIVE_PUBLIC_URL")
	return person{w: w, link: w.server + u.Path}
}

// conversation is a value of the conversation's row.
func (w *world) conversation(id, column string) string {
	w.t.Helper()
	return w.value(fmt.Sprintf(`SELECT coalesce(max(c.%s::text), '') FROM sn_pren_conversation c
		JOIN sn_pren_experience_issue i ON i.sys_id = c.issue WHERE i.experience_id = $1`, column), id)
}

// stands waits until the conversation is in a state.
func (w *world) stands(id, state string) {
	w.t.Helper()
	eventually(w.t, "the conversation of "+id+" is "+state, func() bool { return w.conversation(id, "state") == state })
}

// workNotes are those of an issue's one incident.
func (w *world) workNotes(id string) string {
	w.t.Helper()
	require.Equal(w.t, "1", w.incidents(id))
	return w.value(`SELECT work_notes FROM incident WHERE correlation_id = $1`, id)
}
