package journey

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// night is how long it stays night at least: until the old version is no longer alone.
const night = time.Minute

// itIsNightInKolkata makes it quiet there, until a minute is full.
func (u *upgrade) itIsNightInKolkata() {
	u.t.Helper()
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	require.NoError(u.t, err)
	now := time.Now().In(kolkata)
	u.applies(fmt.Sprintf(`properties: {sn_pren.quiet_hours: "%s-%s"}`, now.Add(-time.Hour).Format("15:04"), now.Add(night+time.Minute).Format("15:04")))
}

// losesItsMessage takes an issue's row out of the inbox, as if it had been delivered and Temporal had lost it.
func (u *upgrade) losesItsMessage(id string) {
	u.t.Helper()
	u.value(`DELETE FROM sn_pren_experience_issue_inbox WHERE issue = (SELECT sys_id FROM sn_pren_experience_issue WHERE experience_id = $1) RETURNING 'gone'`, id)
	u.value(`UPDATE sn_pren_experience_issue SET due_at = now() - interval '1 day',
	                temporal_namespace = (SELECT max(temporal_namespace) FROM sn_pren_experience_issue)
	          WHERE experience_id = $1 RETURNING 'due'`, id)
}

// chains reports the next step of a person's issue.
func (u *upgrade) chains(person, id string) {
	u.t.Helper()
	u.accepted(u.posts(report("quick", person, map[string]any{"experience_id": id})))
}

func (u *upgrade) cancels(id string) {
	u.t.Helper()
	a, err := u.client.send(http.MethodPost, issuePath+id+"/cancel", "", nil)
	require.NoError(u.t, err)
	require.Equal(u.t, http.StatusOK, a.Status, a.Text)
}

func (u *upgrade) isAsked(id string) {
	u.t.Helper()
	u.person(id)
	u.stands(id, "asked")
}

func (u *upgrade) agrees(id string) {
	u.t.Helper()
	u.person(id).says("accept")
	u.person(id).says("consent")
}

func (u *upgrade) isHelped(id string) {
	u.t.Helper()
	u.agrees(id)
	u.stands(id, "confirm")
}

func (u *upgrade) isGlad(id string) {
	u.t.Helper()
	u.person(id).says("helped")
	u.person(id).says("feedback", "rating=5")
}

func (u *upgrade) isOffered(id string) {
	u.t.Helper()
	u.until(id, "offered", func(i issue) bool { return i.has("job_offered") })
}

func (u *upgrade) isBegun(id string) {
	u.t.Helper()
	u.until(id, "begun", func(i issue) bool { return i.has("job_begun") })
}

// calls waits until a hook is called about an issue.
func (u *upgrade) calls(hook *hook, id string) {
	u.t.Helper()
	eventually(u.t, "the hook is called about "+id, func() bool { return len(hook.about(id)) > 0 })
}

// about are the calls that name an issue.
func (h *hook) about(id string) (calls []string) {
	for _, body := range h.called() {
		if strings.Contains(body, id) {
			calls = append(calls, body)
		}
	}
	return calls
}

// times counts an event of the timeline.
func (i issue) times(event string) (n int) {
	for _, e := range i.Timeline {
		if e.Event == event {
			n++
		}
	}
	return n
}
