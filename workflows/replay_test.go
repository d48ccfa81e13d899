package workflows

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

const folder = "testdata/histories"

func TestRecordedHistoriesReplay(t *testing.T) {
	for _, name := range recorded(t) {
		t.Run(name, func(t *testing.T) { require.NoError(t, replay(ExperienceIssue, name, readHistory(t, name))) })
	}
}

// The histories are worth something only if a workflow that does something else fails on every one of them.
func TestAChangedWorkflowDoesNotReplay(t *testing.T) {
	changed := map[string]func(workflow.Context, schema.Start) (schema.Verdict, error){
		"one local activity more": func(ctx workflow.Context, start schema.Start) (schema.Verdict, error) {
			x := &issue{id: start.ExperienceID, step: start.Step}
			if verdict, err := x.expireWait(ctx); err != nil {
				return verdict, err
			}
			return ExperienceIssue(ctx, start)
		},
		"a timer more": func(ctx workflow.Context, start schema.Start) (schema.Verdict, error) {
			if err := workflow.Sleep(ctx, 1); err != nil {
				return schema.Verdict{}, err
			}
			return ExperienceIssue(ctx, start)
		},
	}
	for what, workflow := range changed {
		for _, name := range recorded(t) {
			t.Run(what+"/"+name, func(t *testing.T) { assert.Error(t, replay(workflow, name, readHistory(t, name))) })
		}
	}
}

func replay(code any, id string, h *historypb.History) error {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(code, workflow.RegisterOptions{Name: ExperienceIssueName})
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler)) // the replay's error says the same
	return r.ReplayWorkflowHistoryWithOptions(quiet, h, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: id, RunID: h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetOriginalExecutionRunId()},
	})
}

// recorded names the histories; a file is named after its workflow id.
func recorded(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	return files
}

func readHistory(t *testing.T, name string) *historypb.History {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, name+".json"))
	require.NoError(t, err)
	defer file.Close()
	h, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	require.NoError(t, err)
	require.Equal(t, name, h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId())
	return h
}

// branches are the ways that a run can go, each with the events that show that it went there. open ones have no end.
var branches = map[string][]enumspb.EventType{
	"flow_action_succeeds":                             {scheduled, completed, ended},
	"flow_action_fails":                                {scheduled, completed, ended},
	"flow_action_errs":                                 {scheduled, enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED, ended},
	"flow_action_succeeds_at_the_second_attempt":       {scheduled, completed, ended},
	"flow_action_gives_no_result":                      {scheduled, completed, ended},
	"flow_action_times_out":                            {scheduled, enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, ended},
	"flow_action_times_out_and_must_not_be_repeated":   {scheduled, enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, ended},
	"flow_action_is_taken_by_nobody":                   {scheduled, enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, ended},
	"subflow_succeeds":                                 {child, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED, ended},
	"subflow_fails":                                    {child, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED, ended},
	"subflow_errs":                                     {child, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED, ended},
	"subflow_times_out":                                {child, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT, ended},
	"subflow_is_there_already":                         {child, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED, ended},
	"ci_action_succeeds":                               {timerStarted, signaled, timerCanceled, ended},
	"ci_action_fails":                                  {timerStarted, signaled, timerCanceled, ended},
	"ci_action_is_given_up":                            {timerStarted, timerFired, ended},
	"incident_requested":                               {marker, marker, ended},
	"no_device":                                        {marker, marker, ended},
	"invalid_parameters":                               {marker, marker, ended},
	"postgres_was_away":                                {marker, timerStarted, timerFired, marker, ended},
	"action_wait_then_chained":                         {timerStarted, signaled, timerCanceled, scheduled, ended},
	"action_wait_expires":                              {timerStarted, timerFired, ended},
	"chained_while_action_wait_expires":                {timerStarted, timerFired, scheduled, ended},
	"cancelled_before_it_began":                        {marker, ended},
	"cancelled_while_a_flow_action_runs":               {scheduled, signaled, enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED, ended},
	"cancelled_while_a_subflow_runs":                   {child, signaled, enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, ended},
	"cancelled_while_waiting_for_the_device":           {timerStarted, signaled, timerCanceled, ended},
	"cancelled_in_action_wait":                         {timerStarted, signaled, timerCanceled, ended},
	"cancelled_in_the_ui_before_it_began":              {cancelled, endedSo},
	"cancelled_in_the_ui_while_a_flow_action_runs":     {scheduled, cancelled, enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED, endedSo},
	"cancelled_in_the_ui_while_a_subflow_runs":         {child, cancelled, enumspb.EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, endedSo},
	"cancelled_in_the_ui_while_waiting_for_the_device": {timerStarted, cancelled, timerCanceled, endedSo},
	"cancelled_in_the_ui_in_action_wait":               {timerStarted, cancelled, timerCanceled, endedSo},
	"cancelled_in_the_ui_just_after_a_chained_report":  {timerStarted, cancelled, timerCanceled, endedSo},
	"open_running_a_flow_action":                       {marker, scheduled},
	"open_between_two_attempts":                        {marker, scheduled},
	"open_running_a_subflow":                           {marker, child, enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED},
	"open_waiting_for_the_device":                      {marker, timerStarted},
	"open_in_action_wait":                              {scheduled, completed, timerStarted},
	"open_waiting_for_postgres":                        {marker, timerStarted},
}

const (
	marker        = enumspb.EVENT_TYPE_MARKER_RECORDED // of a local activity
	scheduled     = enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
	completed     = enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
	child         = enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED
	signaled      = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
	cancelled     = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED
	timerStarted  = enumspb.EVENT_TYPE_TIMER_STARTED
	timerFired    = enumspb.EVENT_TYPE_TIMER_FIRED
	timerCanceled = enumspb.EVENT_TYPE_TIMER_CANCELED
	ended         = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
	endedSo       = enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED
)

func TestEveryBranchIsRecorded(t *testing.T) {
	var names []string
	for name := range branches {
		names = append(names, name)
	}
	require.ElementsMatch(t, names, recorded(t))
	for name, want := range branches {
		events := readHistory(t, name).GetEvents()
		assert.Equal(t, strings.HasPrefix(name, "open_"), !closes(events[len(events)-1]), name)
		for _, event := range events {
			if len(want) > 0 && event.GetEventType() == want[0] {
				want = want[1:]
			}
		}
		assert.Empty(t, want, "%s shows these events, in this order", name)
	}
}

func closes(event *historypb.HistoryEvent) bool {
	return event.GetEventType() == ended || event.GetEventType() == endedSo
}

func TestAHistoryNamesNoMachine(t *testing.T) {
	for _, name := range recorded(t) {
		for _, event := range readHistory(t, name).GetEvents() {
			assert.Contains(t, []string{"", "recorder"}, event.GetWorkflowTaskStartedEventAttributes().GetIdentity())
			if queue := event.GetWorkflowTaskScheduledEventAttributes().GetTaskQueue(); queue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY {
				assert.Equal(t, "sticky", queue.GetName())
			}
		}
	}
}
