package journey

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// devWorld is a world in which `dev` brings the servers, on ports of this test's own.
type devWorld struct {
	*world
	address string // of the API
	mailbox string // address of the page
	ports   []string
}

func newDevWorld(t *testing.T) *devWorld {
	t.Helper()
	d := &devWorld{world: bareWorld(t), address: freeAddress(t)}
	d.server, d.namespace = "http://"+d.address, "proactive"
	d.mailbox = freeAddress(t)
	d.ports = []string{"--api-addr", d.address, "--mailbox-addr", d.mailbox, "--temporal-port", port(freeAddress(t)), "--temporal-ui-port", port(freeAddress(t))}
	return d
}

// devEnv is that of a person's shell, without settings of other servers.
func devEnv() (env []string) {
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PROACTIVE_") && !strings.HasPrefix(variable, "TEMPORAL_") && !strings.HasPrefix(variable, "DATABASE_URL=") {
			env = append(env, variable)
		}
	}
	return env
}

// dev starts it, and isReady waits until it has printed its requests.
func (d *devWorld) dev(args ...string) *process {
	d.t.Helper()
	return start(d.t, "dev", devEnv(), proactive, append(append([]string{"dev"}, d.ports...), args...)...)
}

func (d *devWorld) isReady(p *process) {
	d.t.Helper()
	p.says("Ctrl-C ends everything")
	d.database = p.says(`export DATABASE_URL='([^']+)'`)
	d.temporal = p.says(`Temporal     (\S+)`)
}

// The two requests that dev prints, pasted into a shell: the first asks by mail, and the agent ends the demo process when the person
// has agreed on the page; the second asks nobody. After Ctrl-C nothing is left.
func TestDevsTwoRequestsDoWhatItSays(t *testing.T) {
	t.Parallel()
	d := newDevWorld(t)
	dev := d.dev("--ephemeral")
	d.isReady(dev)
	folder := dev.says(`data         (\S+) \(forgotten at the end\)`)

	requests := printedRequests(t, dev)
	second := d.pastes(requests[1])
	d.ends(second, "closed_complete", "resolved_silently")
	dev.says("The demo process of code 110 has ended. Another one runs as")

	first := d.pastes(requests[0])
	abel := d.mailed(dev.says(`Mail to abel\.tuter@example\.com: .*\n  (http://\S+)`))
	dev.says(`On the screen of abel-laptop: `) // before the answer, which withdraws what no screen has shown yet
	for _, reply := range []string{"accept", "consent", "helped", "feedback"} {
		abel.says(reply)
	}
	dev.says("The demo process of code 100 has ended. Another one runs as")
	d.ends(first, "closed_complete", "resolved_by_user")
	require.Equal(t, "0", d.incidents(second))
	d.completes(first)
	d.completes(second)

	started := family(dev.pid())
	require.Greater(t, len(started), 5, "Postgres with its own, Temporal, the demo processes")
	dev.signal(syscall.SIGINT)
	require.Zero(t, dev.ends())
	vanish(t, started)
	require.NoDirExists(t, folder)
}

// A "no" ends with an incident that holds the evidence of the report and the conversation.
func TestDevsFirstRequestEndsInAnIncidentWhenThePersonDeclines(t *testing.T) {
	t.Parallel()
	d := newDevWorld(t)
	dev := d.dev("--ephemeral")
	d.isReady(dev)
	first := d.pastes(dev.says(`(?s)(curl "http.*?\n\}')`))
	d.mailed(dev.says(`Mail to abel\.tuter@example\.com: .*\n  (http://\S+)`)).says("decline")
	d.ends(first, "closed_incomplete", "declined")
	for _, detail := range []string{"cpu usage: 78%", "processes running: 35", "available memory: 23%"} {
		require.Contains(t, d.incident(first), detail)
	}
	require.NotContains(t, dev.out.String(), "has ended. Another one runs as")
}

// printedRequests are the two requests to paste.
func printedRequests(t *testing.T, dev *process) []string {
	t.Helper()
	requests := regexp.MustCompile(`(?s)curl "http.*?\n\}'`).FindAllString(dev.out.String(), -1)
	require.Len(t, requests, 2, "two requests to paste")
	return requests
}

// mailed is who got the mail that the mailbox shows at a page.
func (d *devWorld) mailed(page string) person {
	d.t.Helper()
	for _, mail := range d.mails() {
		if mail.Page == page {
			require.True(d.t, strings.HasPrefix(mail.Links[0], d.server+"/help/"), mail.Links)
			return person{d.world, mail.Links[0]}
		}
	}
	require.Failf(d.t, "there is no such mail", "%s in %v", page, d.mails())
	return person{}
}

// mail is one in the mailbox.
type mail struct {
	Page    string
	To      []string
	Subject string
	Text    string
	Links   []string
}

// mails are all in the mailbox, newest first.
func (d *devWorld) mails() (all []mail) {
	d.t.Helper()
	answer, err := browserless.Get("http://" + d.mailbox + "/mails.json")
	require.NoError(d.t, err)
	defer answer.Body.Close()
	require.NoError(d.t, json.NewDecoder(answer.Body).Decode(&all))
	return all
}

// mailsTo waits until so many mails to an address have arrived, and gives them, newest first.
func (d *devWorld) mailsTo(address string, count int) (all []mail) {
	d.t.Helper()
	eventually(d.t, fmt.Sprintf("%d mails to %s arrive", count, address), func() bool {
		all = slices.DeleteFunc(d.mails(), func(m mail) bool { return !slices.Contains(m.To, address) })
		return len(all) >= count
	})
	require.Len(d.t, all, count, "mails to %s", address)
	return all
}

// pastes runs a printed request with a shell, as it is, and gives the experience_id that it answers.
func (d *devWorld) pastes(request string) string {
	d.t.Helper()
	_, err := exec.LookPath("curl")
	require.NoError(d.t, err, "the printed requests are for curl, which is not on this machine: install it")
	shell := exec.CommandContext(d.t.Context(), "sh")
	shell.Stdin = strings.NewReader(request + "\n")
	out, err := shell.CombinedOutput()
	require.NoError(d.t, err, "%s", out)
	answered := regexp.MustCompile(`"experience_id":"([^"]+)"`).FindSubmatch(out)
	require.NotNil(d.t, answered, "%s", out)
	return string(answered[1])
}

// SIGTERM to `go run` alone ends only `go run`; what it had started notices.
func TestDevUnderGoRunLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	d := newDevWorld(t)
	goRun := start(t, "go run", devEnv(), "go", append([]string{"run", "proactive/cmd/proactive", "dev", "--ephemeral"}, d.ports...)...)
	d.isReady(goRun)
	started := family(goRun.pid())
	require.Greater(t, len(started), 5)
	goRun.signal(syscall.SIGTERM)
	goRun.ends()
	vanish(t, started)
	goRun.says("Everything has ended.")
}

// What happened is there again after an end in order and after a loss of power, and nobody else may use the folder meanwhile.
func TestDevKeepsItsStateInItsFolder(t *testing.T) {
	t.Parallel()
	d := newDevWorld(t)
	folder := reachableFolder(t)
	dev := d.dev("--data", folder)
	d.isReady(dev)
	id := d.accepted(d.posts(report("300", "abel.tuter", nil)))
	d.ends(id, "closed_complete", "incident_requested")

	other := newDevWorld(t)
	second := other.dev("--data", folder)
	require.Equal(t, 1, second.ends())
	require.Contains(t, second.out.String(), "another process uses the data folder "+folder)
	require.NotContains(t, second.out.String(), "starting")

	started := family(dev.pid())
	dev.kill()
	vanish(t, started)
	dev = d.dev("--data", folder)
	d.isReady(dev)
	require.Equal(t, "closed_complete", d.shows(id).State)
	d.completes(id)

	waiting := d.accepted(d.posts(report("200", "abel.tuter", nil)))
	d.becomes(waiting, "action_wait")
	dev.signal(syscall.SIGTERM)
	require.Zero(t, dev.ends())
	dev = d.dev("--data", folder)
	d.isReady(dev)
	d.accepted(d.posts(report("300", "abel.tuter", map[string]any{"experience_id": waiting})))
	require.Equal(t, 2, d.ends(waiting, "closed_complete", "incident_requested").Step)
}

// reachableFolder is one that Postgres's user can enter too, when the tests run as root; t.TempDir() is closed to others.
func reachableFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "proactive-journey-data-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	require.NoError(t, os.Chmod(folder, 0o755))
	return folder
}

// A port that is taken, and an address that others could reach, are said before anything starts.
func TestDevSaysWhatCannotWorkBeforeItStartsAnything(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	address := taken.Addr().String()
	for flag, value := range map[string]string{
		"--api-addr": address, "--mailbox-addr": address, "--postgres-port": port(address), "--temporal-port": port(address), "--temporal-ui-port": port(address),
	} {
		d := newDevWorld(t)
		p := d.dev("--ephemeral", flag, value)
		require.Equal(t, 1, p.ends())
		require.Contains(t, p.out.String(), fmt.Sprintf("%s: %s is taken", flag, address))
		require.NotContains(t, p.out.String(), "starting")
	}
	for _, flag := range []string{"--api-addr", "--mailbox-addr"} {
		d := newDevWorld(t)
		p := d.dev("--ephemeral", flag, "0.0.0.0:"+port(d.address))
		require.Equal(t, 1, p.ends())
		require.Contains(t, p.out.String(), flag+" 0.0.0.0:"+port(d.address)+" can be reached from outside")
	}
}
