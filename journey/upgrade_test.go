package journey

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
)

// Issues that wait, in every place where one can, when an earlier version is replaced by this one: each ends as it should, once, and
// reports are taken all the time. The order is that of docs/changing-a-workflow.md: the tables, the workers, the API, the agents.
// On the way the new worker is taken back and the old one goes on with what the new one had.
func TestWhatWaitsIsFinishedAfterAnUpgrade(t *testing.T) {
	t.Parallel()
	for name, commit := range earlierVersions(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpgrade(t, earlier(t, commit))
			places := u.places()
			u.waitsUnderTheOldVersion(places)
			u.isMigratedWhileItServes()
			u.dies(u.oldWorker)
			u.heardByNobodyYet(places)
			fresh := u.current.worker()
			u.takesUp(fresh, places)
			u.goesOn(places, 0)
			back := u.takesBack(fresh, places)
			u.goesOn(places, 1)
			last := u.replacesTheRest(back, places)
			u.goesOn(places, 2)
			u.allEndAsTheyShould(places)
			u.nothingIsLostOrDoubled(places)
			require.Zero(t, u.stops(last))
		})
	}
}

// upgrade is a world with two versions of the binary on one database and one Temporal namespace. It starts processes of the old one;
// current is the same world with this one.
type upgrade struct {
	*world
	current   *world
	front     *front
	slow      *hook // answers when it is told to
	troubled  *hook // answers 503 until it is told otherwise
	desk      *deskTeam
	passersBy *passersBy
	oldAPI    *process
	oldWorker *process
}

func newUpgrade(t *testing.T, program string) *upgrade {
	t.Helper()
	w := bareWorld(t)
	w.program = program
	w.database = stacktest.Database(t, "empty", func(string) error { return nil })
	w.temporal, w.namespace = stacktest.Namespace(t, searchAttributes())
	u := &upgrade{world: w, front: newFront(t), slow: newHook(t), troubled: newHook(t)}
	u.slow.hold()
	u.troubled.answers(503)
	w.own = append(writes(noMail), "PROACTIVE_SECRET_PEOPLE=whsec_"+linkKey, "PROACTIVE_SECRETS_ALLOW=PEOPLE=127.0.0.1",
		"PROACTIVE_HTTP_ALLOW="+strings.Join([]string{w.hook.address, u.slow.address, u.troubled.address}, ","))
	w.does("", "migrate")
	text, err := os.ReadFile("testdata/upgrade.yaml")
	require.NoError(t, err)
	w.applies(strings.NewReplacer("HOOK", w.hook.address, "SLOW", u.slow.address, "TROUBLED", u.troubled.address).Replace(string(text)))
	u.desk = newDeskTeam(w)
	u.oldAPI, u.oldWorker = w.api(), w.worker()
	u.front.to(w.server)
	w.server = u.front.address
	current := *w
	current.program = proactive
	u.current = &current
	return u
}

// waitsUnderTheOldVersion lets an issue wait in each place.
func (u *upgrade) waitsUnderTheOldVersion(places []*place) {
	u.t.Helper()
	u.applies(everybody(places))
	for _, p := range places {
		if p.prepare != nil {
			p.prepare()
		}
		if !p.late {
			p.id = u.accepted(u.posts(p.report()))
		}
	}
	for _, p := range places {
		if p.waits != nil {
			p.waits(p.id)
		}
	}
}

// isMigratedWhileItServes brings the tables up to date while the old version takes reports and runs them, and its catalogue is edited.
func (u *upgrade) isMigratedWhileItServes() {
	u.t.Helper()
	u.passersBy = u.peoplePassBy()
	u.passersBy.more(2)
	editor := u.catalogueIsEdited()
	u.t.Log(strings.TrimSpace(u.current.does("", "migrate")))
	editor.more(2)
	u.passersBy.more(2)
	editor.leave()
	u.catalogueHasItsVersions()
}

// dies ends a worker as a loss of power would, when nothing is on its way but what is meant to be.
func (u *upgrade) dies(worker *process) {
	u.t.Helper()
	eventually(u.t, "the messages that can be delivered are", func() bool {
		return u.value(`
			SELECT count(*) FROM sn_pren_notification n JOIN sn_pren_notification_channel c ON c.sys_id = n.channel
			 WHERE n.state IN ('pending', 'sending') AND c.name = 'people'`) == "0"
	})
	worker.kill()
}

// heardByNobodyYet says to issues what nobody can deliver, as there is no worker.
func (u *upgrade) heardByNobodyYet(places []*place) {
	u.t.Helper()
	for _, p := range places {
		if p.late {
			p.id = u.accepted(u.posts(p.report()))
		}
		if p.unheard != nil {
			p.unheard(p.id)
		}
	}
	u.slow.release()
}

// goesOn lets a third of the places go on.
func (u *upgrade) goesOn(places []*place, third int) {
	u.t.Helper()
	for i, p := range places {
		if i%3 == third && p.goesOn != nil {
			p.goesOn(p.id)
		}
	}
}

// takesBack puts the old worker beside the new one, and then in its place.
func (u *upgrade) takesBack(fresh *process, places []*place) (back *process) {
	u.t.Helper()
	back = u.worker()
	u.passersBy.more(2)
	u.dies(fresh)
	u.takesUp(back, places)
	return back
}

// replacesTheRest puts this version beside the old one everywhere, and then in its place. Who is told to stop does so properly.
func (u *upgrade) replacesTheRest(back *process, places []*place) (last *process) {
	u.t.Helper()
	last = u.current.worker()
	api := *u.current
	api.api()
	u.front.joins(api.server)
	u.passersBy.more(2)
	require.Zero(u.t, u.stops(back))
	u.front.to(api.server)
	require.Zero(u.t, u.stops(u.oldAPI))
	u.takesUp(last, places)
	return last
}

func (u *upgrade) stops(p *process) int {
	u.t.Helper()
	p.signal(syscall.SIGTERM)
	return p.ends()
}

func (u *upgrade) allEndAsTheyShould(places []*place) {
	u.t.Helper()
	for _, p := range places {
		i := u.until(p.id, "closed", issue.closed)
		require.Equal(u.t, p.ends, i.State+" "+i.EndReason, "%s: %+v", p.person, i)
		if p.after != nil {
			p.after(p.id)
		}
	}
	u.passersBy.stop()
}
