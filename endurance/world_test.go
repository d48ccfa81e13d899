package endurance

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"proactive/devstack"
	"proactive/devstack/mailbox"
	"proactive/devstack/pgproxy"
	"proactive/worker"
)

// namespace is the Temporal namespace of the run.
const namespace = "endurance"

// world is everything that runs, each on an address that it keeps when it is started again.
type world struct {
	t       *testing.T
	dir     string // logs, and whatever else is evidence
	program string // proactive

	postgres *devstack.Postgres
	database *sql.DB // past all proxies: the auditor's
	temporal *devstack.Temporal
	hook     *hook
	people   *people
	provider *provider
	instance *instance
	team     *team

	apis, workers, agents [2]*replica
	toPostgres            map[string]*pgproxy.Proxy // by name of the replica
	toTemporal            map[string]*wire          // by name of the worker
	addresses             [2]string                 // of the apis, HOST:PORT
	common                []string                  // environment
}

// newWorld starts it all and returns when reports are taken.
func newWorld(t *testing.T, program string, seed uint64) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "proactive-endurance-")
	require.NoError(t, err)
	w := &world{t: t, dir: dir, program: program, toPostgres: map[string]*pgproxy.Proxy{}, toTemporal: map[string]*wire{}}
	t.Cleanup(w.forget)
	w.addresses = [2]string{freeAddress(t), freeAddress(t)}
	w.hook, w.people = newHook(t), newPeople(w.urls())
	w.provider, w.instance = newProvider(t, seed, linkKey), newInstance(t, seed)
	w.startServers()
	w.team = newTeam(t, w.temporal.Address(), w.hook.address)
	w.configure()
	w.startReplicas()
	return w
}

// forget removes what a run leaves behind, unless somebody will want to look at it.
func (w *world) forget() {
	if w.t.Failed() {
		w.t.Logf("the logs of all processes are in %s", w.dir)
		return
	}
	os.RemoveAll(w.dir)
}

func (w *world) urls() [2]string {
	return [2]string{"http://" + w.addresses[0], "http://" + w.addresses[1]}
}

// startServers starts Postgres and Temporal, on ports and data that survive a kill.
func (w *world) startServers() {
	t := w.t
	var err error
	w.postgres, err = devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Fast: true, Port: port(freeAddress(t)), Progress: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(func() {
		w.postgres.Resume()
		w.postgres.Remove() //nolint:errcheck // a temporary folder
	})
	require.NoError(t, w.postgres.CreateDatabase(t.Context(), "proactive", ""))
	w.database, err = sql.Open("postgres", w.postgres.URL("proactive"))
	require.NoError(t, err)
	t.Cleanup(func() { w.database.Close() })
	attributes := map[string]string{}
	for _, name := range worker.SearchAttributes() {
		attributes[name] = "Keyword"
	}
	w.temporal, err = devstack.StartTemporal(t.Context(), devstack.TemporalOptions{
		DBFile: filepath.Join(w.dir, "temporal.db"), Port: port(freeAddress(t)), Headless: true, Namespace: namespace, SearchAttributes: attributes,
		Progress: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(w.temporal.Kill)
}

// linkKey is the key of links in mails, and of what is signed.
var linkKey = []byte("0123456789abcdef0123456789abcdef")

// configure makes the tables, and applies the catalogue with the people and computers in it.
func (w *world) configure() {
	mail, err := mailbox.Open("127.0.0.1:0", w.people.gets)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { mail.Close() })
	key := base64.StdEncoding.EncodeToString(linkKey)
	w.common = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "DATABASE_URL=" + w.postgres.URL("proactive"), "TEMPORAL_NAMESPACE=" + namespace,
		"PROACTIVE_HTTP_ALLOW=" + strings.Join([]string{w.hook.address, w.provider.address, w.instance.address}, ","), "PROACTIVE_SMTP_ALLOW=" + mail.SMTPAddress(), "PROACTIVE_LINK_KEY=" + key,
		"PROACTIVE_SECRET_DESK=whsec_" + key, "PROACTIVE_SECRET_INSTANCE=" + instancePassword,
		"PROACTIVE_SECRETS_ALLOW=" + strings.Join([]string{"DESK=" + w.hook.address, "DESK=" + w.provider.address, "INSTANCE=" + w.instance.address}, ","),
		"PROACTIVE_PUBLIC_URL=http://help.example.com", "PROACTIVE_WORKER_ADDR=127.0.0.1:0"}
	text, err := os.ReadFile("testdata/catalogue.yaml")
	require.NoError(w.t, err)
	catalogue := strings.NewReplacer("127.0.0.1:18999", w.hook.address, "18998", mail.SMTPPort(), "127.0.0.1:18997", w.provider.address,
		"127.0.0.1:18996", w.instance.address).Replace(string(text)) + peopleAndComputers()
	w.run("", "migrate")
	w.run(catalogue, "apply", "-f", "-")
}

// The computers that errands are about: two have an agent, and one is never on.
var computers = [3]string{"c0000000000000000000000000000001", "c0000000000000000000000000000002", "c0000000000000000000000000000003"}

const asleep = 2

// computer is the one that an errand is about.
func computer(e errand) string {
	if e.Code == "end-soon" {
		return computers[asleep]
	}
	return computers[e.Device]
}

// peopleAndComputers is the end of the catalogue.
func peopleAndComputers() string {
	var users []map[string]string
	for i := range peopleCount {
		name := fmt.Sprintf("person-%d", i)
		users = append(users, map[string]string{"sys_id": fmt.Sprintf("%032x", i+1), "user_name": name, "email": name + "@example.com"})
	}
	var machines []map[string]string
	for i, id := range computers {
		machines = append(machines, map[string]string{"sys_id": id, "name": fmt.Sprintf("computer-%d", i+1), "os": "linux"})
	}
	return "\nusers: " + asYAML(users) + "\ncomputers: " + asYAML(machines) + "\n"
}

// asYAML writes JSON, which is YAML.
func asYAML(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// run runs proactive to its end, which must be a good one.
func (w *world) run(stdin string, args ...string) string {
	w.t.Helper()
	var problems strings.Builder
	cmd := exec.CommandContext(w.t.Context(), w.program, args...)
	cmd.Env, cmd.Stdin, cmd.Stderr = w.common, strings.NewReader(stdin), &problems
	out, err := cmd.Output()
	require.NoError(w.t, err, "proactive %v: %s", args, &problems)
	return strings.TrimSpace(string(out))
}

// startReplicas starts two of each. Each has a way to Postgres of its own, and each worker one to Temporal, so that it can be cut off.
func (w *world) startReplicas() {
	t := w.t
	policy := filepath.Join(w.dir, "policy.yaml")
	program, err := dummyProgram()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(policy, []byte("actions: {end_process: {grace: 3s, processes: [{executable: "+program+"}]}}\n"), 0o600))
	w.toPostgres["owner"] = pgproxy.Start(t, w.postgres.URL("proactive"))
	for i := range 2 {
		api, worker, agent := fmt.Sprintf("api-%d", i+1), fmt.Sprintf("worker-%d", i+1), fmt.Sprintf("agent-%d", i+1)
		for _, name := range []string{api, worker} {
			w.toPostgres[name] = pgproxy.Start(t, w.postgres.URL("proactive"))
		}
		w.toTemporal[worker] = newWire(t, w.temporal.Address())
		w.apis[i] = w.newReplica(api, w.env("DATABASE_URL="+w.toPostgres[api].URL(), "PROACTIVE_API_ADDR="+w.addresses[i]), "api")
		w.workers[i] = w.newReplica(worker, w.env("DATABASE_URL="+w.toPostgres[worker].URL(), "TEMPORAL_ADDRESS="+w.toTemporal[worker].address()), "worker")
		token := w.run("", "enroll-agent", "--ci", computers[i])
		w.agents[i] = w.newReplica(agent, []string{"HOME=" + w.dir, "PROACTIVE_AGENT_TOKEN=" + token},
			"agent", "--server", w.urls()[i], "--policy", policy, "--state", filepath.Join(w.dir, agent))
	}
	w.run("", "enroll-agent", "--ci", computers[asleep])
	for _, r := range w.replicas() {
		require.NoError(t, r.start())
		t.Cleanup(r.kill)
	}
	for _, address := range w.addresses {
		require.Eventually(t, func() bool { return listens(address) }, time.Minute, 50*time.Millisecond, "an api takes reports")
	}
}

func (w *world) env(more ...string) []string { return append(append([]string{}, w.common...), more...) }

func (w *world) replicas() []*replica {
	return []*replica{w.apis[0], w.apis[1], w.workers[0], w.workers[1], w.agents[0], w.agents[1]}
}

func listens(address string) bool {
	c, err := net.Dial("tcp", address)
	if err == nil {
		c.Close()
	}
	return err == nil
}

// Ports are looked at one after the other, from anywhere on.
var (
	firstPort = rand.Int64N(9000)
	triedPort atomic.Int64
)

// freeAddress is one at which nobody listens, and that is given once. It lies below the ports that the kernel gives to outgoing connections:
// whoever is killed finds it free again.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 200 {
		address := fmt.Sprintf("127.0.0.1:%d", 10000+(firstPort+triedPort.Add(1))%9000)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	require.Fail(t, "no port is free")
	return ""
}

func port(address string) int {
	u, err := url.Parse("http://" + address)
	if err != nil {
		panic(err)
	}
	var n int
	fmt.Sscan(u.Port(), &n) //nolint:errcheck // it is our own
	return n
}
