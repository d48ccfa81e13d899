package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// endJob is a job to end the process with the policy that allows this binary's own executable.
func endJob(t *testing.T, parameters string) task {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return task{
		job: schema.Job{ID: schema.NewSysID(), ExperienceID: "exp-1", Step: 1, Attempt: 1, Action: "end_process",
			Parameters: json.RawMessage(parameters), ReportedAt: time.Now(), TimeoutSec: 60},
		policy: Policy{ActionPolicies{EndProcess: &EndProcessPolicy{Grace: time.Minute, Processes: []ProcessRule{{Executable: self}}}}},
	}
}

// endIt is both halves of the action.
func endIt(t *testing.T, job task) schema.ActionResult {
	t.Helper()
	identity, result := endProcess{}.identify(job)
	if result != nil {
		return *result
	}
	return endProcess{}.run(t.Context(), job, identity)
}

func TestAProcessThatEndsWhenAskedIsTerminated(t *testing.T) {
	child := program(t, "program")
	result := endIt(t, endJob(t, fmt.Sprintf(`{"process_id":%d}`, child.Process.Pid)))
	require.Equal(t, schema.ActionSucceeded, result.Status, result.Message)
	var output map[string]any
	require.NoError(t, json.Unmarshal(result.Output, &output))
	require.Equal(t, "terminated", output["ended_by"])
	require.EqualValues(t, child.Process.Pid, output["process_id"])
	require.Equal(t, child.Path, output["executable"])
	require.Contains(t, output, "started_at")
	require.False(t, alive(t, child), "a zombie counts as ended")
}

func TestAProcessThatDoesNotEndWhenAskedIsKilled(t *testing.T) {
	child := program(t, "stubborn program")
	job := endJob(t, fmt.Sprintf(`{"process_id":"%d"}`, child.Process.Pid))
	job.policy.Actions.EndProcess.Grace = 200 * time.Millisecond
	result := endIt(t, job)
	require.Equal(t, schema.ActionSucceeded, result.Status, result.Message)
	require.Contains(t, string(result.Output), `"ended_by":"killed"`)
	require.False(t, alive(t, child))
}

func TestWhatIsNotMeantOrNotAllowedSurvives(t *testing.T) {
	child := program(t, "program")
	id := child.Process.Pid
	found, err := lookUp(id)
	require.NoError(t, err)
	justThis := fmt.Sprintf(`{"process_id":"%d"}`, id)
	rules := func(rules ...ProcessRule) func(*task) {
		return func(t *task) { t.policy.Actions.EndProcess.Processes = rules }
	}
	for name, c := range map[string]struct {
		parameters string
		change     func(*task)
		says       string
	}{
		"no policy":                {justThis, func(t *task) { t.policy = Policy{} }, "does not allow"},
		"no rule":                  {justThis, rules(), "does not allow"},
		"another executable":       {justThis, rules(ProcessRule{Executable: "/usr/bin/stuck-app"}), "does not allow"},
		"another id in the rule":   {justThis, rules(ProcessRule{Executable: found.Executable, PID: id + 1}), "does not allow"},
		"another user's":           {justThis, rules(ProcessRule{Executable: found.Executable, User: found.user + "x"}), "does not allow"},
		"another was reported":     {fmt.Sprintf(`{"process_id":"%d","executable":"/usr/bin/stuck-app"}`, id), nil, "another one"},
		"an older was reported":    {fmt.Sprintf(`{"process_id":"%d","started_at":"2020-01-01T00:00:00Z"}`, id), nil, "another one"},
		"started after the report": {justThis, func(t *task) { t.job.ReportedAt = found.StartedAt.Add(-time.Minute) }, "after the report"},
		"no id":                    {`{}`, nil, "process_id"},
		"a name":                   {`{"process_id":"stuck-app"}`, nil, "process_id"},
		"everybody":                {`{"process_id":"-1"}`, nil, "process_id"},
		"nobody":                   {`{"process_id":0}`, nil, "process_id"},
		"something unknown":        {fmt.Sprintf(`{"process_id":"%d","signal":"9"}`, id), nil, "parameters"},
		"not a time":               {fmt.Sprintf(`{"process_id":"%d","started_at":"noon"}`, id), nil, "started_at"},
		"no object":                {`[]`, nil, "parameters"},
	} {
		t.Run(name, func(t *testing.T) {
			job := endJob(t, c.parameters)
			if c.change != nil {
				c.change(&job)
			}
			result := endIt(t, job)
			require.Equal(t, schema.ActionHasFailed, result.Status)
			require.Contains(t, result.Message, c.says)
			require.True(t, alive(t, child))
		})
	}
}

func TestARuleMayNameTheProcessAndItsUser(t *testing.T) {
	child := program(t, "program")
	found, err := lookUp(child.Process.Pid)
	require.NoError(t, err)
	require.NotEmpty(t, found.user)
	job := endJob(t, fmt.Sprintf(`{"process_id":%d,"executable":%q,"started_at":%q}`, found.ID, found.Executable, found.StartedAt.Format(time.RFC3339)))
	job.policy.Actions.EndProcess.Processes = []ProcessRule{{Executable: found.Executable, PID: found.ID, User: found.user}}
	require.Equal(t, schema.ActionSucceeded, endIt(t, job).Status)
}

func TestTheAgentItsParentAndTheFirstProcessAreNeverEnded(t *testing.T) {
	for _, id := range []int{os.Getpid(), os.Getppid(), 1} {
		job := endJob(t, fmt.Sprintf(`{"process_id":%d}`, id))
		if found, err := lookUp(id); err == nil { // not everybody may look at the first process
			job.policy.Actions.EndProcess.Processes = []ProcessRule{{Executable: found.Executable}}
		}
		result := endIt(t, job)
		require.Equal(t, schema.ActionHasFailed, result.Status)
		require.Contains(t, result.Message, "never ended")
	}
	require.True(t, process{ID: 99, core: true}.untouchable(), "a thread of the kernel")
}

func TestAProcessThatIsNotThereIsAFailure(t *testing.T) {
	child := program(t, "program")
	require.NoError(t, child.Process.Kill())
	child.Wait() //nolint:errcheck // it was killed
	result := endIt(t, endJob(t, fmt.Sprintf(`{"process_id":%d}`, child.Process.Pid)))
	require.Equal(t, schema.ActionResult{Status: schema.ActionHasFailed,
		Message: fmt.Sprintf("There is no process %d on this device.", child.Process.Pid)}, result)
}

// A process of the same id and executable that was born at another moment stands for one whose id was reused after it was identified.
func TestAReusedIDIsNotHit(t *testing.T) {
	child := program(t, "program")
	job := endJob(t, fmt.Sprintf(`{"process_id":%d}`, child.Process.Pid))
	identity, result := endProcess{}.identify(job)
	require.Nil(t, result)
	var target process
	require.NoError(t, json.Unmarshal(identity, &target))
	target.Birth += "0"
	require.Equal(t, schema.ActionHasFailed, endProcess{}.run(t.Context(), job, mustJSON(target)).Status)
	require.True(t, alive(t, child))
}

func TestASecondAttemptKnowsWhatTheFirstHasEnded(t *testing.T) {
	child := program(t, "program")
	job := endJob(t, fmt.Sprintf(`{"process_id":%d}`, child.Process.Pid))
	identity, result := endProcess{}.identify(job)
	require.Nil(t, result)
	job.job.Attempt, job.earlier = 2, []json.RawMessage{identity}

	require.Equal(t, schema.ActionSucceeded, endIt(t, job).Status, "still there: it is ended now")
	again := endIt(t, job)
	require.Equal(t, schema.ActionSucceeded, again.Status, "gone: the first attempt ended it")
	require.Contains(t, string(again.Output), `"ended_by":"earlier_attempt"`)
	job.earlier = nil
	require.Equal(t, schema.ActionHasFailed, endIt(t, job).Status, "without a record of its own nobody knows")
}

func TestAStoppedAgentSaysThatItCannotKnow(t *testing.T) {
	child := program(t, "stubborn program")
	job := endJob(t, fmt.Sprintf(`{"process_id":%d}`, child.Process.Pid))
	identity, result := endProcess{}.identify(job)
	require.Nil(t, result)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, schema.ActionUnknown, endProcess{}.run(ctx, job, identity).Status)
	require.True(t, alive(t, child), "and it does not go on to kill")
}

func TestAnExecutableThatWasReplacedIsStillTheSame(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	text, err := os.ReadFile(self)
	require.NoError(t, err)
	copied := t.TempDir() + "/app"
	require.NoError(t, os.WriteFile(copied, text, 0o755))
	child := programAt(t, copied, "program")
	require.NoError(t, os.Remove(copied))
	found, err := lookUp(child.Process.Pid)
	require.NoError(t, err)
	require.Equal(t, copied, found.Executable)
}
