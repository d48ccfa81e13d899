package journey

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documentWorld runs the demo catalogue, in which code 100 asks the person and then ends a process on the device, and code 110 asks
// nobody.
func documentWorld(t *testing.T) (*world, *mailServer) {
	t.Helper()
	mails := newMailServer(t, takes)
	w := newWorld(t)
	w.own = writes(mails.port)
	demo, err := os.ReadFile("../schema/demo/demo.yaml")
	require.NoError(t, err)
	w.applies(strings.ReplaceAll(string(demo), "port: 1025", "port: "+mails.port))
	w.serveAndRun()
	return w, mails
}

// The document's request to the letter, typographic quotes, doubled slash, trailing backslash and all, to a device that has no
// such process: the person agrees, and it ends with one incident that shows everything that was investigated.
func TestTheDocumentsExampleEndsInAnIncidentWithItsDetails(t *testing.T) {
	t.Parallel()
	w, mails := documentWorld(t)
	d := w.enrolls(abelsLaptop)
	d.agent()
	body, err := os.ReadFile("testdata/document_body.txt")
	require.NoError(t, err)

	asCurlSends := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	a, err := w.client.send(http.MethodPost, "//api/sn_srf/self_remediation/experience_issue/create", string(body), asCurlSends)
	require.NoError(t, err)
	require.JSONEq(t, `{"result":{"experience_id":"09ed4830f393739df33","experienceId":"09ed4830f393739df33"}}`, a.Text)
	abel := w.behind(mails.link(t))
	abel.says("accept")
	abel.says("consent")
	i := w.ends("09ed4830f393739df33", "closed_incomplete", "action_failed")
	require.Equal(t, "abel.tuter", i.User.UserName)
	description := w.incident("09ed4830f393739df33")
	for _, detail := range []string{"cpu usage: 78%", "processes running: 35", "available memory: 23%"} {
		require.Contains(t, description, "\n"+detail)
	}
}

// The same from a shell, with a process that the device's policy allows to end: it is ended, and the issue closes complete.
func TestAProcessThatThePolicyAllowsIsEnded(t *testing.T) {
	t.Parallel()
	w, _ := documentWorld(t)
	d := w.enrolls(abelsLaptop)
	runaway, bystander := sleeper(t), sleeper(t)
	d.allows("2s", runaway)
	d.agent()

	run(t, w.clientEnv(), "", "issue", "create", "--provider", "sn", "--issue-code", "110", "--user-name", "abel.tuter", "--ci", abelsLaptop,
		"--experience-id", "from-a-shell", "--parameter", "process_id="+strconv.Itoa(runaway.pid()), "--detail", "cpu usage=78%")
	watched := run(t, w.clientEnv(), "", "issue", "watch", "from-a-shell")
	require.Contains(t, watched, "closed_complete (resolved_silently)")
	for _, event := range []string{"created", "begun", "job_offered", "job_fetched", "job_begun", "job_finished", "closed"} {
		require.Regexp(t, `step 1  `+event+` `, watched)
	}
	runaway.ends()
	require.True(t, bystander.alive())
	require.Equal(t, "0", w.incidents("from-a-shell"))

	require.Contains(t, run(t, w.clientEnv(), "", "issue", "show", "from-a-shell"), "closed_complete (resolved_silently)")
	_, problems, code := try(t, w.clientEnv(), "", "issue", "cancel", "from-a-shell")
	require.NotZero(t, code)
	require.Contains(t, problems, "It ended as closed_complete")
}

// A process that the policy does not name survives whatever is reported of it.
func TestAProcessThatThePolicyDoesNotAllowSurvives(t *testing.T) {
	t.Parallel()
	w, _ := documentWorld(t)
	d := w.enrolls(abelsLaptop)
	allowed, forbidden := sleeper(t), sleeper(t)
	d.allows("2s", allowed)
	d.agent()

	id := w.accepted(w.posts(onProcess("110", forbidden.pid(), nil)))
	w.ends(id, "closed_incomplete", "action_failed")
	require.True(t, forbidden.alive())
	require.True(t, allowed.alive())
	w.incident(id)
	shown := run(t, w.clientEnv(), "", "issue", "show", id)
	require.Equal(t, w.value(`SELECT number FROM incident`), incidentNumber.FindStringSubmatch(shown)[1])
}
