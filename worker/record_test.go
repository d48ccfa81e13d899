package worker

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/activities"
	"proactive/schema"
	"proactive/schema/postgres"
	"proactive/workflows"
)

var record = flag.Bool("record", false, "write the histories of all scenes to ../workflows/testdata/histories")

// Every scene is played for real and its history replayed at once. With -record the histories are kept, and the slow scenes are
// played too.
func TestRecordHistories(t *testing.T) {
	t.Setenv("PROACTIVE_SECRET_SCENES", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	folder := t.TempDir()
	if *record {
		folder = filepath.Join("..", "workflows", "testdata", "histories")
	}
	r := newRecorder(t, folder)
	for _, s := range scenes() {
		if s.slow && !*record {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			r.play(t, s)
		})
	}
}

// recorder is a world with an engine, another team's worker, and a hook into the moves of each scene's issue.
type recorder struct {
	*world
	client client.Client
	folder string
	busy   string   // host:port of the hook, by another of its names
	hooks  sync.Map // of experience_id to *scene
}

func newRecorder(t *testing.T, folder string) *recorder {
	address := hook(t, answerAsAsked)
	r := &recorder{world: newWorld(t, stage(address)), folder: folder, busy: strings.TrimPrefix(elsewhere(address), "http://")}
	r.httpAllow = "127.0.0.1,localhost"
	r.temporal.Identity = "recorder" // else it names this machine
	r.client = r.world.client()
	r.otherTeam()
	r.start()
	return r
}

// start is world.engine with the hooks between the activities and the database.
func (r *recorder) start() {
	allow, err := activities.ParseAllowList(r.httpAllow)
	require.NoError(r.t, err)
	allow = secretsTo(r.t, allow, "SCENES")
	e := New(Config{Temporal: r.temporal}, r.db, activities.New(hooked{r.db, &r.hooks}), activities.NewHTTPRequest(r.db, allow, r.hosts), r.notify(allow))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.Run(ctx)
	}()
	r.t.Cleanup(func() { cancel(); <-done })
	r.eventually("the engine runs", e.Running)
}

// hooked is the store of the activities; a scene may have its say before and after a move.
type hooked struct {
	*postgres.DB
	scenes *sync.Map
}

func (h hooked) before(id, move string) error {
	s, known := h.scenes.Load(id)
	if !known || s.(*scene).before == nil {
		return nil
	}
	return s.(*scene).before(move)
}

func (h hooked) Begin(ctx context.Context, id string, step int, decide func(schema.StepFacts) (schema.Decision, error)) (schema.Plan, error) {
	if err := h.before(id, "Begin"); err != nil {
		return schema.Plan{}, err
	}
	plan, err := h.DB.Begin(ctx, id, step, decide)
	if s, known := h.scenes.Load(id); known && plan.Action != nil && s.(*scene).deadline != 0 {
		plan.Action.Deadline = s.(*scene).deadline
	}
	return plan, err
}

func (h hooked) Conclude(ctx context.Context, id string, outcome schema.Outcome) (schema.Verdict, error) {
	if err := h.before(id, "Conclude"); err != nil {
		return schema.Verdict{}, err
	}
	return h.DB.Conclude(ctx, id, outcome)
}

func (h hooked) Turn(ctx context.Context, id string, step int, heard schema.Heard, writeCode schema.WriteCode) (schema.Turn, error) {
	if err := h.before(id, "Turn"); err != nil {
		return schema.Turn{}, err
	}
	return h.DB.Turn(ctx, id, step, heard, writeCode)
}

func (h hooked) Acted(ctx context.Context, id string, outcome schema.Outcome) (schema.Turn, error) {
	if err := h.before(id, "Acted"); err != nil {
		return schema.Turn{}, err
	}
	return h.DB.Acted(ctx, id, outcome)
}

func (h hooked) ExpireWait(ctx context.Context, id string, step int) (schema.Verdict, error) {
	if err := h.before(id, "ExpireWait"); err != nil {
		return schema.Verdict{}, err
	}
	return h.DB.ExpireWait(ctx, id, step)
}

// play reports the scene's issue, lets the scene happen, and keeps the history as it is then.
func (r *recorder) play(t *testing.T, s scene) {
	at := *r.world
	at.t = t
	here := &recorder{world: &at, client: r.client, folder: r.folder, busy: r.busy}
	if s.prepare != nil {
		s.prepare(here, &s)
	}
	r.hooks.Store(s.name, &s)
	require.Equal(t, s.name, here.report(s.name, withID(s.name), ofScene(s.name)))
	if s.happens != nil {
		s.happens(here, s.name)
	}
	h := here.history(s)
	anonymous(h)
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(h)
	require.NoError(t, err)
	machine, err := os.Hostname()
	require.NoError(t, err)
	require.NotContains(t, string(text), `"`+machine, "a history names no machine")
	here.replay(s.run(), h)
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, strings.ReplaceAll(s.run(), "/", "_")+".json"), append(text, '\n'), 0o644))
}

// history waits until the run is closed, or has come to what it is to be seen waiting for.
func (r *recorder) history(s scene) *historypb.History {
	r.t.Helper()
	var h *historypb.History
	r.eventually("the history of "+s.name+" is complete", func() bool {
		h = &historypb.History{}
		events := r.client.GetWorkflowHistory(r.t.Context(), s.run(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if err != nil {
				return false // not started yet
			}
			h.Events = append(h.Events, event)
		}
		return s.complete(h.Events)
	})
	return h
}

// run is the id of the run that a scene is about.
func (s scene) run() string {
	if s.desk {
		return workflows.TellDeskID(s.name)
	}
	return s.name
}

// complete tells whether a history shows what the scene is about.
func (s scene) complete(events []*historypb.HistoryEvent) bool {
	if len(events) == 0 {
		return false
	}
	last := events[len(events)-1].GetEventType()
	if s.waitsAfter == enumspb.EVENT_TYPE_UNSPECIFIED {
		return last == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED || last == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED
	}
	if last == enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED || last == enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED {
		return false
	}
	happened := 0
	for _, event := range events {
		if event.GetEventType() == s.waitsAfter {
			happened++
		}
	}
	return happened >= max(s.times, 1)
}

// anonymous takes off the one place where this machine names itself: the queue on which it remembers runs.
func anonymous(h *historypb.History) {
	for _, event := range h.GetEvents() {
		if queue := event.GetWorkflowTaskScheduledEventAttributes().GetTaskQueue(); queue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY {
			queue.Name = "sticky"
		}
	}
}

func (r *recorder) replay(id string, h *historypb.History) {
	r.t.Helper()
	replayer := worker.NewWorkflowReplayer()
	replayer.RegisterWorkflowWithOptions(workflows.ExperienceIssue, workflow.RegisterOptions{Name: workflows.ExperienceIssueName})
	replayer.RegisterWorkflowWithOptions(workflows.TellDesk, workflow.RegisterOptions{Name: workflows.TellDeskName})
	require.NoError(r.t, replayer.ReplayWorkflowHistoryWithOptions(nil, h,
		worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}}))
}

// ofScene is a report about a person and a computer that no other scene knows.
func ofScene(name string) func(*schema.Report) {
	return func(r *schema.Report) {
		r.Endpoint = schema.Endpoint{UserName: name, CI: computerOf(name)}
		r.InputParameters = []byte(`{"process_id": "10644"}`)
	}
}

func computerOf(name string) string {
	sum := md5.Sum([]byte(name))
	return hex.EncodeToString(sum[:])
}

func elsewhere(address string) string { return strings.Replace(address, "127.0.0.1", "localhost", 1) }

// stage is a catalogue with a person, a computer, an action, a resolution and an issue for each scene.
func stage(address string) string {
	var users, computers, actions, resolutions, issues strings.Builder
	for _, s := range scenes() {
		fmt.Fprintf(&users, "  - {user_name: %s}\n", s.name)
		fmt.Fprintf(&computers, "  - {sys_id: %s, name: computer-of-%s, assigned_to: %s}\n", computerOf(s.name), s.name, s.name)
		resolution := "straight-to-incident"
		if s.action != "" {
			resolution = s.name
			fmt.Fprintf(&actions, "  - {name: %s, %s}\n", s.name, s.action)
			fmt.Fprintf(&resolutions, "  - {name: %s, type: remedial_action, remedial_action: %s, %s}\n", s.name, s.name,
				strings.NewReplacer("HOOK", address, "BUSY", elsewhere(address)).Replace(s.resolution))
		}
		wait := s.actionWait
		if wait == "" {
			wait = "30m"
		}
		if s.selfHelp {
			resolution = "self-help"
		}
		fmt.Fprintf(&issues, "  - {provider: sn, issue_code: %s, short_description: %s, resolution: %s, action_wait: %s, deployed: true%s}\n", s.name, s.name, resolution, wait, s.engages)
	}
	return "providers: [{provider_code: sn, name: ServiceNow}]\nusers:\n" + users.String() + "computers:\n" + computers.String() +
		"remedial_actions:\n  - {name: next, " + request + "}\n" + actions.String() +
		strings.ReplaceAll(people, "HOOK", address) +
		"resolutions:\n  - {name: straight-to-incident, type: create_incident}\n  - {name: self-help, type: self_help, instructions: [Empty the trash.]}\n" +
		"  - {name: next, type: remedial_action, remedial_action: next, " + strings.ReplaceAll(asks("200"), "HOOK", address) + "}\n" + resolutions.String() +
		"issues:\n  - {provider: sn, issue_code: next, short_description: next, resolution: next, deployed: true}\n" + issues.String()
}
