package worker

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"proactive/schema"
)

// scene is one branch of the workflow. Its name is the experience_id, its code and its person.
type scene struct {
	name       string
	action     string // the remedial action in the catalogue; "" asks for an incident
	resolution string
	actionWait string // how long the next report is awaited; 30m
	selfHelp   bool   // what helps is shown to the person
	engages    string // more fields of the issue: how the person is involved
	desk       bool   // the run that is recorded is the one that tells the service desk
	slow       bool

	prepare    func(r *recorder, s *scene)
	before     func(move string) error // before Begin, Conclude and ExpireWait
	deadline   time.Duration           // instead of the planned one
	happens    func(r *recorder, id string)
	waitsAfter enumspb.EventType // the history is taken while the run is open, when this has happened
	times      int               // so often; once
}

const (
	request = "kind: flow_action, target: http_request, timeout: 10s, attempts: 2, idempotent: true"
	desk    = "kind: flow_action, target: desk, task_queue: desk, idempotent: true, timeout: "
	deskOne = "kind: flow_action, target: desk, task_queue: desk, timeout: "
	flow    = "kind: subflow, target: desk_flow, task_queue: desk, idempotent: true, timeout: "
	device  = "kind: ci_action, target: end_process, timeout: 1m, idempotent: true, from_report: [process_id]"

	thenWait = ", on_success: action_wait"
)

func does(what string) string { return `parameters: {does: ` + what + `}` }
func asks(path string) string { return `parameters: {method: POST, url: "HOOK/` + path + `"}` }

func scenes() []scene {
	all := [][]scene{flowActionScenes(), subflowScenes(), deviceScenes(), nothingRunsScenes(), waitScenes(), cancelScenes(), openScenes(),
		talkScenes(), untoldScenes(), calledOffTalkScenes(), openTalkScenes()}
	var flat []scene
	for _, some := range all {
		flat = append(flat, some...)
	}
	return flat
}

func flowActionScenes() []scene {
	return []scene{
		{name: "flow_action_succeeds", action: request, resolution: asks("200")},
		{name: "flow_action_fails", action: request, resolution: asks("404")},
		{name: "flow_action_errs", action: desk + "10s", resolution: does("err")},
		{name: "flow_action_succeeds_at_the_second_attempt", action: desk + "10s, attempts: 2", resolution: does("err_once")},
		{name: "flow_action_gives_no_result", action: desk + "10s", resolution: does("mumble")},
		{name: "flow_action_times_out", action: desk + "1s", resolution: does("hang")},
		{name: "flow_action_times_out_and_must_not_be_repeated", action: deskOne + "1s", resolution: does("hang")},
		busyHostScene(),
		{name: "flow_action_is_taken_by_nobody", action: "kind: flow_action, target: x, task_queue: nobody, timeout: 1s", resolution: "parameters: {}", deadline: 2 * time.Second},
	}
}

// busyHostScene keeps the hook, by another of its names, busy until the run waits for its turn.
func busyHostScene() scene {
	var leaves []func()
	return scene{name: "flow_action_waits_for_a_busy_host", action: request, resolution: `parameters: {method: POST, url: "BUSY/200"}`,
		prepare: func(r *recorder, _ *scene) {
			for leave, busy := r.hosts.Enter(r.busy); busy == nil; leave, busy = r.hosts.Enter(r.busy) {
				leaves = append(leaves, leave)
			}
		},
		happens: func(r *recorder, id string) {
			r.history(scene{name: id, waitsAfter: enumspb.EVENT_TYPE_TIMER_STARTED})
			for _, leave := range leaves {
				leave()
			}
		}}
}

func subflowScenes() []scene {
	return []scene{
		{name: "subflow_succeeds", action: flow + "10s", resolution: does("succeed")},
		{name: "subflow_fails", action: flow + "10s", resolution: does("fail")},
		{name: "subflow_errs", action: flow + "10s", resolution: does("err")},
		{name: "subflow_times_out", action: flow + "1s", resolution: does("hang"), deadline: 2 * time.Second},
		{name: "subflow_is_there_already", action: flow + "10s", resolution: does("succeed"), prepare: func(r *recorder, s *scene) {
			_, err := r.client.ExecuteWorkflow(r.t.Context(), client.StartWorkflowOptions{ID: s.name + "/step-1", TaskQueue: "nobody"}, "other")
			require.NoError(r.t, err)
		}},
	}
}

func deviceScenes() []scene {
	return []scene{
		{name: "ci_action_succeeds", action: device, resolution: "parameters: {}", prepare: enroll, happens: jobEnds(schema.ActionSucceeded)},
		{name: "ci_action_fails", action: device, resolution: "parameters: {}", prepare: enroll, happens: jobEnds(schema.ActionHasFailed)},
		{name: "ci_action_is_given_up", action: device, resolution: "parameters: {}", prepare: enroll, deadline: time.Second},
	}
}

func nothingRunsScenes() []scene {
	return []scene{
		{name: "incident_requested"},
		{name: "no_device", action: device, resolution: "parameters: {}"},
		{name: "invalid_parameters", action: request + ", input_schema: {type: object, required: [colour]}", resolution: asks("200")},
		{name: "postgres_was_away", slow: true, prepare: func(_ *recorder, s *scene) { s.before = unavailable(4) }},
	}
}

func waitScenes() []scene {
	return []scene{
		{name: "action_wait_then_chained", action: desk + "10s", resolution: does("wait"), happens: func(r *recorder, id string) {
			r.becomes(id, schema.ActionWait)
			r.chain(id)
		}},
		{name: "action_wait_expires", action: desk + "10s", resolution: does("succeed") + thenWait, actionWait: "1s"},
		{name: "chained_while_action_wait_expires", action: request, resolution: asks("200") + thenWait, actionWait: "1s",
			prepare: func(r *recorder, s *scene) {
				s.before = on("ExpireWait", 1, func() { r.chain(s.name) })
			}},
	}
}

func cancelScenes() []scene {
	ui, api := (*recorder).cancelRun, (*recorder).cancel
	whileRunning := func(cancel func(*recorder, string)) func(*recorder, string) {
		return func(r *recorder, id string) {
			r.started(id)
			cancel(r, id)
		}
	}
	whileWaiting := func(cancel func(*recorder, string)) func(*recorder, string) {
		return func(r *recorder, id string) {
			r.becomes(id, schema.ActionWait)
			cancel(r, id)
		}
	}
	beforeBegin := func(cancel func(*recorder, string)) func(*recorder, *scene) {
		return func(r *recorder, s *scene) { s.before = on("Begin", 1, func() { cancel(r, s.name) }) }
	}
	return []scene{
		{name: "cancelled_before_it_began", action: desk + "1h", resolution: does("hang"), prepare: beforeBegin(api)},
		{name: "cancelled_while_a_flow_action_runs", action: desk + "1h", resolution: does("hang"), happens: whileRunning(api)},
		{name: "cancelled_while_a_subflow_runs", action: flow + "1h", resolution: does("hang"), happens: whileRunning(api)},
		{name: "cancelled_while_waiting_for_the_device", action: device, resolution: "parameters: {}", prepare: enroll, happens: whileRunning(api)},
		{name: "cancelled_in_action_wait", action: request, resolution: asks("200") + thenWait, happens: whileWaiting(api)},
		{name: "cancelled_in_the_ui_before_it_began", action: desk + "1h", resolution: does("hang"), prepare: beforeBegin(ui)},
		{name: "cancelled_in_the_ui_while_a_flow_action_runs", action: desk + "1h", resolution: does("hang"), happens: whileRunning(ui)},
		{name: "cancelled_in_the_ui_while_a_subflow_runs", action: flow + "1h", resolution: does("hang"), happens: whileRunning(ui)},
		{name: "cancelled_in_the_ui_while_waiting_for_the_device", action: device, resolution: "parameters: {}", prepare: enroll, happens: whileRunning(ui)},
		{name: "cancelled_in_the_ui_just_after_a_chained_report", action: request, resolution: asks("200") + thenWait, happens: whileWaiting(ui),
			prepare: func(r *recorder, s *scene) {
				s.before = on("Conclude", 2, func() { r.chain(s.name) })
			}},
		{name: "cancelled_in_the_ui_in_action_wait", action: request, resolution: asks("200") + thenWait, happens: whileWaiting(ui)},
	}
}

func openScenes() []scene {
	return []scene{
		{name: "open_running_a_flow_action", action: desk + "1h", resolution: does("hang"), waitsAfter: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED},
		{name: "open_between_two_attempts", action: desk + "1h, attempts: 100", resolution: does("err"), waitsAfter: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED},
		{name: "open_running_a_subflow", action: flow + "1h", resolution: does("hang"), waitsAfter: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED},
		{name: "open_waiting_for_the_device", action: device, resolution: "parameters: {}", prepare: enroll, waitsAfter: enumspb.EVENT_TYPE_TIMER_STARTED},
		{name: "open_in_action_wait", action: request, resolution: asks("200") + thenWait, waitsAfter: enumspb.EVENT_TYPE_TIMER_STARTED},
		{name: "open_waiting_for_postgres", slow: true, waitsAfter: enumspb.EVENT_TYPE_TIMER_STARTED,
			prepare: func(_ *recorder, s *scene) { s.before = unavailable(1000) }},
	}
}

// answerAsAsked answers with the status that the path names.
func answerAsAsked(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/404" {
		w.WriteHeader(http.StatusNotFound)
	}
	io.WriteString(w, `{"heard": true}`)
}

func enroll(r *recorder, s *scene) {
	_, err := r.db.EnrollAgent(r.t.Context(), computerOf(s.name))
	require.NoError(r.t, err)
}

// jobEnds lets the scene's device run its job.
func jobEnds(status schema.ActionStatus) func(*recorder, string) {
	return func(r *recorder, id string) {
		ci, job := computerOf(id), (*schema.Job)(nil)
		r.eventually("the device sees its job", func() bool {
			var err error
			job, _, err = r.db.NextJob(r.t.Context(), ci, schema.AgentInfo{Version: "test", OS: "linux", Actions: []string{"end_process"}})
			require.NoError(r.t, err)
			return job != nil
		})
		_, err := r.db.Heartbeat(r.t.Context(), ci, job.ID)
		require.NoError(r.t, err)
		require.NoError(r.t, r.db.FinishJob(r.t.Context(), ci, job.ID, schema.ActionResult{Status: status, Message: "done", Output: json.RawMessage(`{}`)}))
	}
}

// on lets something happen before the nth time that a move is made.
func on(move string, nth int, deed func()) func(string) error {
	n := 0
	return func(made string) error {
		if made != move {
			return nil
		}
		if n++; n == nth {
			deed()
		}
		return nil
	}
}

// unavailable lets Postgres be away for so many tries of Begin.
func unavailable(times int) func(string) error {
	n := 0
	return func(move string) error {
		if n++; move == "Begin" && n <= times {
			return schema.ErrUnavailable
		}
		return nil
	}
}
