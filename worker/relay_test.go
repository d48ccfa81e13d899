package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"proactive/devstack/stacktest"
	"proactive/schema"
	"proactive/schema/postgres"
)

func TestReportsAreTakenWithoutTemporalAndRunWhenItIsBack(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	own := stacktest.OwnTemporal(t)
	attributes := map[string]string{}
	for _, name := range SearchAttributes() {
		attributes[name] = "Keyword"
	}
	require.NoError(t, own.CreateNamespace(t.Context(), "own", attributes))
	w.temporal = client.Options{HostPort: own.Address(), Namespace: "own", Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))}
	require.NoError(t, own.Stop())

	before := w.report("100")
	e, _ := w.start(w.db)
	w.eventually("the engine says what is missing", func() bool { return e.State() != "connecting" && !e.Running() })
	require.NoError(t, own.Start(t.Context()))
	w.becomes(before, schema.ClosedComplete)

	own.Kill()
	during := w.report("100")
	require.NoError(t, own.Start(t.Context()))
	w.becomes(during, schema.ClosedComplete)
}

// forgetful fails to write down each delivery at first, as a process does that dies between the start of a run and its COMMIT.
type forgetful struct {
	*postgres.DB
	forgot atomic.Int64
}

func (f *forgetful) Delivered(ctx context.Context, namespaceID string, done []schema.Delivery) error {
	var again []schema.Delivery
	for _, d := range done {
		if d.Attempt == 1 {
			again = append(again, d)
		}
	}
	if len(again) == 0 {
		return f.DB.Delivered(ctx, namespaceID, done)
	}
	f.forgot.Add(int64(len(again)))
	return errors.Join(errors.New("the process died here"), f.DeliverLater(ctx, 0, done)) // the lease is over
}

func TestAMessageDeliveredTwiceMakesOneRunAndOneStep(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	w.enroll()
	store := &forgetful{DB: w.db}
	w.start(store)
	id := w.report("200", onLaptop)
	w.becomes(id, schema.ActionWait)
	run := w.describe(id).GetExecution().GetRunId()
	w.report("400", withID(id), onLaptop, with(`{"process_id": "1"}`))
	w.becomes(id, schema.InProgress)
	w.device(schema.ActionSucceeded)
	issue := w.becomes(id, schema.ClosedComplete)
	assert.Equal(t, 2, issue.Step)
	w.ended(id)
	w.eventually("the inbox is empty", func() bool { return w.one(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0" })
	assert.EqualValues(t, 3, store.forgot.Load(), "created, chained, job_finished")
	assert.Equal(t, run, w.describe(id).GetExecution().GetRunId())
}

func TestAnIDTakenByAnotherWorkflowEndsTheIssueAndLeavesThatRunAlone(t *testing.T) {
	w := newWorld(t, withHook(nowhere))
	_, err := w.client().ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "mine", TaskQueue: "nobody"}, "Stranger")
	require.NoError(t, err)
	w.engine()
	w.report("100", withID("mine"))
	issue := w.becomes("mine", schema.ClosedIncomplete)
	assert.Equal(t, schema.EngineLost, issue.EndReason)
	assert.NotEmpty(t, issue.IncidentNumber)
	w.eventually("the inbox is empty", func() bool { return w.one(`SELECT count(*) FROM sn_pren_experience_issue_inbox`) == "0" })
	assert.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, w.describe("mine").GetStatus())
}
