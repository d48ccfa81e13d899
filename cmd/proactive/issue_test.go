package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// issueService is a store with one account that may do everything and one issue whose timeline the test writes.
type issueService struct {
	api.Store // nil: what a test does not expect panics
	reports   []schema.Report
	issue     atomic.Pointer[schema.Issue]
	grown     chan struct{}
}

func (s *issueService) AccountByKey(context.Context, []byte) (schema.Account, error) {
	return schema.Account{UserName: "tool", Active: true, Roles: schema.Roles{schema.RoleAdmin}}, nil
}

func (s *issueService) Account(context.Context, string) (schema.Account, error) {
	return schema.Account{}, schema.ErrNoRecord
}

func (s *issueService) Submit(_ context.Context, r schema.Report) (string, error) {
	s.reports = append(s.reports, r)
	return "x1", nil
}

func (s *issueService) Issue(_ context.Context, id string, since int) (schema.Issue, error) {
	if id != "x1" {
		return schema.Issue{}, schema.ErrNoRecord
	}
	issue := *s.issue.Load()
	issue.Timeline = issue.Timeline[since:]
	return issue, nil
}

func (s *issueService) WaitIssue(ctx context.Context, _ string, _ int) error {
	select {
	case <-s.grown:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *issueService) Cancel(context.Context, string, string) (schema.State, error) {
	return schema.ClosedCancelled, nil
}

// opened starts the service and points the environment at it.
func opened(t *testing.T) *issueService {
	t.Helper()
	s := &issueService{grown: make(chan struct{})}
	s.issue.Store(&schema.Issue{ExperienceID: "x1", State: schema.InProgress, Step: 1, IssueCode: "100", Provider: "sn", UserName: "abel.tuter",
		Timeline: []schema.Event{{Number: 1, Step: 1, Event: schema.EventCreated, Detail: "Reported."}}})
	server := httptest.NewServer(api.New(api.Config{}, s, api.With{}).Handler())
	t.Cleanup(server.Close)
	t.Setenv("PROACTIVE_URL", server.URL+"/")
	t.Setenv("PROACTIVE_API_KEY", "key")
	t.Setenv("PROACTIVE_USER", "")
	t.Setenv("PROACTIVE_PASSWORD", "")
	return s
}

func issueRun(t *testing.T, in string, args ...string) (out string, err error) {
	t.Helper()
	var stdout bytes.Buffer
	c := issueCommand()
	c.SetArgs(args)
	c.SetIn(strings.NewReader(in))
	c.SetOut(&stdout)
	c.SetErr(&bytes.Buffer{})
	c.SilenceErrors, c.SilenceUsage = true, true
	err = c.ExecuteContext(t.Context())
	return stdout.String(), err
}

func TestIssueCreateSendsFlagsAFileOrTheStandardInput(t *testing.T) {
	s := opened(t)
	file := filepath.Join(t.TempDir(), "report.xml")
	require.NoError(t, os.WriteFile(file, []byte("\n<r><endpoint><CI>ci</CI></endpoint><issue_code>7</issue_code><provider>sn</provider></r>"), 0o600))
	for _, run := range []struct {
		in   string
		args []string
	}{
		{args: []string{"create", "--provider", "sn", "--issue-code", "100", "--user-name", "abel.tuter", "--parameter", "process_id=1=2", "--detail", "cpu usage=78%"}},
		{args: []string{"create", "-f", file}},
		{in: `{"endpoint":{"email":"a@b"},"issue_code":8,"provider":"sn"}`, args: []string{"create", "-"}},
	} {
		out, err := issueRun(t, run.in, run.args...)
		require.NoError(t, err)
		require.Equal(t, "x1\n", out)
	}
	require.Len(t, s.reports, 3)
	require.Equal(t, "abel.tuter", s.reports[0].Endpoint.UserName)
	require.JSONEq(t, `{"process_id":"1=2"}`, string(s.reports[0].InputParameters))
	require.JSONEq(t, `{"cpu usage":"78%"}`, string(s.reports[0].InvestigativeDetails))
	require.True(t, s.reports[1].ParametersAreText)
	require.Equal(t, "8", s.reports[2].IssueCode)
}

func TestIssueSaysWhatTheServiceSays(t *testing.T) {
	opened(t)
	_, err := issueRun(t, "", "create", "--issue-code", "100")
	require.ErrorContains(t, err, "Invalid request. Provide endpoint details.")
	require.ErrorContains(t, err, "transaction ")
	_, err = issueRun(t, "", "show", "../create")
	require.ErrorContains(t, err, "Requested URI does not represent any resource")
	_, err = issueRun(t, "", "show", "x2")
	require.ErrorContains(t, err, "No Record found. Record doesn't exist")
	_, err = issueRun(t, "", "create", "-f", "x", "--provider", "sn")
	require.ErrorContains(t, err, "none of the others can be")
	_, err = issueRun(t, "", "create", "--parameter", "x")
	require.ErrorContains(t, err, `"x" is no NAME=VALUE`)
	t.Setenv("PROACTIVE_API_KEY", "")
	_, err = issueRun(t, "", "show", "x1")
	require.ErrorContains(t, err, "PROACTIVE_USER")
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("wrong\n"), 0o600))
	_, err = issueRun(t, "", "show", "x1", "--user", "nobody", "--password-file", password)
	require.ErrorContains(t, err, "User Not Authenticated. Required to provide Auth information: the user name, password or key is wrong")
	t.Setenv("PROACTIVE_URL", "http://name:password@127.0.0.1")
	_, err = issueRun(t, "", "show", "x1")
	require.ErrorContains(t, err, "PROACTIVE_URL")
	require.NotContains(t, err.Error(), "name:password")
}

func TestIssueShowAndCancel(t *testing.T) {
	opened(t)
	out, err := issueRun(t, "", "show", "x1")
	require.NoError(t, err)
	require.Contains(t, out, "x1  in_progress  100 of sn, step 1, abel.tuter\n")
	require.Contains(t, out, "created               Reported.\n")
	out, err = issueRun(t, "", "show", "x1", "--json")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(out, `{"result":{"experience_id":"x1"`))
	out, err = issueRun(t, "", "cancel", "x1")
	require.NoError(t, err)
	require.Equal(t, "x1 is closed_cancelled\n", out)
}

// Every event is shown once, as it comes, and the end ends the watching. What an event says cannot write to the terminal.
func TestIssueWatch(t *testing.T) {
	s := opened(t)
	go func() {
		issue, closed := *s.issue.Load(), time.Now()
		issue.State, issue.EndReason, issue.ClosedOn, issue.IncidentNumber, issue.Incident = schema.ClosedIncomplete, schema.ActionFailed, &closed, "INC0010001", "1"
		issue.Interaction, issue.InteractionNumber = "2", "IMS0010001"
		issue.Timeline = append(issue.Timeline, schema.Event{Number: 2, Step: 1, Event: schema.EventClosed, Detail: "Failed\x1b[2J:\u202e\nno."})
		s.grown <- struct{}{} // a false ring: nothing has changed yet
		s.issue.Store(&issue)
		close(s.grown)
	}()
	out, err := issueRun(t, "", "watch", "x1")
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(out, "Reported."))
	require.Equal(t, 1, strings.Count(out, "Failed[2J: no.\n"))
	require.True(t, strings.HasSuffix(out, "x1  closed_incomplete (action_failed), incident INC0010001, interaction IMS0010001  100 of sn, step 1, abel.tuter\n"), out)
}

// A service that is away for a while does not end the watching; one that says no does.
func TestIssueWatchGoesOnWhenTheServiceWasAway(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	t.Setenv("PROACTIVE_API_KEY", "key")
	_, err := issueRun(t, "", "watch", "x1", "--url", server.URL)
	require.ErrorContains(t, err, "404")
	require.Equal(t, 2, asked)
}

func (s *issueService) Simulate(_ context.Context, r schema.Report, decide func(schema.StepFacts) (schema.Decision, error)) (schema.Simulation, error) {
	s.reports = append(s.reports, r)
	f := schema.StepFacts{Step: 1, User: "1", IssueCode: r.IssueCode, Engagement: schema.Silent, ResolutionType: schema.ResolveByAction,
		ActionName: "end process", Kind: schema.FlowAction, Target: "call", FromReport: []string{"process_id"}, InputParameters: r.InputParameters, Attempts: 2, Timeout: time.Minute,
		Include: []string{"sales"}, Criteria: []schema.UserCriteria{{Name: "sales", Departments: []string{"Sales"}, Active: true}}, Person: schema.Traits{Department: "sales"},
		Limits: schema.Limits{Steps: 2, Window: time.Hour}, Past: schema.Past{Begun: 1, Contact: time.Now()}}
	d, err := decide(f)
	return schema.Simulation{Found: map[string]int{"user_name": 1}, Registry: "1", Version: schema.Version{SysID: "v3", Number: 3}, Facts: f, Decision: d, Person: r.Endpoint.UserName,
		Row: schema.GoverningRow{ShortDescription: "High CPU usage", ResolutionName: "end-it", Fallback: schema.FallbackIncident, Impact: 3, Urgency: 3}}, err
}

func TestIssueExplainTellsTheDecision(t *testing.T) {
	s := opened(t)
	out, err := issueRun(t, "", "explain", "--provider", "sn", "--issue-code", "100", "--user-name", "abel.tuter", "--parameter", "process_id=7", "--parameter", "url=x\x1b[2J")
	require.NoError(t, err)
	for _, line := range []string{
		"It would be taken as step 1, and end process be run.",
		"registry     sn/100, version 3: High CPU usage (silent)",
		"person       abel.tuter (user_name finds 1)",
		"criteria     include sales: matches; any of: departments fits (Sales)",
		"user limit   2 in 1h, 1 so far",
		"contacts     off\n",
		"parameter    url is ignored: the action does not ask for it",
		`parameters   {"process_id":"7"}`,
		"fallback     incident, where nothing helps",
		"incident     High CPU usage; group none, impact 3, urgency 3, priority 5",
	} {
		require.Contains(t, out, line)
	}
	require.NotContains(t, out, "\x1b")
	require.Len(t, s.reports, 1)
	out, err = issueRun(t, "{}", "explain", "-")
	require.NoError(t, err)
	require.Equal(t, "It would be refused, by refusal 1: Invalid request. Provide endpoint details.\n  Send an object endpoint with at least one of CI, user_id, user_name and email that is not blank.\n", out)
	out, err = issueRun(t, "{}", "explain", "--json", "-")
	require.NoError(t, err)
	require.Contains(t, out, `{"result":{"refusal":{"number":1,`)
}
