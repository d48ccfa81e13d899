package postgres

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// atOnce runs all of them from the same moment and gives their errors.
func atOnce(all ...func() error) []error {
	errs := make([]error, len(all))
	var start, done sync.WaitGroup
	start.Add(1)
	for i, f := range all {
		done.Go(func() {
			start.Wait()
			errs[i] = f()
		})
	}
	start.Done()
	done.Wait()
	return errs
}

// onlyRefused fails the test for every error that is no refusal: a deadlock, a violated constraint, a lost connection.
func onlyRefused(t *testing.T, errs []error) (refused int) {
	t.Helper()
	for _, err := range errs {
		var r *schema.RefusedJob
		if err != nil && !errors.As(err, &r) {
			t.Error(err)
		}
		if r != nil {
			refused++
		}
	}
	return refused
}

const rounds = 20

func TestOfFiftyAgentsOneGetsTheJob(t *testing.T) {
	w := newJobWorld(t)
	for range 3 {
		issue := w.issue()
		w.offer(issue)
		var mu sync.Mutex
		var got []*schema.Job
		agents := make([]func() error, 50)
		for i := range agents {
			agents[i] = func() error {
				job, _, err := w.db.NextJob(t.Context(), w.ci, endsProcesses)
				mu.Lock()
				defer mu.Unlock()
				if job != nil {
					got = append(got, job)
				}
				return err
			}
		}
		onlyRefused(t, atOnce(agents...))
		require.Len(t, got, 1)
		require.Equal(t, []string{"created", "job_offered", "job_fetched"}, w.events(issue))
	}
}

func TestTwoAgentsGetTwoJobs(t *testing.T) {
	w := newJobWorld(t)
	for range rounds {
		w.offer(w.issue())
		w.offer(w.issue())
		jobs := make([]*schema.Job, 2)
		next := func(i int) func() error {
			return func() (err error) { jobs[i], _, err = w.db.NextJob(t.Context(), w.ci, endsProcesses); return err }
		}
		onlyRefused(t, atOnce(next(0), next(1)))
		require.NotNil(t, jobs[0])
		require.NotNil(t, jobs[1], "who comes second looks for the second job")
		require.NotEqual(t, jobs[0].ID, jobs[1].ID)
	}
}

func TestTwoFirstHeartbeatsBeginOnce(t *testing.T) {
	w := newJobWorld(t)
	for range rounds {
		w.offer(w.issue())
		job := w.next()
		beat := func() error { _, err := w.db.Heartbeat(t.Context(), w.ci, job.ID); return err }
		require.Zero(t, onlyRefused(t, atOnce(beat, beat, beat)))
		require.Equal(t, []string{"created", "job_offered", "job_fetched", "job_begun"}, w.events(job.ExperienceID))
	}
}

func TestAResultAndAWithdrawalAreNeverBothAccepted(t *testing.T) {
	w := newJobWorld(t)
	for range rounds {
		job := w.begun()
		errs := atOnce(
			func() error { return w.finish(job, schema.ActionSucceeded) },
			func() error { return w.cancel(t.Context(), job.ExperienceID) })
		onlyRefused(t, errs)
		if errs[0] == nil {
			require.Equal(t, schema.JobFinished, w.stateOf(job.ID))
			require.Equal(t, []string{"created", "job_finished", "cancelled"}, w.inbox(job.ExperienceID))
		} else {
			require.ErrorIs(t, errs[0], schema.JobNotWanted)
			require.Equal(t, schema.JobWithdrawn, w.stateOf(job.ID))
			require.Equal(t, []string{"created", "cancelled"}, w.inbox(job.ExperienceID))
		}
		w.events(job.ExperienceID)
	}
}

func TestABeginningAndACancellationAreNeverBothAccepted(t *testing.T) {
	w := newJobWorld(t)
	for range rounds {
		w.offer(w.issue())
		job := w.next()
		errs := atOnce(
			func() error { _, err := w.db.Heartbeat(t.Context(), w.ci, job.ID); return err },
			func() error { return w.cancel(t.Context(), job.ExperienceID) })
		onlyRefused(t, errs)
		require.Equal(t, schema.JobWithdrawn, w.stateOf(job.ID))
		begun := slices.Contains(w.events(job.ExperienceID), "job_begun")
		require.Equal(t, errs[0] == nil, begun, "an agent that was told to begin is on the timeline")
		_, err := w.db.Heartbeat(t.Context(), w.ci, job.ID)
		require.ErrorIs(t, err, schema.JobNotWanted)
	}
}

func TestAResultAndASweepTellTheWorkflowOnce(t *testing.T) {
	w := newJobWorld(t)
	for range rounds {
		job := w.begun(once)
		w.exec(leaseOver, job.ID)
		sweep := func() error { _, err := w.db.SweepJobs(t.Context()); return err }
		errs := atOnce(sweep, func() error { return w.finish(job, schema.ActionSucceeded) }, sweep)
		refused := onlyRefused(t, errs)
		w.sweep()
		require.Equal(t, []string{"created", "job_finished"}, w.inbox(job.ExperienceID))
		if refused == 0 {
			require.Equal(t, schema.JobFinished, w.stateOf(job.ID))
		} else {
			require.Equal(t, schema.JobUnknown, w.stateOf(job.ID))
		}
		w.events(job.ExperienceID)
	}
}

// The sweep has found the job due and waits for its row, and then the row says otherwise.
func TestASweepDoesNotOverwriteWhatItWaitedFor(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun(once)
	w.exec(leaseOver, job.ID)
	other, err := w.db.db.Beginx()
	require.NoError(t, err)
	defer other.Rollback() //nolint:errcheck
	_, err = other.Exec(`UPDATE ci_job SET state = 'finished', result = '{"status":"succeeded"}', ended_on = now() WHERE sys_id = $1`, job.ID)
	require.NoError(t, err)
	swept := make(chan int, 1)
	go func() {
		n, err := w.db.SweepJobs(t.Context())
		if err != nil {
			t.Error(err)
		}
		swept <- n
	}()
	require.Eventually(t, func() (waits bool) {
		err := w.db.db.Get(&waits, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
		return err == nil && waits
	}, 30*time.Second, 5*time.Millisecond)
	require.NoError(t, other.Commit())
	require.Zero(t, <-swept)
	require.Equal(t, schema.JobFinished, w.stateOf(job.ID))
}

func TestDifferentResultsAtOnceAreOneResult(t *testing.T) {
	w := newJobWorld(t)
	for range rounds {
		job := w.begun()
		errs := atOnce(
			func() error { return w.finish(job, schema.ActionSucceeded) },
			func() error { return w.finish(job, schema.ActionHasFailed) },
			func() error { return w.finish(job, schema.ActionSucceeded) },
			func() error { return w.finish(job, schema.ActionHasFailed) })
		require.Equal(t, 2, onlyRefused(t, errs))
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, schema.ResultDiffers)
			}
		}
		require.Equal(t, []string{"created", "job_finished"}, w.inbox(job.ExperienceID))
	}
}

// Whatever the moves of many jobs do at once, none of them deadlocks with another or with the end of a step, and the numbering
// keeps no gaps.
func TestMovesDoNotDeadlock(t *testing.T) {
	w := newJobWorld(t)
	var issues []string
	for range 8 {
		issue := w.issue()
		w.offer(issue, func(o *jobOffer) { o.Attempts = 1000 })
		issues = append(issues, issue)
	}
	ctx := t.Context()
	work := func() error {
		for range 40 {
			job, _, err := w.db.NextJob(ctx, w.ci, endsProcesses)
			if err != nil {
				return err
			}
			if job == nil {
				continue
			}
			_, beat := w.db.Heartbeat(ctx, w.ci, job.ID)
			result := w.db.FinishJob(ctx, w.ci, job.ID, schema.ActionResult{Status: schema.ActionUnknown})
			onlyRefused(t, []error{beat, result})
		}
		return nil
	}
	sweep := func() error {
		for range 40 {
			if _, err := w.db.SweepJobs(ctx); err != nil {
				return err
			}
			if _, err := w.db.db.Exec(`UPDATE ci_job SET lease_until = now() - interval '1 second' WHERE sys_id =
				(SELECT sys_id FROM ci_job WHERE state IN ('leased', 'begun') ORDER BY random() LIMIT 1)`); err != nil {
				return err
			}
		}
		return nil
	}
	disturb := func() error {
		for range 40 {
			issue := issues[rand.IntN(4)] // the other four live on
			if err := w.cancel(ctx, issue); err != nil {
				return err
			}
		}
		return nil
	}
	onlyRefused(t, atOnce(work, work, work, work, sweep, sweep, disturb))
	for _, issue := range issues {
		w.events(issue)
	}
}
