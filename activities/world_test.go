package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

// rows is Postgres as http_request sees it.
type rows struct {
	action  schema.RunningAction
	readErr error
	noteErr error
	noted   func(number int)
	notes   []string
	output  []byte
}

func (r *rows) RunningAction(context.Context, string, int) (schema.RunningAction, error) {
	return r.action, r.readErr
}

func (r *rows) NoteAttempt(ctx context.Context, _ string, _ int, sentence string, output []byte) error {
	if err := errors.Join(r.noteErr, ctx.Err()); err != nil {
		return err
	}
	r.notes = append(r.notes, sentence)
	if r.noted != nil {
		r.noted(len(r.notes))
	}
	r.output = output
	return nil
}

// desk is somebody else's endpoint, which remembers what it was sent.
type desk struct {
	*httptest.Server
	mu    sync.Mutex
	heard []heard
}

type heard struct {
	*http.Request
	body string
}

func newDesk(t *testing.T, answer http.HandlerFunc) *desk {
	t.Helper()
	d := &desk{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		d.heard = append(d.heard, heard{r, string(body)})
		d.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

// requests is what came so far.
func (d *desk) requests() []heard {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.heard
}

// at is the desk by another of its names.
func (d *desk) at(host string) string {
	u, _ := url.Parse(d.URL)
	return "http://" + host + ":" + u.Port()
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func moved(code int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(code)
	}
}

// sending is one http_request about to be run.
type sending struct {
	t     *testing.T
	rows  *rows
	allow string

	resolver *net.Resolver // nil is the system's
	secrets  map[string]string
	timeout  time.Duration // start to close
	attempt  int           // how often it may be tried
	hosts    *Hosts

	interrupt context.CancelFunc // stops it while it runs, as a worker that stops does
}

// send makes the parameters of a request, %s being the desk.
func send(t *testing.T, parameters string, args ...any) *sending {
	return &sending{t: t, allow: "127.0.0.1", secrets: map[string]string{}, timeout: 10 * time.Second, attempt: 1, hosts: NewHosts(DefaultPerHost), rows: &rows{action: schema.RunningAction{
		Wanted: true, IssueCode: "100", Provider: "sn", CI: "ci-1", User: "user-1", Parameters: json.RawMessage(fmt.Sprintf(parameters, args...)),
		InputParameters: json.RawMessage(`{"process_id":"10644"}`),
	}}}
}

// run runs it as Temporal would: as an activity with a timeout, tried as often as it may be.
func (s *sending) run() (schema.ActionResult, error) {
	s.t.Helper()
	allow, err := ParseAllowList(s.allow)
	require.NoError(s.t, err)
	allow.resolver = s.resolver
	h := NewHTTPRequest(s.rows, allow.WithSecrets(boundTo(s.t, s.secrets)), s.hosts)
	h.secrets.find = func(name string) (string, error) {
		if value, set := s.secrets[name]; set {
			return value, nil
		}
		return "", errors.New("secret " + name + " is not set")
	}
	return execute[schema.ActionResult](s.t, HTTPRequestName, func(ctx context.Context, in schema.ActionInput) (schema.ActionResult, error) {
		ctx, s.interrupt = context.WithCancel(ctx)
		defer s.interrupt()
		return h.Run(ctx, in)
	}, schema.ActionInput{ExperienceID: "issue-1", Step: 2}, s.timeout, s.attempt, slog.DiscardHandler)
}

// boundTo lets secrets, and two that are not set, go to the hosts of these tests.
func boundTo(t *testing.T, secrets map[string]string) SecretHosts {
	t.Helper()
	hosts := SecretHosts{}
	for _, name := range slices.AppendSeq([]string{"NONE", "MAIL"}, maps.Keys(secrets)) {
		allow, err := ParseAllowList("127.0.0.1,localhost,t0ken.example.com,desk.example.com,mail.example.com")
		require.NoError(t, err)
		hosts[name] = allow
	}
	return hosts
}

// execute runs an activity as Temporal would: with a timeout, tried as often as it may be.
func execute[R any](t *testing.T, name string, run, in any, timeout time.Duration, attempts int, logs slog.Handler) (result R, err error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(logs)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.RegisterActivityWithOptions(run, activity.RegisterOptions{Name: name})
	env.ExecuteWorkflow(func(ctx workflow.Context) (result R, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: timeout,
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: int32(attempts)}})
		err = workflow.ExecuteActivity(ctx, name, in).Get(ctx, &result)
		return result, err
	})
	require.True(t, env.IsWorkflowCompleted())
	if err := env.GetWorkflowError(); err != nil {
		return result, err
	}
	require.NoError(t, env.GetWorkflowResult(&result))
	return result, nil
}

// gives runs it and tells the result's status, or the type of its error, and what the timeline was told last.
func (s *sending) gives() (outcome, told string) {
	s.t.Helper()
	result, err := s.run()
	if len(s.rows.notes) > 0 {
		told = s.rows.notes[len(s.rows.notes)-1]
	}
	var coded *temporal.ApplicationError
	if errors.As(err, &coded) {
		require.Equal(s.t, coded.Type(), coded.Message(), "an error is a code and nothing else")
		return coded.Type(), told
	}
	require.NoError(s.t, err)
	return string(result.Status), told
}
