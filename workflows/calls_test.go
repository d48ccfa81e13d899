package workflows

import (
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

func activityNamed(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }

// calls is what a run asked the SDK for, with the options that stood in its context.
type calls struct {
	local      []workflow.LocalActivityOptions
	activities []workflow.ActivityOptions
	children   []workflow.ChildWorkflowOptions
	inputs     []any // of activities and children
	timers     []timer
	states     []string // IssueState as it was upserted
}

type timer struct {
	length  time.Duration
	summary string
}

func (c *calls) interceptors() []interceptor.WorkerInterceptor {
	return []interceptor.WorkerInterceptor{&watcher{calls: c}}
}

type watcher struct {
	interceptor.WorkerInterceptorBase
	calls *calls
}

func (w *watcher) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &inbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, w.calls}
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	calls *calls
}

func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&outbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}, i.calls})
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	calls *calls
}

func (o *outbound) ExecuteLocalActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	o.calls.local = append(o.calls.local, workflow.GetLocalActivityOptions(ctx))
	return o.Next.ExecuteLocalActivity(ctx, name, args...)
}

func (o *outbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	o.calls.activities, o.calls.inputs = append(o.calls.activities, workflow.GetActivityOptions(ctx)), append(o.calls.inputs, args...)
	return o.Next.ExecuteActivity(ctx, name, args...)
}

func (o *outbound) ExecuteChildWorkflow(ctx workflow.Context, name string, args ...any) workflow.ChildWorkflowFuture {
	o.calls.children, o.calls.inputs = append(o.calls.children, workflow.GetChildWorkflowOptions(ctx)), append(o.calls.inputs, args...)
	return o.Next.ExecuteChildWorkflow(ctx, name, args...)
}

func (o *outbound) NewTimerWithOptions(ctx workflow.Context, length time.Duration, options workflow.TimerOptions) workflow.Future {
	o.calls.timers = append(o.calls.timers, timer{length, options.Summary})
	return o.Next.NewTimerWithOptions(ctx, length, options)
}

func (o *outbound) UpsertTypedSearchAttributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) error {
	attributes := temporal.NewSearchAttributes(updates...)
	if state, has := attributes.GetKeyword(IssueState); has {
		o.calls.states = append(o.calls.states, state)
	}
	return o.Next.UpsertTypedSearchAttributes(ctx, updates...)
}
