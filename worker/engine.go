package worker

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/activities"
	"proactive/workflows"
)

// TaskQueue is the task queue of our workflow and our own activities.
const TaskQueue = "proactive"

// Store is what the engine needs of Postgres besides what its activities need.
type Store interface {
	Readiness
	inboxStore
	janitorStore
	retentionStore
	dispatchStore
	endingStore
}

// Config is how the engine runs.
type Config struct {
	Temporal    client.Options // address, namespace, credentials; see LoadConfig
	StopTimeout time.Duration  // how long running activities may go on when the engine stops; 0 is 10 s
	Places      int            // how many activities may run at once; 0 is 1000

	Outside *activities.Outside // tells other systems of outcomes and incidents; nil: another process does
}

// Engine runs issues. Make one with New.
type Engine struct {
	config   Config
	store    Store
	acts     *activities.Activities
	requests *activities.HTTPRequest
	notify   *activities.Notify
	removals *Removals
	state    atomic.Value // string
}

// New makes an engine; nothing runs before Run.
func New(config Config, store Store, acts *activities.Activities, requests *activities.HTTPRequest, notify *activities.Notify) *Engine {
	if config.StopTimeout == 0 {
		config.StopTimeout = 10 * time.Second
	}
	if config.Places == 0 {
		config.Places = places
	}
	e := &Engine{config: config, store: store, acts: acts, requests: requests, notify: notify, removals: newRemovals()}
	e.state.Store("connecting")
	return e
}

// State says how it stands with Temporal: connecting, running, or what is missing.
func (e *Engine) State() string { return e.state.Load().(string) }

// Running tells whether the engine is connected and working.
func (e *Engine) Running() bool { return e.State() == running }

const running = "running"

// Removals counts what this engine's retention has removed.
func (e *Engine) Removals() *Removals { return e.removals }

// Run works until ctx ends. Once the database can be used it connects to Temporal, however long either takes, and connects again when the
// worker gives up. Jobs of devices, what has become old and what other systems are to be told are looked after all that time, as that needs
// no Temporal.
func (e *Engine) Run(ctx context.Context) {
	if e.awaitDatabase(ctx) != nil {
		return // ctx ended
	}
	var tidying sync.WaitGroup
	tidying.Go(func() { sweepJobs(ctx, e.store) })
	tidying.Go(func() { e.retain(ctx) })
	tidying.Go(func() { endDispatches(ctx, e.store) })
	if e.config.Outside != nil {
		tidying.Go(func() { newDispatcher(e.store, e.config.Outside).run(ctx) })
	}
	defer tidying.Wait()
	for ctx.Err() == nil {
		t, err := e.connect(ctx)
		if err != nil {
			return // only when ctx ended
		}
		if err := e.work(ctx, t); err != nil && ctx.Err() == nil {
			slog.Error("the engine stopped and starts again", "error", err)
			e.state.Store("connecting: the engine stopped and starts again")
			pause(ctx, time.Second)
		}
	}
}

// work serves one connection. It ends in this order: the relay and the janitor, the worker, the client.
func (e *Engine) work(ctx context.Context, t connection) error {
	defer t.Close()
	failed := make(chan error, 1)
	w := worker.New(t.Client, TaskQueue, worker.Options{
		WorkerStopTimeout:                  e.config.StopTimeout,
		MaxConcurrentActivityExecutionSize: e.config.Places,
		OnFatalError:                       func(err error) { failed <- err },
	})
	Register(w, e.acts, e.requests, e.notify)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	e.state.Store(running)
	slog.Info("the engine is running", "namespace", t.namespace, "task_queue", TaskQueue)

	ctx, cancel := context.WithCancel(ctx)
	var busy sync.WaitGroup
	busy.Go(func() { newRelay(e.store, t).run(ctx) })
	busy.Go(func() { newJanitor(e.store, t).run(ctx) })
	defer busy.Wait()
	defer cancel()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// places bounds how many remedial actions and messages of ours are on their way at once in this process. They mostly wait for
// somebody else's answer, so it is large: 20 hosts may hang at once, with activities.DefaultPerHost places each, before others have to
// wait for one.
const places = 1000

// Register says what our worker can run.
func Register(w worker.Registry, acts *activities.Activities, requests *activities.HTTPRequest, notify *activities.Notify) {
	w.RegisterWorkflowWithOptions(workflows.ExperienceIssue, workflow.RegisterOptions{Name: workflows.ExperienceIssueName})
	w.RegisterWorkflowWithOptions(workflows.TellDesk, workflow.RegisterOptions{Name: workflows.TellDeskName})
	w.RegisterActivity(acts)
	w.RegisterActivityWithOptions(requests.Run, activity.RegisterOptions{Name: activities.HTTPRequestName})
	w.RegisterActivityWithOptions(notify.Run, activity.RegisterOptions{Name: activities.NotifyName})
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
