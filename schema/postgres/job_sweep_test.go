package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

const (
	leaseOver   = `UPDATE ci_job SET lease_until = now() - interval '1 second' WHERE sys_id = $1`
	timeoutOver = `UPDATE ci_job SET begun_on = now() - interval '1 hour', lease_until = now() - interval '1 second' WHERE sys_id = $1`
	offerOver   = `UPDATE ci_job SET expires_at = now() - interval '1 second' WHERE sys_id = $1`
)

func TestNothingIsSweptBeforeItsTime(t *testing.T) {
	w := newJobWorld(t)
	w.begun()
	w.offer(w.issue())
	require.Zero(t, w.sweep())
}

func TestAJobNotBegunInTimeExpires(t *testing.T) {
	w := newJobWorld(t)
	w.offer(w.issue())
	job := w.next()
	w.exec(offerOver, job.ID)
	require.Equal(t, 1, w.sweep())
	require.Equal(t, schema.JobExpired, w.stateOf(job.ID))
	require.Equal(t, []string{"created", "job_offered", "job_fetched", "job_finished"}, w.events(job.ExperienceID))
	require.Equal(t, []string{"created", "job_finished"}, w.inbox(job.ExperienceID))
	require.Zero(t, w.sweep())
	require.ErrorIs(t, w.finish(job, schema.ActionHasFailed), schema.JobNotWanted, "a result after that is too late")
}

func TestAJobLongerAtItThanItsTimeoutTimesOut(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun()
	w.exec(timeoutOver, job.ID)
	require.Equal(t, 1, w.sweep())
	require.Equal(t, schema.JobTimedOut, w.stateOf(job.ID))
	require.Equal(t, []string{"created", "job_finished"}, w.inbox(job.ExperienceID), "not repeated, though it may be")
}

func TestASilentJobIsOfferedAgainUntilItsAttemptsAreUsedUp(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun(func(o *jobOffer) { o.Attempts = 2 })
	w.exec(leaseOver, job.ID)
	require.Equal(t, 1, w.sweep())
	require.Equal(t, schema.JobUnknown, w.stateOf(job.ID))
	require.Equal(t, []string{"created"}, w.inbox(job.ExperienceID), "the workflow is not told as long as there is hope")

	second := w.next()
	require.NotNil(t, second)
	require.NotEqual(t, job.ID, second.ID)
	require.Equal(t, 2, second.Attempt)
	require.Equal(t, job.ExpiresAt, second.ExpiresAt)
	w.heartbeat(second)
	w.exec(leaseOver, second.ID)
	require.Equal(t, 1, w.sweep())
	require.Nil(t, w.next())
	require.Equal(t, []string{"created", "job_finished"}, w.inbox(job.ExperienceID))
	require.Equal(t, []string{"created", "job_offered", "job_fetched", "job_begun", "job_finished", "job_offered",
		"job_fetched", "job_begun", "job_finished"}, w.events(job.ExperienceID))
}

func TestASecondAttemptHasTimeEvenWhenTheOfferIsOver(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun()
	w.exec(offerOver, job.ID)
	w.exec(leaseOver, job.ID)
	require.Equal(t, 1, w.sweep())
	require.WithinDuration(t, time.Now().Add(5*time.Minute), w.next().ExpiresAt, 10*time.Second)
}

func TestASilentJobThatMustNotBeRepeatedIsUnknown(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun(once)
	w.exec(leaseOver, job.ID)
	require.Equal(t, 1, w.sweep())
	require.Nil(t, w.next())
	require.Equal(t, []string{"created", "job_finished"}, w.inbox(job.ExperienceID))
}

func TestAnAgentThatLostTrackIsLikeASilentOne(t *testing.T) {
	w := newJobWorld(t)
	repeatable, not := w.begun(), w.begun(once)
	require.NoError(t, w.finish(repeatable, schema.ActionUnknown))
	require.NoError(t, w.finish(repeatable, schema.ActionUnknown), "and may say so twice")
	require.NoError(t, w.finish(not, schema.ActionUnknown))
	require.Equal(t, []string{"created"}, w.inbox(repeatable.ExperienceID))
	require.Equal(t, []string{"created", "job_finished"}, w.inbox(not.ExperienceID))
	require.Equal(t, 2, w.next().Attempt)
	require.Nil(t, w.next())
}

func TestAJobLeftBehindByItsStepIsWithdrawnAndNobodyIsTold(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun()
	w.exec(`UPDATE sn_pren_experience_issue SET step = 2`)
	w.exec(leaseOver, job.ID)
	require.Equal(t, 1, w.sweep())
	require.Equal(t, schema.JobWithdrawn, w.stateOf(job.ID))
	require.Equal(t, []string{"created"}, w.inbox(job.ExperienceID))
	require.Equal(t, []string{"created", "job_offered", "job_fetched", "job_begun", "job_withdrawn"}, w.events(job.ExperienceID))
}

func TestASweepTakesMoreThanOneBatch(t *testing.T) {
	w := newJobWorld(t)
	for range sweepAtMost + 5 {
		w.offer(w.issue())
	}
	w.exec(`UPDATE ci_job SET expires_at = now() - interval '1 second'`)
	require.Equal(t, sweepAtMost+5, w.sweep())
}
