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
		t.Run(name, func(t *testing.T) { require.NoError(t, replay(ExperienceIssue, TellDesk, readHistory(t, name))) })
	}
}

// The histories are worth something only if a workflow that does something else fails on every one of them.
func TestAChangedWorkflowDoesNotReplay(t *testing.T) {
	changed := map[string]func(ctx workflow.Context, start schema.Start) error{
		"one local activity more": func(ctx workflow.Context, start schema.Start) error {
			x := &issue{id: start.ExperienceID, step: start.Step}
			_, err := x.expireWait(ctx)
			return err
		},
		"a timer more": func(ctx workflow.Context, _ schema.Start) error { return workflow.Sleep(ctx, 1) },
	}
	for what, first := range changed {
		issue := func(ctx workflow.Context, start schema.Start) (schema.Verdict, error) {
			if err := first(ctx, start); err != nil {
				return schema.Verdict{}, err
			}
			return ExperienceIssue(ctx, start)
		}
		desk := func(ctx workflow.Context, start schema.Start) error {
			if err := first(ctx, start); err != nil {
				return err
			}
			return TellDesk(ctx, start)
		}
		for _, name := range recorded(t) {
			t.Run(what+"/"+name, func(t *testing.T) { assert.Error(t, replay(issue, desk, readHistory(t, name))) })
		}
	}
}

// replay runs the code of the two workflows against a history of either.
func replay(issue, desk any, h *historypb.History) error {
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true}) // a busy machine may keep a workflow from going on for a second
	if err != nil {
		return err
	}
	r.RegisterWorkflowWithOptions(issue, workflow.RegisterOptions{Name: ExperienceIssueName})
	r.RegisterWorkflowWithOptions(desk, workflow.RegisterOptions{Name: TellDeskName})
	started := h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler)) // the replay's error says the same
	return r.ReplayWorkflowHistoryWithOptions(quiet, h, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()},
	})
}

// recorded names the histories; a file is named after its workflow id, with _ for a slash.
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
	id := h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId()
	require.Equal(t, name, strings.ReplaceAll(id, "/", "_"))
	return h
}

// branches are the ways that a run can go, each with the events that show that it went there. open ones have no end.
var branches = map[string][]enumspb.EventType{
	"flow_action_succeeds":                             {scheduled, completed, ended},
	"flow_action_fails":                                {scheduled, completed, ended},
	"flow_action_errs":                                 {scheduled, enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED, ended},
	"flow_action_succeeds_at_the_second_attempt":       {scheduled, completed, ended},
	"flow_action_waits_for_a_busy_host":                {scheduled, enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED, timerStarted, timerFired, scheduled, completed, ended},
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
	"accepted_consented_helped":                        {scheduled, signaled, timerCanceled, signaled, scheduled, completed, timerStarted, signaled, ended},
	"accepted_and_the_device_acts":                     {timerStarted, signaled, timerCanceled, timerStarted, signaled, timerStarted, signaled, ended},
	"accepted_and_the_device_fails":                    {timerStarted, signaled, timerCanceled, timerStarted, signaled, ended},
	"accepted_self_help":                               {scheduled, timerStarted, signaled, timerStarted, signaled, timerStarted, signaled, ended},
	"accepted_incident":                                {scheduled, timerStarted, signaled, timerStarted, signaled, ended},
	"accepted_and_the_action_fails":                    {scheduled, timerStarted, signaled, scheduled, completed, marker, ended},
	"accepted_then_action_wait_then_chained":           {scheduled, timerStarted, signaled, scheduled, completed, timerStarted, signaled, scheduled, ended},
	"declined":                                         {scheduled, timerStarted, signaled, timerCanceled, ended},
	"consent_refused":                                  {timerStarted, signaled, timerStarted, signaled, ended},
	"did_not_help":                                     {timerStarted, signaled, timerStarted, signaled, ended},
	"not_now_then_accepted_early":                      {timerStarted, signaled, timerStarted, signaled, timerCanceled, timerStarted, signaled, timerStarted, signaled, ended},
	"not_now_then_asked_again":                         {scheduled, signaled, timerStarted, timerFired, scheduled, signaled, ended},
	"nobody_accepts":                                   {scheduled, timerFired, scheduled, timerFired, ended},
	"nobody_consents":                                  {scheduled, signaled, timerFired, scheduled, timerFired, ended},
	"nobody_says_whether_it_helped":                    {scheduled, signaled, timerFired, scheduled, timerFired, ended},
	"no_feedback":                                      {signaled, signaled, timerFired, ended},
	"excluded_by_criteria":                             {marker, marker, ended},
	"told_later":                                       {timerStarted, timerFired, scheduled, signaled, ended},
	"notified":                                         {scheduled, timerStarted, completed, timerCanceled, ended},
	"nobody_could_be_notified":                         {scheduled, timerStarted, completed, timerCanceled, ended},
	"nobody_could_be_asked":                            {scheduled, timerStarted, completed, timerCanceled, ended},
	"one_channel_is_down":                              {scheduled, scheduled, completed, signaled, ended},
	"live_agent_wanted_desk":                           {marker, scheduled, completed, marker, ended},
	"cancelled_while_asked":                            {scheduled, timerStarted, signaled, timerCanceled, ended},
	"cancelled_in_the_ui_while_asked":                  {scheduled, timerStarted, cancelled, timerCanceled, endedSo},
	"cancelled_while_what_was_agreed_runs":             {scheduled, signaled, scheduled, signaled, enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED, ended},
	"open_asked":                                       {scheduled, timerStarted, completed},
	"open_put_off":                                     {scheduled, timerStarted, signaled, timerStarted},
	"open_waiting_for_consent":                         {scheduled, timerStarted, signaled, timerStarted},
	"open_running_what_was_agreed":                     {scheduled, timerStarted, signaled, scheduled},
	"open_waiting_to_hear_whether_it_helped":           {scheduled, timerStarted, signaled, timerStarted},
	"open_waiting_for_feedback":                        {scheduled, timerStarted, signaled, timerStarted, signaled, timerStarted},
	"open_to_be_told_later":                            {marker, marker, timerStarted},
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
