package journey

import (
	"context"
	"errors"
	"sync"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

// deskTeam is another team's worker. It is none of ours, so it is not replaced.
type deskTeam struct {
	w      *world
	client client.Client
	called chan string // experience_ids of the flow action
	answer chan struct{}
	once   sync.Once
}

// deskIsReady is the signal that lets their subflow end.
const deskIsReady = "ready"

func newDeskTeam(w *world) *deskTeam {
	d := &deskTeam{w: w, client: w.inTemporal(), called: make(chan string, 10), answer: make(chan struct{})}
	d.listens("desk")
	w.t.Cleanup(func() { d.answers("") })
	return d
}

// listens takes up what is on a task queue.
func (d *deskTeam) listens(queue string) {
	d.w.t.Helper()
	done := schema.ActionResult{Status: schema.ActionSucceeded, Message: "The desk has seen to it."}
	w := worker.New(d.client, queue, worker.Options{})
	w.RegisterActivityWithOptions(func(ctx context.Context, in schema.ActionInput) (schema.ActionResult, error) {
		d.called <- in.ExperienceID
		select {
		case <-d.answer:
			return done, nil
		case <-ctx.Done():
			return schema.ActionResult{}, errors.New("interrupted")
		}
	}, activity.RegisterOptions{Name: "desk"})
	w.RegisterActivityWithOptions(func(schema.ActionInput) (schema.ActionResult, error) { return done, nil }, activity.RegisterOptions{Name: "desk_later"})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ schema.ActionInput) (schema.ActionResult, error) {
		workflow.GetSignalChannel(ctx, deskIsReady).Receive(ctx, nil)
		return done, ctx.Err()
	}, workflow.RegisterOptions{Name: "desk_flow"})
	require.NoError(d.w.t, w.Start())
	d.w.t.Cleanup(w.Stop)
}

// has waits until the flow action of an issue is with the desk.
func (d *deskTeam) has(id string) {
	d.w.t.Helper()
	eventually(d.w.t, "the desk has "+id, func() bool { return len(d.called) > 0 })
	require.Equal(d.w.t, id, <-d.called)
}

// answers lets the flow action end.
func (d *deskTeam) answers(string) { d.once.Do(func() { close(d.answer) }) }

// runs waits until the subflow of an issue runs.
func (d *deskTeam) runs(id string) {
	d.w.t.Helper()
	eventually(d.w.t, "the subflow of "+id+" runs", func() bool {
		_, err := d.client.DescribeWorkflowExecution(d.w.t.Context(), subflowOf(id), "")
		return err == nil
	})
}

// ends lets the subflow of an issue end.
func (d *deskTeam) ends(id string) {
	d.w.t.Helper()
	require.NoError(d.w.t, d.client.SignalWorkflow(d.w.t.Context(), subflowOf(id), "", deskIsReady, nil))
}

func subflowOf(id string) string { return id + "/step-1" }
