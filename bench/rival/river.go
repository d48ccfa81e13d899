package rival

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	queue "github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// river inserts one unique job for each report, and works it.
func river(ctx context.Context) error { return runRiver(ctx, true) }

// idleRiver inserts only: nothing works the jobs.
func idleRiver(ctx context.Context) error { return runRiver(ctx, false) }

// hookJob is River's job: one for each person and issue code, as long as it is not done.
type hookJob struct {
	ExperienceID string `json:"experience_id"`
	Person       string `json:"person" river:"unique"`
	Code         string `json:"code" river:"unique"`
}

func (hookJob) Kind() string { return "hook" }

// riverWorkers is how many jobs River's client works at once, as in River's documentation.
const riverWorkers = 100

func runRiver(ctx context.Context, works bool) error {
	pool, err := openPool(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	driver, done := riverpgxv5.New(pool), newLedger()
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	config := &queue.Config{Logger: slog.New(slog.DiscardHandler)}
	if works {
		config.Queues = map[string]queue.QueueConfig{queue.QueueDefault: {MaxWorkers: riverWorkers}}
		config.Workers = queue.NewWorkers()
		queue.AddWorker(config.Workers, queue.WorkFunc(func(ctx context.Context, job *queue.Job[hookJob]) error {
			_, err := callHook(ctx, job.Args.ExperienceID)
			return err
		}))
	}
	client, err := queue.NewClient(driver, config)
	if err != nil {
		return err
	}
	if works {
		stop, err := work(ctx, client, done)
		if err != nil {
			return err
		}
		defer stop()
	}
	return serve(ctx, func(ctx context.Context, r report) error {
		_, err := client.Insert(ctx, hookJob{r.ExperienceID, r.Endpoint.UserName, r.IssueCode},
			&queue.InsertOpts{Metadata: []byte(`{"experience_id": "` + r.ExperienceID + `"}`), UniqueOpts: queue.UniqueOpts{ByArgs: true}})
		return err
	}, done)
}

// work starts the workers, and notes each job when River says that it is completed.
func work(ctx context.Context, client *queue.Client[pgx.Tx], done *ledger) (stop func(), err error) {
	events, cancel := client.SubscribeConfig(&queue.SubscribeConfig{ChanSize: 100_000, Kinds: []queue.EventKind{queue.EventKindJobCompleted}})
	go func() {
		for event := range events {
			done.done(idOf(event.Job.EncodedArgs))
		}
	}()
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return func() {
		_ = client.StopAndCancel(context.WithoutCancel(ctx)) // what is left undone nobody needs
		cancel()
	}, nil
}

// idOf is the report of a job.
func idOf(args []byte) string {
	var job hookJob
	_ = json.Unmarshal(args, &job) // River encoded it itself
	return job.ExperienceID
}

func openPool(ctx context.Context) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	config.MaxConns = maxConnections
	return pgxpool.NewWithConfig(ctx, config)
}
