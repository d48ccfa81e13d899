package journey

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/pgproxy"
)

// instances are two of ours: incidents travel from one to the service desk of the other, by its Table API.
type instances struct {
	*crashWorld        // whose incidents they are; its worker can be held
	desk        *world // the service desk's
	toDesk      *pgproxy.Proxy
	deskProcess *process
}

// wroteIncident is what the desk's Table API says when it makes one, and settled what the worker says when it knows of that.
const (
	asksForIncident = "FROM incident n"
	wroteIncident   = "INSERT INTO incident"
	settled         = "INSERT INTO sn_pren_delivery_attempt"
)

func newInstances(t *testing.T) *instances {
	t.Helper()
	i := &instances{crashWorld: newCrashWorld(t), desk: newWorld(t)}
	i.desk.applies(`service_accounts: [{user_name: connector, password: c0nnector, roles: [itil, admin]}]`)
	i.toDesk = pgproxy.Start(t, i.desk.database)
	i.opens(freeAddress(t))
	i.own = append(i.own, "PROACTIVE_HTTP_ALLOW="+i.hook.address+","+strings.TrimPrefix(i.desk.server, "http://"), "PROACTIVE_SECRET_DESK=c0nnector", "PROACTIVE_SECRETS_ALLOW=DESK=127.0.0.1")
	i.hasDesk(true)
	return i
}

// hasDesk lets incidents travel, or not.
func (i *instances) hasDesk(active bool) {
	i.t.Helper()
	i.applies(fmt.Sprintf(`service_desks: [{name: desk, type: servicenow, instance: %q, username: connector, password: {$secret: DESK}, caller: user_name, active: %t}]`,
		i.desk.server, active))
}

// opens starts the desk's API.
func (i *instances) opens(address string) {
	i.t.Helper()
	i.deskProcess = i.desk.api("DATABASE_URL="+i.toDesk.URL(), "PROACTIVE_API_ADDR="+address)
}

// opensAgain starts it where it was.
func (i *instances) opensAgain() { i.opens(strings.TrimPrefix(i.desk.server, "http://")) }

// hurries makes what is to be delivered due at once, as the leases and rests of a minute are longer than a test should take.
func (w *world) hurries() {
	w.t.Helper()
	w.value(`WITH due AS (UPDATE sn_pren_delivery SET not_before = now() WHERE state = 'pending' RETURNING 1) SELECT count(*) FROM due`)
}

// arrives waits until the desk's number is known, and looks whether there is one incident of the issue on both sides.
func (i *instances) arrives(id string) {
	i.t.Helper()
	shown := i.until(id, "the desk's number is known", func(shown issue) bool {
		return shown.Incident != nil && shown.Incident.ForeignNumber != ""
	})
	require.Equal(i.t, "1", i.incidents(id))
	require.Equal(i.t, "1", i.desk.incidents(id), "incidents that the desk has of it")
	require.Equal(i.t, i.desk.value(`SELECT number FROM incident WHERE correlation_id = $1`, id), shown.Incident.ForeignNumber)
	require.Equal(i.t, i.value(`SELECT description FROM incident WHERE correlation_id = $1`, id), i.desk.value(`SELECT description FROM incident WHERE correlation_id = $1`, id))
	require.Equal(i.t, "beth.anglin", i.desk.value(`SELECT u.user_name FROM incident n JOIN sys_user u ON u.sys_id = n.caller_id WHERE correlation_id = $1`, id))
	last := shown.Timeline[len(shown.Timeline)-1]
	require.Equal(i.t, "incident_handed_over", last.Event)
	require.Equal(i.t, "The service desk's system knows it as "+shown.Incident.ForeignNumber+".", last.Detail)
}

// asksForHelp reports what ends with an incident at once.
func (i *instances) asksForHelp() (id string) {
	i.t.Helper()
	return i.accepted(i.posts(report("300", "beth.anglin", nil)))
}

func TestAnIncidentTravelsToTheServiceDesksOwnSystem(t *testing.T) {
	t.Parallel()
	i := newInstances(t)
	i.worker()
	i.arrives(i.asksForHelp())
	require.Equal(t, "0", i.desk.value(`SELECT count(*) FROM sn_pren_delivery`), "it does not travel on")
}

func TestAnIncidentFromBeforeThereWasAServiceDeskTravelsWhenSomebodyAsks(t *testing.T) {
	t.Parallel()
	i := newInstances(t)
	i.hasDesk(false)
	i.worker()
	id := i.asksForHelp()
	i.until(id, "there is an incident", func(shown issue) bool { return shown.Incident != nil })
	i.hasDesk(true)
	require.Equal(t, "0", i.value(`SELECT count(*) FROM sn_pren_delivery`), "it does not travel by itself")
	require.Equal(t, "1 incident is on its way to the service desk's system\n", run(t, i.clientEnv(), "", "incident", "hand-over", "--within", "1h"))
	i.arrives(id)
}

func TestAnIncidentTravelsOnceAlsoWhenTheWorkerIsKilledInBetween(t *testing.T) {
	t.Parallel()
	for _, m := range []struct {
		name, statement string
		hold            func(p *pgproxy.Proxy, statement string) *pgproxy.Held
		there           string // how many incidents the desk has then
	}{
		{"before it asks", asksForIncident, before, "0"},
		{"before it writes down that it arrived", settled, before, "1"},
		{"before it commits that", settled, (*pgproxy.Proxy).BeforeCommitOf, "1"},
		{"before it knows that this is committed", settled, (*pgproxy.Proxy).AfterCommitOf, "1"},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			i := newInstances(t)
			worker, held := i.worker(), m.hold(i.between, m.statement)
			id := i.asksForHelp()
			i.reaches(held)
			worker.kill()
			held.Drop()
			require.Equal(t, m.there, i.desk.incidents(id))
			i.worker()
			i.hurries()
			i.arrives(id)
		})
	}
}

func TestAnIncidentTravelsOnceAlsoWhenTheServiceDeskIsKilledInBetween(t *testing.T) {
	t.Parallel()
	for _, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			i := newInstances(t)
			i.worker()
			held := m.hold(i.toDesk, wroteIncident)
			id := i.asksForHelp()
			i.reaches(held)
			i.deskProcess.kill()
			held.Drop()
			eventually(t, "the worker has heard no answer", func() bool {
				return i.value(`SELECT count(*) FROM sn_pren_delivery_attempt WHERE status = 0`) == "1"
			})
			require.Equal(t, map[bool]string{true: "1", false: "0"}[m.committed], i.desk.incidents(id))
			i.opensAgain()
			i.hurries()
			i.arrives(id)
		})
	}
}

// Two workers take turns at many incidents: each travels once.
func TestTwoWorkersHandOverManyIncidents(t *testing.T) {
	t.Parallel()
	i := newInstances(t)
	i.worker()
	i.worker()
	var ids []string
	for _, person := range []string{"abel.tuter", "fred.luddy", "beth.anglin", "david.loo"} {
		ids = append(ids, i.accepted(i.posts(report("300", person, nil))))
	}
	for _, id := range ids {
		i.until(id, "the desk's number is known", func(shown issue) bool { return shown.Incident != nil && shown.Incident.ForeignNumber != "" })
	}
	require.Equal(t, "4", i.desk.value(`SELECT count(*) FROM incident`))
}
