package postgres

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAJobIsFetchedBegunAndFinished(t *testing.T) {
	w := newJobWorld(t)
	issue := w.issue()
	w.offer(issue)

	job := w.next()
	require.NotNil(t, job)
	require.Equal(t, issue, job.ExperienceID)
	require.Equal(t, "end_process", job.Action)
	require.Equal(t, `{"process_id":  "10644"}`, string(job.Parameters), "verbatim")
	require.Equal(t, []int{1, 1, 300}, []int{job.Step, job.Attempt, job.TimeoutSec})
	require.WithinDuration(t, time.Now().Add(schema.JobLease), job.LeaseUntil, 10*time.Second)
	require.WithinDuration(t, time.Now().Add(8*time.Hour), job.ExpiresAt, 10*time.Second)
	require.WithinDuration(t, time.Now(), job.ReportedAt, 10*time.Second)
	require.Nil(t, w.next(), "a leased job is nobody else's")

	w.heartbeat(job)
	require.Equal(t, schema.JobBegun, w.stateOf(job.ID))
	w.heartbeat(job)
	require.NoError(t, w.finish(job, schema.ActionSucceeded))
	require.Equal(t, []string{"created", "job_offered", "job_fetched", "job_begun", "job_finished"}, w.events(issue))
	require.Equal(t, []string{"created", "job_finished"}, w.inbox(issue))

	var end schema.JobEnd
	require.NoError(t, w.db.inTx(t.Context(), func(x tx) (err error) { end, err = lastJob(t.Context(), x, issue, 1); return err }))
	require.Equal(t, &schema.ActionResult{Status: schema.ActionSucceeded, Message: "So it was."}, schema.JobOutcome(end).Result)
}

func TestNoJobIsOfferedForAnUnknownComputerOrAStepThatHasEnded(t *testing.T) {
	w := newJobWorld(t)
	issue := w.issue()
	for name, o := range map[string]jobOffer{
		"unknown computer": {Issue: issue, Step: 1, CI: schema.NewSysID(), Parameters: []byte(`{}`), Timeout: time.Minute},
		"another step":     {Issue: issue, Step: 2, CI: w.ci, Parameters: []byte(`{}`), Timeout: time.Minute},
	} {
		require.NoError(t, w.db.inTx(t.Context(), func(x tx) error {
			offered, err := offerJob(t.Context(), x, o)
			require.False(t, offered, name)
			return err
		}))
	}
	require.Equal(t, []string{"created"}, w.events(issue))
}

func TestALeaseThatRunsOutBeforeTheBeginningIsOfferedAgain(t *testing.T) {
	w := newJobWorld(t)
	w.offer(w.issue())
	first := w.next()
	_, again, err := w.db.NextJob(t.Context(), w.ci, endsProcesses)
	require.NoError(t, err)
	require.WithinDuration(t, first.LeaseUntil, again, time.Millisecond, "it says when to look again")

	w.exec(`UPDATE ci_job SET lease_until = now() - interval '1 second'`)
	second := w.next()
	require.NotNil(t, second)
	require.Equal(t, []any{first.ID, 1}, []any{second.ID, second.Attempt}, "the same job, no new attempt")
}

func TestAnAgentSeesNoOthersJobs(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun()
	w.offer(w.issue())
	other := schema.NewSysID()
	got, _, err := w.db.NextJob(t.Context(), other, endsProcesses)
	require.NoError(t, err)
	require.Nil(t, got)
	_, err = w.db.Heartbeat(t.Context(), other, job.ID)
	require.ErrorIs(t, err, schema.JobNotWanted)
	require.ErrorIs(t, w.db.FinishJob(t.Context(), other, job.ID, schema.ActionResult{Status: schema.ActionSucceeded}), schema.JobNotWanted)
	require.Equal(t, schema.JobBegun, w.stateOf(job.ID))
}

func TestAJobForAnActionThatTheAgentLacksEndsAtOnce(t *testing.T) {
	w := newJobWorld(t)
	lacking, having := w.issue(), w.issue()
	w.offer(lacking, func(o *jobOffer) { o.Action = "free_disk" })
	w.offer(having)
	job := w.next()
	require.NotNil(t, job)
	require.Equal(t, having, job.ExperienceID, "the one behind it is not held up")
	require.Equal(t, []string{"created", "job_offered", "job_fetched", "job_finished"}, w.events(lacking))
	require.Equal(t, []string{"created", "job_finished"}, w.inbox(lacking))
	require.NoError(t, w.db.inTx(t.Context(), func(x tx) error {
		end, err := lastJob(t.Context(), x, lacking, 1)
		require.Equal(t, schema.NoDevice, schema.JobOutcome(end).Reason)
		return err
	}))
}

func TestWhatIsNotWantedAnyMoreIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ change, want string }{
		"withdrawn":            {`UPDATE ci_job SET state = 'withdrawn', ended_on = now()`, "withdrawn"},
		"declared unknown":     {`UPDATE ci_job SET state = 'unknown', ended_on = now()`, "given up"},
		"timed out":            {`UPDATE ci_job SET state = 'timed_out', ended_on = now()`, "timeout"},
		"expired":              {`UPDATE ci_job SET state = 'expired', ended_on = now()`, "offered for"},
		"its step has ended":   {`UPDATE sn_pren_experience_issue SET step = 2`, "step has ended"},
		"its issue has closed": {`UPDATE sn_pren_experience_issue SET state = 'closed_cancelled', end_reason = 'cancelled', closed_on = now()`, "step has ended"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newJobWorld(t)
			job := w.begun()
			w.exec(c.change)
			_, err := w.db.Heartbeat(t.Context(), w.ci, job.ID)
			require.ErrorIs(t, err, schema.JobNotWanted)
			require.ErrorContains(t, err, c.want)
			require.ErrorIs(t, w.finish(job, schema.ActionSucceeded), schema.JobNotWanted)
		})
	}
	w := newJobWorld(t)
	_, err := w.db.Heartbeat(t.Context(), w.ci, "nonsense")
	require.ErrorIs(t, err, schema.JobNotWanted, "an unknown id")
}

func TestAFetchedJobWhoseStepHasEndedIsNotBegun(t *testing.T) {
	for _, change := range []string{`UPDATE sn_pren_experience_issue SET step = 2`,
		`UPDATE sn_pren_experience_issue SET state = 'closed_cancelled', end_reason = 'cancelled', closed_on = now()`} {
		w := newJobWorld(t)
		w.offer(w.issue())
		job := w.next()
		w.exec(change)
		_, err := w.db.Heartbeat(t.Context(), w.ci, job.ID)
		require.ErrorIs(t, err, schema.JobNotWanted)
		require.Equal(t, schema.JobLeased, w.stateOf(job.ID))
	}
}

func TestAJobCannotBeBegunAfterItsOfferHasExpired(t *testing.T) {
	w := newJobWorld(t)
	w.offer(w.issue())
	job := w.next()
	w.exec(`UPDATE ci_job SET expires_at = now() - interval '1 second'`)
	_, err := w.db.Heartbeat(t.Context(), w.ci, job.ID)
	require.ErrorIs(t, err, schema.JobNotWanted)
	require.Nil(t, w.next())
}

func TestALeaseNeverReachesBeyondTheTimeout(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun(func(o *jobOffer) { o.Timeout = 10 * time.Second })
	require.WithinDuration(t, time.Now().Add(10*time.Second+lateResult), w.heartbeat(job), 20*time.Second) // of a lease of a minute
	w.exec(`UPDATE ci_job SET begun_on = now() - interval '11 seconds'`)
	_, err := w.db.Heartbeat(t.Context(), w.ci, job.ID)
	require.ErrorIs(t, err, schema.JobNotWanted)
	require.NoError(t, w.finish(job, schema.ActionSucceeded), "a result that nobody has declared too late is taken")
}

func TestARepeatedResultIsFineAndAnotherIsNot(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun()
	require.NoError(t, w.finish(job, schema.ActionSucceeded))
	require.NoError(t, w.finish(job, schema.ActionSucceeded))
	require.ErrorIs(t, w.finish(job, schema.ActionHasFailed), schema.ResultDiffers)
	require.Equal(t, []string{"created", "job_finished"}, w.inbox(job.ExperienceID), "told once")
}

func TestWithoutABeginningAJobCanOnlyFail(t *testing.T) {
	w := newJobWorld(t)
	w.offer(w.issue())
	job := w.next()
	require.ErrorIs(t, w.finish(job, schema.ActionSucceeded), schema.JobNotWanted)
	require.NoError(t, w.finish(job, schema.ActionHasFailed), "the agent's policy says no")
	require.Equal(t, []string{"created", "job_offered", "job_fetched", "job_finished"}, w.events(job.ExperienceID))
}

func TestResultsThatCannotBeKeptAreRefused(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun()
	for name, r := range map[string]schema.ActionResult{
		"no status":        {},
		"another status":   {Status: "done"},
		"long message":     {Status: schema.ActionSucceeded, Message: strings.Repeat("x", schema.MaxResultMessage+1)},
		"NUL in message":   {Status: schema.ActionSucceeded, Message: "a\x00b"},
		"long output":      {Status: schema.ActionSucceeded, Output: []byte(`"` + strings.Repeat("x", schema.MaxResultOutput) + `"`)},
		"NUL in output":    {Status: schema.ActionSucceeded, Output: []byte(`{"a":"\u0000"}`)},
		"half a surrogate": {Status: schema.ActionSucceeded, Output: []byte(`{"a":"\ud800"}`)},
	} {
		require.ErrorIs(t, w.db.FinishJob(t.Context(), w.ci, job.ID, r), schema.ResultInvalid, name)
	}
	require.NoError(t, w.db.FinishJob(t.Context(), w.ci, job.ID,
		schema.ActionResult{Status: schema.ActionSucceeded, Output: []byte(`{"a":"\\u0000 \ud83d\ude00 <"}`)}))
}

func TestABellRingsForTheComputerAlone(t *testing.T) {
	w := newJobWorld(t)
	job := w.begun()
	mine, stop := w.db.AwaitJob(w.ci)
	defer stop()
	others, stopOther := w.db.AwaitJob(schema.NewSysID())
	defer stopOther()
	require.NoError(t, w.finish(job, schema.ActionUnknown))
	select {
	case <-mine:
	default:
		t.Error("the second attempt was not rung for")
	}
	select {
	case <-others:
		t.Error("another computer was woken")
	default:
	}
}

func TestAnAgentIsEnrolledReplacedAndRevoked(t *testing.T) {
	w := newJobWorld(t)
	ctx := t.Context()
	first, err := w.db.EnrollAgent(ctx, w.ci)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(first), 43)
	ci, err := w.db.AgentCI(ctx, schema.HashToken(first))
	require.NoError(t, err)
	require.Equal(t, w.ci, ci)

	second, err := w.db.EnrollAgent(ctx, w.ci)
	require.NoError(t, err)
	_, err = w.db.AgentCI(ctx, schema.HashToken(first))
	require.ErrorIs(t, err, schema.AgentUnknown)
	w.next()
	var version string
	require.NoError(t, w.db.db.Get(&version, `SELECT agent_version FROM sn_agent_token WHERE token_hash = $1 AND last_seen_on IS NOT NULL`, schema.HashToken(second)))
	require.Equal(t, "test", version)

	require.NoError(t, w.db.RevokeAgent(ctx, w.ci))
	_, err = w.db.AgentCI(ctx, schema.HashToken(second))
	require.ErrorIs(t, err, schema.AgentUnknown)
	_, err = w.db.EnrollAgent(ctx, schema.NewSysID())
	require.True(t, errors.Is(err, schema.CIUnknown), err)
}
