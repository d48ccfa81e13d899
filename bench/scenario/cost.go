package scenario

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"proactive/bench/figures"
	"proactive/bench/load"
	"proactive/bench/stack"
)

// A way is one way that an issue can take. report sends one and waits until it is done.
type way struct {
	name   string
	start  func(context.Context) (*taker, error)
	report func(ctx context.Context, t *taker, r load.Report) error
}

// postAlone is a report of which nothing follows: no worker runs.
const postAlone = "POST alone"

// cost counts what one issue costs on each path.
func cost(ctx context.Context, b *Bench) error {
	serve := func(ctx context.Context) (*taker, error) { return b.counted(ctx, "serve") }
	rival := func(name string) func(context.Context) (*taker, error) {
		return func(ctx context.Context) (*taker, error) { return b.countedRival(ctx, name) }
	}
	for _, p := range []way{
		{postAlone, func(ctx context.Context) (*taker, error) { return b.counted(ctx, "api") }, post},
		{"flow action", serve, untilClosed},
		{"CI action", serve, onDevice},
		{"incident", serve, toIncident},
		{"two steps", serve, twoSteps},
		{"hello world", rival("hello"), untilRivalIsDone},
		{"River", rival("river"), untilRivalIsDone},
		{"DBOS", rival("dbos"), untilRivalIsDone},
	} {
		b.say("cost: %s", p.name)
		if err := b.measureWay(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func (b *Bench) counted(ctx context.Context, subcommand string) (*taker, error) {
	w, err := b.World(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.Count(); err != nil {
		return nil, err
	}
	return newTaker(w, bind(w.Proactive, subcommand))
}

func (b *Bench) countedRival(ctx context.Context, name string) (*taker, error) {
	w, err := b.EmptyWorld(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.Count(); err != nil {
		return nil, err
	}
	return newTaker(w, bind(w.Rival, name))
}

func bind[A, R any](f func(A) (R, error), a A) func() (R, error) {
	return func() (R, error) { return f(a) }
}

// idleFor is how long the process is watched while nothing happens; what that costs is taken off.
const idleFor = 2 * time.Second

func (b *Bench) measureWay(ctx context.Context, p way) error {
	t, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer t.Close()
	stop, err := t.withAgent(ctx)
	if err != nil {
		return err
	}
	defer stop()
	for range 5 { // prepares statements, opens connections
		if err := p.report(ctx, t, t.next(int(t.k.Add(1)-1))); err != nil {
			return err
		}
	}
	if err := t.settle(ctx); err != nil {
		return err
	}
	idle := t.Between.RoundTrips()
	time.Sleep(idleFor)
	idle = t.Between.RoundTrips() - idle
	if err := p.report(ctx, t, t.next(int(t.k.Add(1)-1))); err != nil { // who reports is remembered for a few seconds
		return err
	}
	if err := t.settle(ctx); err != nil {
		return err
	}

	requests, trips, began := t.Frontend.Sum(), t.Between.RoundTrips(), time.Now()
	var meanwhile []float64
	for range b.Each {
		before := t.Between.RoundTrips()
		if err := p.report(ctx, t, t.next(int(t.k.Add(1)-1))); err != nil {
			return err
		}
		meanwhile = append(meanwhile, float64(t.Between.RoundTrips()-before))
	}
	took := time.Since(began)
	trips = t.Between.RoundTrips() - trips
	if err := t.settle(ctx); err != nil {
		return err
	}
	requests = t.Frontend.Sum() - requests
	events, err := t.events(ctx, int(t.k.Load())-b.Each, b.Each)
	if err != nil {
		return err
	}
	each := float64(b.Each)
	if p.name == postAlone { // most reports meet nothing else that happens at the same time, such as the word that there is news
		b.Sheet.Add("cost", "Postgres round trips while the caller waits", p.name, figures.Median(meanwhile))
	}
	b.Sheet.Add("cost", "Temporal requests", p.name, float64(requests)/each)
	b.Sheet.Add("cost", "history events", p.name, float64(events)/each)
	b.Sheet.Add("cost", "Postgres round trips", p.name, max(0, float64(trips)-float64(idle)*took.Seconds()/idleFor.Seconds())/each)
	return nil
}

// withAgent runs the agent of person.0's computer where there is one.
func (t *taker) withAgent(ctx context.Context) (stop func(), err error) {
	if t.Name != "proactive serve" {
		return func() {}, nil
	}
	token, err := t.Enroll(ctx, 0)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() { _ = agent{t.Address, token}.works(ctx, nil) }() // without it the issue does not end, which is noticed
	return cancel, nil
}

func post(ctx context.Context, t *taker, r load.Report) error {
	_, err := load.Once(ctx, t.Address, r.Request())
	return err
}

// untilClosed fails when the issue does not end as it should: then something else was measured than was meant.
func untilClosed(ctx context.Context, t *taker, r load.Report) error {
	if err := post(ctx, t, r); err != nil {
		return err
	}
	if err := soon(ctx, func() (bool, error) { return inPostgres{t.World}.one(ctx, r.ID) }); err != nil {
		return err
	}
	return t.allWentWell(ctx)
}

// allWentWell is an error where an issue has ended in another way than the best.
func (t *taker) allWentWell(ctx context.Context) error {
	var ends []string
	err := t.DB.QueryRowContext(ctx, `
		SELECT array_agg(DISTINCT state || ' ' || end_reason)
		  FROM sn_pren_experience_issue
		 WHERE closed_on IS NOT NULL AND state <> 'closed_complete'`).Scan(pq.Array(&ends))
	if err == nil && len(ends) > 0 {
		err = fmt.Errorf("issues ended as %v", ends)
	}
	return err
}

func untilRivalIsDone(ctx context.Context, t *taker, r load.Report) error {
	if err := post(ctx, t, r); err != nil {
		return err
	}
	return soon(ctx, func() (bool, error) { return inRival{t.Address}.one(ctx, r.ID) })
}

// onDevice is about person.0's computer, which has an agent.
func onDevice(ctx context.Context, t *taker, r load.Report) error {
	r.Code, r.Person, r.CI = "device", 0, stack.Computer(0)
	return untilClosed(ctx, t, r)
}

func toIncident(ctx context.Context, t *taker, r load.Report) error {
	r.Code = "incident"
	return untilClosed(ctx, t, r)
}

// twoSteps is an issue that waits for the tool's next report.
func twoSteps(ctx context.Context, t *taker, r load.Report) error {
	first := r
	first.Code = "wait"
	if err := post(ctx, t, first); err != nil {
		return err
	}
	err := soon(ctx, func() (waits bool, err error) {
		err = t.DB.QueryRowContext(ctx, `SELECT state = 'action_wait' FROM sn_pren_experience_issue WHERE experience_id = $1`, r.ID).Scan(&waits)
		return waits, err
	})
	if err != nil {
		return err
	}
	return untilClosed(ctx, t, r)
}

// settle waits until no run is left and the last answers have been counted.
func (t *taker) settle(ctx context.Context) error {
	c, err := client.Dial(client.Options{HostPort: t.Temporal.Address(), Namespace: t.Namespace, Logger: quiet{}})
	if err != nil {
		return err
	}
	defer c.Close()
	sum := -1
	return until(ctx, 200*time.Millisecond, func() (bool, error) {
		running, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Running'"})
		before := sum
		sum = t.Frontend.Sum()
		return running.GetCount() == 0 && sum == before, err
	})
}

// events are those in the histories of n runs from the first report on; none where there are no runs.
func (t *taker) events(ctx context.Context, first, n int) (events int, err error) {
	if t.Frontend.Sum() == 0 {
		return 0, nil
	}
	c, err := client.Dial(client.Options{HostPort: t.Temporal.Address(), Namespace: t.Namespace, Logger: quiet{}})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	for k := range n {
		history := c.GetWorkflowHistory(ctx, t.next(first+k).ID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			if _, err := history.Next(); err != nil {
				return 0, err
			}
			events++
		}
	}
	return events, nil
}

// quiet drops what the client would say.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
