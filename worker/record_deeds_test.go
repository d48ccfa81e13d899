package worker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

// otherTeam runs another team's worker: a flow action and a subflow that do what their parameters say.
func (r *recorder) otherTeam() {
	ended := make(chan struct{})
	w := worker.New(r.client, "desk", worker.Options{})
	w.RegisterActivityWithOptions(func(ctx context.Context, in schema.ActionInput) (any, error) {
		what := told(in)
		switch {
		case what == "hang":
			select {
			case <-ctx.Done():
			case <-ended:
			}
			return nil, errors.New("interrupted")
		case what == "mumble":
			return "done", nil
		case what == "err_once" && activity.GetInfo(ctx).Attempt > 1:
			what = "succeed"
		}
		return result(what)
	}, activity.RegisterOptions{Name: "desk"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, in schema.ActionInput) (any, error) {
		if told(in) == "hang" {
			if err := workflow.Sleep(ctx, time.Hour); err != nil {
				return nil, err
			}
		}
		return result(told(in))
	}, workflow.RegisterOptions{Name: "desk_flow"})
	require.NoError(r.t, w.Start())
	r.t.Cleanup(w.Stop)
	r.t.Cleanup(func() { close(ended) })
}

func told(in schema.ActionInput) string {
	var p struct{ Does string }
	if err := json.Unmarshal(in.Parameters, &p); err != nil {
		return err.Error()
	}
	return p.Does
}

func result(what string) (any, error) {
	switch what {
	case "succeed":
		return schema.ActionResult{Status: schema.ActionSucceeded}, nil
	case "fail":
		return schema.ActionResult{Status: schema.ActionHasFailed, Message: "no"}, nil
	case "wait":
		return schema.ActionResult{Status: schema.ActionWaits}, nil
	}
	return nil, temporal.NewApplicationError("no", "desk_closed")
}

// chain reports the next step of an issue.
func (r *recorder) chain(id string) {
	r.t.Helper()
	r.report("next", withID(id), ofScene(id))
}

func (r *recorder) cancel(id string) {
	_, err := r.db.Cancel(r.t.Context(), id, "test")
	require.NoError(r.t, err)
}

// cancelRun is a click on Cancel in the Temporal UI.
func (r *recorder) cancelRun(id string) {
	require.NoError(r.t, r.client.CancelWorkflow(r.t.Context(), id, ""))
}

// started waits until what the issue is resolved by is under way, and the run has nothing left to do but wait.
func (r *recorder) started(id string) {
	r.t.Helper()
	r.history(scene{name: id, waitsAfter: enumspb.EVENT_TYPE_MARKER_RECORDED})
}
