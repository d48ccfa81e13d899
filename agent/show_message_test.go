package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// showJob is a job to show a message, on a device whose policy allows it.
func showJob(parameters string) task {
	return task{
		job: schema.Job{ID: schema.NewSysID(), ExperienceID: "exp-1", Step: 1, Attempt: 1, Action: schema.ShowMessage,
			Parameters: json.RawMessage(parameters), ReportedAt: time.Now(), TimeoutSec: 60},
		policy: Policy{ActionPolicies{ShowMessage: &ShowMessagePolicy{}}},
	}
}

// showIt is both halves of the action.
func showIt(ctx context.Context, job task, show func(context.Context, schema.DesktopMessage) error) schema.ActionResult {
	action := showMessage{show}
	identity, result := action.identify(job)
	if result != nil {
		return *result
	}
	return action.run(ctx, job, identity)
}

func TestAMessageIsShownAsItIsMeant(t *testing.T) {
	for name, c := range map[string]struct {
		parameters string
		want       schema.DesktopMessage
	}{
		"all of it":          {`{"title":"Help","text":"One.\nTwo.","link":"https://help.example.com/help/x"}`, schema.DesktopMessage{Title: "Help", Text: "One.\nTwo.", Link: "https://help.example.com/help/x"}},
		"a title alone":      {`{"title":"Your code: 123 456"}`, schema.DesktopMessage{Title: "Your code: 123 456"}},
		"control characters": {"{\"title\":\"a\\u001b[31m\\nb\\u0000\",\"text\":\"\\u202etxet\\u0007\\tx\\u00a0y\"}", schema.DesktopMessage{Title: "a[31m b", Text: "txet x y"}},
		"without an end":     {`{"title":"` + strings.Repeat("ä", 300) + `","text":"` + strings.Repeat("b", 3000) + `"}`, schema.DesktopMessage{Title: strings.Repeat("ä", 199) + "…", Text: strings.Repeat("b", 1999) + "…"}},
	} {
		t.Run(name, func(t *testing.T) {
			var shown []schema.DesktopMessage
			result := showIt(t.Context(), showJob(c.parameters), func(_ context.Context, m schema.DesktopMessage) error {
				shown = append(shown, m)
				return nil
			})
			require.Equal(t, schema.ActionResult{Status: schema.ActionSucceeded, Message: "The message was shown."}, result)
			require.Equal(t, []schema.DesktopMessage{c.want}, shown)
		})
	}
}

func TestWhatIsNoMessageOrNotAllowedIsNotShown(t *testing.T) {
	for name, c := range map[string]struct {
		parameters string
		policy     ActionPolicies
		says       string
	}{
		"no policy":         {`{"title":"s3cret"}`, ActionPolicies{}, "does not allow"},
		"another's policy":  {`{"title":"s3cret"}`, ActionPolicies{EndProcess: &EndProcessPolicy{}}, "does not allow"},
		"no title":          {`{"text":"s3cret"}`, ActionPolicies{ShowMessage: &ShowMessagePolicy{}}, "title"},
		"an invisible one":  {`{"title":" \u0007","text":"s3cret"}`, ActionPolicies{ShowMessage: &ShowMessagePolicy{}}, "title"},
		"something unknown": {`{"title":"a","icon":"s3cret"}`, ActionPolicies{ShowMessage: &ShowMessagePolicy{}}, "parameters"},
		"no object":         {`["s3cret"]`, ActionPolicies{ShowMessage: &ShowMessagePolicy{}}, "parameters"},
		"a script":          {`{"title":"a","link":"javascript:s3cret"}`, ActionPolicies{ShowMessage: &ShowMessagePolicy{}}, "link"},
		"a file":            {`{"title":"a","link":"file:///s3cret"}`, ActionPolicies{ShowMessage: &ShowMessagePolicy{}}, "link"},
		"two lines of link": {`{"title":"a","link":"https://a.example.com/\ns3cret"}`, ActionPolicies{ShowMessage: &ShowMessagePolicy{}}, "link"},
		"an endless link":   {`{"title":"a","link":"https://a.example.com/s3cret` + strings.Repeat("a", 2000) + `"}`, ActionPolicies{ShowMessage: &ShowMessagePolicy{}}, "link"},
	} {
		t.Run(name, func(t *testing.T) {
			job := showJob(c.parameters)
			job.policy = Policy{c.policy}
			result := showIt(t.Context(), job, func(context.Context, schema.DesktopMessage) error {
				t.Error("it was shown")
				return nil
			})
			require.Equal(t, schema.ActionHasFailed, result.Status)
			require.Contains(t, result.Message, c.says)
			require.NotContains(t, result.Message, "s3cret")
		})
	}
}

func TestANotifierThatCannotShowAMessageSaysWhy(t *testing.T) {
	result := showIt(t.Context(), showJob(`{"title":"Help"}`), func(context.Context, schema.DesktopMessage) error {
		return notShown("The screen is locked.")
	})
	require.Equal(t, schema.ActionResult{Status: schema.ActionHasFailed, Message: "The screen is locked."}, result)
}

func TestNobodyKnowsWhetherAMessageWasSeenThatWasInterrupted(t *testing.T) {
	for name, why := range map[string]error{"the agent stops": context.Canceled, "its time is over": context.DeadlineExceeded, "it is taken back": errNotWanted} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			result := showIt(ctx, showJob(`{"title":"Help"}`), func(ctx context.Context, _ schema.DesktopMessage) error {
				cancel(why)
				return ctx.Err()
			})
			require.Equal(t, schema.ActionUnknown, result.Status)
			require.NotEmpty(t, result.Message)
		})
	}
}

func TestAnAgentShowsAMessageAndKeepsAndLogsNoneOfIt(t *testing.T) {
	s := newFakeServer(t)
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(policy, []byte("actions:\n  show_message: {}\n"), 0o600))
	state, shown := t.TempDir(), make(chan schema.DesktopMessage, 1)
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Config{Server: s.url, Token: testToken, StateDir: state, Policy: policy, Wait: 50 * time.Millisecond, RetryFirst: 5 * time.Millisecond,
			Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Show: func(_ context.Context, m schema.DesktopMessage) error {
				shown <- m
				return nil
			}})
	}()
	job := showJob(`{"title":"Your code: 123456"}`).job
	s.offer(job)
	require.Equal(t, schema.ActionSucceeded, s.hears("result").result.Status)
	require.Equal(t, "Your code: 123456", (<-shown).Title)
	cancel()
	require.NoError(t, <-ended)

	require.Contains(t, log.String(), job.ID)
	require.NotContains(t, log.String(), "123456")
	record, err := os.ReadFile(filepath.Join(state, job.ID+".json"))
	require.NoError(t, err)
	require.NotContains(t, string(record), "123456")
}

// fakeNotifier puts a notify-send on the PATH that writes its arguments, each ended by a NUL, and its environment.
func fakeNotifier(t *testing.T, then string) (dir string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("notify-send is Linux's")
	}
	dir = t.TempDir()
	program := "#!/bin/sh\nprintf '%s\\0' \"$@\" >" + dir + "/arguments\nenv >" + dir + "/environment\n" + then + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notify-send"), []byte(program), 0o700))
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	t.Setenv("DISPLAY", ":0")
	return dir
}

func TestTheNotifierIsGivenTheMessageAsData(t *testing.T) {
	dir := fakeNotifier(t, "")
	t.Setenv("PROACTIVE_AGENT_TOKEN", "the-token")
	message := schema.DesktopMessage{Title: `--help $(touch x) <b>`, Text: `a & <img src=x> "q" 'r'; ls`, Link: "https://help.example.com/help/x?a=1&b"}
	require.NoError(t, showOnScreen(t.Context(), message))
	arguments, err := os.ReadFile(filepath.Join(dir, "arguments"))
	require.NoError(t, err)
	require.Equal(t, []string{"--", `--help $(touch x) <b>`,
		"a &amp; &lt;img src=x&gt; &#34;q&#34; &#39;r&#39;; ls\n\nhttps://help.example.com/help/x?a=1&amp;b", ""},
		strings.Split(string(arguments), "\x00"))
	environment, err := os.ReadFile(filepath.Join(dir, "environment"))
	require.NoError(t, err)
	require.Contains(t, string(environment), "DISPLAY=:0")
	require.NotContains(t, string(environment), "the-token")
}

func TestADeviceWithoutScreenOrNotifierSaysSo(t *testing.T) {
	fakeNotifier(t, "echo $2; exit 1")
	require.Equal(t, errNotShown, showOnScreen(t.Context(), schema.DesktopMessage{Title: "Help"}))
	t.Setenv("PATH", t.TempDir())
	require.Equal(t, errNoNotifier, showOnScreen(t.Context(), schema.DesktopMessage{Title: "Help"}))
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} {
		t.Setenv(name, "")
	}
	require.Equal(t, errNoSession, showOnScreen(t.Context(), schema.DesktopMessage{Title: "Help"}))
}

func TestANotifierThatHangsIsEnded(t *testing.T) {
	fakeNotifier(t, "exec sleep 600")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.Equal(t, errNotShown, showOnScreen(ctx, schema.DesktopMessage{Title: "Help"}))
	require.Error(t, ctx.Err())
}
