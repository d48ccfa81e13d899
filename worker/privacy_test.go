package worker

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/proto"

	"proactive/schema"
)

// planted is put where a person, a secret or a detail stands, and looked for everywhere else.
const planted = "Pl4nted"

const plantedCatalogue = `
providers: [{provider_code: sn, name: ServiceNow}]
users: [{user_name: Pl4nted-name, first_name: Pl4nted-first, last_name: Pl4nted-last, email: Pl4nted@example.com}]
computers: [{sys_id: d049b28e936aa1106f98f6db5cba10d5, name: Pl4nted-laptop, assigned_to: Pl4nted-name}]
remedial_actions:
  - {name: call-hook, kind: flow_action, target: http_request, timeout: 1m, attempts: 2, idempotent: true, from_report: [process_id]}
  - {name: end-process, kind: ci_action, target: end_process, timeout: 5m, attempts: 1, from_report: [process_id],
     input_schema: {type: object, properties: {process_id: {type: string, maxLength: 20}}}}
  - {name: ask-desk, kind: flow_action, target: ask, task_queue: desk-queue, timeout: 1m, attempts: 1, from_report: [note]}
resolutions:
  - {name: call-hook, type: remedial_action, remedial_action: call-hook, on_success: action_wait, parameters: {method: POST,
     url: "HOOK/Pl4nted-path?q=Pl4nted-query", headers: {Authorization: {$secret: PLANTED}, X-Other: Pl4nted-header},
     body: {id: {$input: process_id}, text: Pl4nted-body}}}
  - {name: end-process, type: remedial_action, remedial_action: end-process}
  - {name: ask-desk, type: remedial_action, remedial_action: ask-desk}
issues:
  - {provider: sn, issue_code: "100", short_description: Pl4nted-short, resolution: call-hook, deployed: true}
  - {provider: sn, issue_code: "400", short_description: Pl4nted-short, resolution: end-process, deployed: true}
  - {provider: sn, issue_code: "500", short_description: Pl4nted-short, resolution: ask-desk, deployed: true}
`

func plantedReport(r *schema.Report) {
	r.Endpoint = schema.Endpoint{UserName: "Pl4nted-name", Email: "Pl4nted@example.com", CI: laptop}
	r.InputParameters = json.RawMessage(`{"process_id": "Pl4nted-pid", "Pl4nted-ignored": 1, "note": "Pl4nted-note"}`)
	r.InvestigativeDetails = json.RawMessage(`{"Pl4nted-key": "Pl4nted-detail"}`)
}

func plantedTooLong(r *schema.Report) {
	plantedReport(r)
	r.InputParameters = json.RawMessage(`{"process_id": "Pl4nted-pid-that-is-too-long"}`)
}

// journal keeps what is logged while the test runs, also by the SDK.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (w *world) journal() *journal {
	j := new(journal)
	logger := slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
	before := slog.Default()
	slog.SetDefault(logger)
	w.t.Cleanup(func() { slog.SetDefault(before) })
	w.temporal.Logger = log.NewStructuredLogger(logger)
	return j
}

func TestNothingOfAPersonStandsInHistoriesOrLogs(t *testing.T) {
	t.Setenv("PROACTIVE_SECRET_PLANTED", "Pl4nted-secret")
	status := make(chan int, 8)
	address := hook(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Pl4nted-secret", r.Header.Get("Authorization"), "what is planted does arrive")
		w.WriteHeader(<-status)
		w.Write([]byte("Pl4nted-answer")) //nolint:errcheck // the caller may be gone
	})
	w := newWorld(t, strings.ReplaceAll(plantedCatalogue, "HOOK", address))
	j := w.journal()
	w.enroll()
	stop := w.engine()
	var ids []string
	closed := func(id string, state schema.State, reason schema.EndReason) {
		require.Equal(t, reason, w.becomes(id, state).EndReason)
		w.ended(id)
		ids = append(ids, id)
	}

	status <- http.StatusServiceUnavailable // tried again
	status <- http.StatusOK
	id := w.report("100", plantedReport)
	w.becomes(id, schema.ActionWait)
	w.report("400", withID(id), plantedReport)
	w.becomes(id, schema.InProgress)
	w.deviceSays("Pl4nted-message", `{"Pl4nted": "Pl4nted-output"}`, schema.ActionHasFailed)
	closed(id, schema.ClosedIncomplete, schema.ActionFailed)

	status <- http.StatusForbidden
	closed(w.report("100", plantedReport), schema.ClosedIncomplete, schema.ActionFailed)
	closed(w.report("400", plantedTooLong), schema.ClosedIncomplete, schema.InvalidParameters)
	stop()

	for _, id := range ids {
		text := readable(t, w.history(id))
		require.Contains(t, text, id, "what is looked through can be read")
		assert.NotContains(t, strings.ToLower(text), strings.ToLower(planted))
	}
	require.Contains(t, j.String(), "the engine is running")
	assert.NotContains(t, strings.ToLower(j.String()), strings.ToLower(planted))
	assert.Contains(t, w.one(`SELECT string_agg(description, ' ') FROM incident`), "Pl4nted-key: Pl4nted-detail", "it is all in Postgres")
}

// deviceSays does the laptop's next job with an answer of its own.
func (w *world) deviceSays(message, output string, status schema.ActionStatus) {
	w.t.Helper()
	job := w.nextJob()
	require.NotNil(w.t, job)
	_, err := w.db.Heartbeat(w.t.Context(), laptop, job.ID)
	require.NoError(w.t, err)
	require.NoError(w.t, w.db.FinishJob(w.t.Context(), laptop, job.ID,
		schema.ActionResult{Status: status, Message: message, Output: json.RawMessage(output)}))
}

// readable is a history as text: as JSON, and as bytes, so that nothing hides in base64.
func readable(t *testing.T, events []*historypb.HistoryEvent) string {
	t.Helper()
	h := &historypb.History{Events: events}
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(h)
	require.NoError(t, err)
	raw, err := proto.Marshal(h)
	require.NoError(t, err)
	return string(text) + string(raw)
}

func TestAnotherTeamsInputIsUnreadableInTheHistoryAndReadableForItsWorker(t *testing.T) {
	for what, payloadKey := range map[string]string{"with a key": base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)), "without": ""} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, strings.ReplaceAll(plantedCatalogue, "HOOK", nowhere))
			raw := w.client() // knows no key
			var err error
			w.temporal, err = encrypted(w.temporal, payloadKey)
			require.NoError(t, err)
			got := w.desk()
			w.engine()
			id := w.report("500", plantedReport)
			w.becomes(id, schema.ClosedComplete)
			w.ended(id)
			assert.JSONEq(t, `{"note": "Pl4nted-note"}`, string((<-got).Parameters))
			var events []*historypb.HistoryEvent
			for all := raw.GetWorkflowHistory(t.Context(), id, "", false, 1); all.HasNext(); {
				event, err := all.Next()
				require.NoError(t, err)
				events = append(events, event)
			}
			text := readable(t, events)
			assert.Equal(t, payloadKey == "", strings.Contains(text, planted))
		})
	}
}

// desk runs another team's worker, which shares the key, and gives what it was asked.
func (w *world) desk() <-chan schema.ActionInput {
	w.t.Helper()
	got := make(chan schema.ActionInput, 1)
	desk := worker.New(w.client(), "desk-queue", worker.Options{WorkerStopTimeout: time.Second})
	desk.RegisterActivityWithOptions(func(_ context.Context, in schema.ActionInput) (schema.ActionResult, error) {
		got <- in
		return schema.ActionResult{Status: schema.ActionSucceeded, Message: "Done."}, nil
	}, activity.RegisterOptions{Name: "ask"})
	require.NoError(w.t, desk.Start())
	w.t.Cleanup(desk.Stop)
	return got
}
