package agent

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAJobIsBegunDoneAndReported(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	child := program(t, "program")
	job := jobToEnd(child)
	server.offer(job)
	device.runs(server)

	require.Equal(t, job.ID, (<-server.heard).job, "the first thing that is said is the beginning")
	result := server.hears("result")
	require.Equal(t, schema.ActionSucceeded, result.result.Status)
	require.False(t, alive(t, child))
}

func TestNobodyIsTouchedBeforeTheBeginningIsAcknowledged(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	child := program(t, "program")
	tries := 0
	server.answers(func(call, _ string) int {
		if tries++; call == "heartbeat" && tries < 4 {
			if !alive(t, child) {
				t.Error("it acted without an acknowledgement")
			}
			return http.StatusServiceUnavailable
		}
		return 0
	})
	server.offer(jobToEnd(child))
	device.runs(server)
	require.Equal(t, schema.ActionSucceeded, server.hears("result").result.Status)
}

func TestAJobThatIsNotWantedAnyMoreIsNotBegun(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	unwanted, wanted := program(t, "program"), program(t, "program")
	first, second := jobToEnd(unwanted), jobToEnd(wanted)
	server.answers(func(_, job string) int {
		if job == first.ID {
			return http.StatusGone
		}
		return 0
	})
	server.offer(first, second)
	device.runs(server)
	require.Equal(t, second.ID, server.hears("result").job, "nothing is said of the first")
	require.True(t, alive(t, unwanted))
}

func TestAJobThatIsTakenBackWhileItRunsIsStopped(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, time.Minute)
	child := program(t, "stubborn program")
	beats := 0
	server.answers(func(call, _ string) int {
		if beats++; call == "heartbeat" && beats > 2 {
			return http.StatusGone
		}
		return 0
	})
	server.offer(jobToEnd(child))
	device.runs(server)
	result := server.hears("result")
	require.Equal(t, schema.ActionUnknown, result.result.Status)
	require.True(t, alive(t, child), "it was asked, but no longer made to")
}

func TestWhatThePolicyForbidsFailsWithoutABeginning(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	require.NoError(t, os.Remove(device.policy))
	child := program(t, "program")
	server.offer(jobToEnd(child))
	device.runs(server)
	first := <-server.heard
	require.Equal(t, "result", first.call)
	require.Equal(t, schema.ActionHasFailed, first.result.Status)
	require.True(t, alive(t, child))
}

func TestThePolicyIsReadAgainForEveryJob(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	child := program(t, "program")
	kept, err := os.ReadFile(device.policy)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(device.policy, []byte("nonsense: true"), 0o600))
	server.offer(jobToEnd(child))
	device.runs(server)
	require.Contains(t, server.hears("result").result.Message, "not readable")
	require.NoError(t, os.WriteFile(device.policy, kept, 0o600))
	server.offer(jobToEnd(child))
	require.Equal(t, schema.ActionSucceeded, server.hears("result").result.Status)
}

func TestAnActionThatTheAgentLacksFails(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	job := jobToEnd(program(t, "program"))
	job.Action = "free_disk"
	server.offer(job)
	device.runs(server)
	require.Equal(t, schema.ActionHasFailed, server.hears("result").result.Status)
}

func TestAResultIsReportedUntilItIsAcknowledged(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	tries := 0
	server.answers(func(call, _ string) int {
		if call == "result" {
			if tries++; tries < 4 {
				return http.StatusServiceUnavailable
			}
		}
		return 0
	})
	server.offer(jobToEnd(program(t, "program")))
	device.runs(server)
	for range 3 {
		require.Equal(t, http.StatusServiceUnavailable, server.hears("result").status)
	}
	require.Equal(t, http.StatusOK, server.hears("result").status)
}

func TestARepeatedJobIsAnsweredFromWhatIsKept(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	device.beat = time.Hour // none but those that begin something
	child := program(t, "program")
	job := jobToEnd(child)
	server.offer(job)
	device.runs(server)
	first := server.hears("result")
	server.offer(job)
	again := <-server.heard
	require.Equal(t, "result", again.call, "without a second beginning")
	require.Equal(t, first.result, again.result)
}

func TestAStoppedAgentSaysSoWhileItStops(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, time.Minute)
	child := program(t, "stubborn program")
	server.offer(jobToEnd(child))
	stop := device.runs(server)
	server.hears("heartbeat")
	server.hears("heartbeat") // it acts
	stop()
	require.Equal(t, schema.ActionUnknown, server.hears("result").result.Status)
	require.True(t, alive(t, child))
}

func TestAKilledAgentReportsThatItCannotKnow(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, time.Minute)
	child := program(t, "stubborn program")
	job := jobToEnd(child)
	server.offer(job)
	agent := device.runsApart(server)
	server.hears("heartbeat")
	server.hears("heartbeat") // it acts
	kill(agent)

	device.runsApart(server)
	result := server.hears("result")
	require.Equal(t, job.ID, result.job)
	require.Equal(t, schema.ActionUnknown, result.result.Status)
	require.True(t, alive(t, child), "nothing is repeated by itself")
}

func TestAResultThatWasNotAcknowledgedIsSentByTheNextLife(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, 5*time.Second)
	server.answers(func(call, _ string) int {
		if call == "result" {
			return http.StatusServiceUnavailable
		}
		return 0
	})
	child := program(t, "program")
	job := jobToEnd(child)
	server.offer(job)
	agent := device.runsApart(server)
	first := server.hears("result")
	kill(agent)

	afterwards := newFakeServer(t) // which hears nothing of the first life
	device.runsApart(afterwards)
	again := <-afterwards.heard
	require.Equal(t, "result", again.call, "the job is not begun again")
	require.Equal(t, []any{job.ID, first.result}, []any{again.job, again.result})
}

func TestASecondAttemptAfterACrashFindsTheWorkDone(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, time.Minute)
	child := program(t, "stubborn program")
	job := jobToEnd(child)
	server.offer(job)
	agent := device.runsApart(server)
	server.hears("heartbeat")
	server.hears("heartbeat")
	kill(agent)
	require.NoError(t, child.Process.Kill()) // as if the first attempt had still done it
	child.Wait()                             //nolint:errcheck

	second := job
	second.ID, second.Attempt = schema.NewSysID(), 2
	server.offer(second)
	device.runsApart(server)
	require.Equal(t, schema.ActionUnknown, server.hears("result").result.Status)
	result := server.hears("result")
	require.Equal(t, []any{second.ID, schema.ActionSucceeded}, []any{result.job, result.result.Status})
}

func TestAFolderIsOneAgentsAlone(t *testing.T) {
	server, device := newFakeServer(t), newDevice(t, time.Second)
	journal, err := openJournal(device.state, Config{}.withDefaults().Log)
	require.NoError(t, err)
	require.ErrorContains(t, Run(t.Context(), Config{Server: server.url, Token: testToken, StateDir: device.state}), "another agent")
	journal.close()
}

func TestAServerThatAsksForPatienceGetsIt(t *testing.T) {
	r := &retry{first: time.Second, most: time.Minute, now: time.Second}
	for i, most := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		pause := r.next(http.ErrServerClosed)
		require.LessOrEqual(t, pause, most*time.Second+1, i)
		require.GreaterOrEqual(t, pause, most*time.Second/2, i)
	}
	r.reset()
	require.GreaterOrEqual(t, r.next(&statusError{429, 90 * time.Second}), 90*time.Second)
	require.LessOrEqual(t, r.next(&statusError{429, 24 * time.Hour}), mostAsked+2*time.Second)
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	j, err := openJournal(t.TempDir(), Config{}.withDefaults().Log)
	require.NoError(t, err)
	defer j.close()
	unheard := record{Job: schema.NewSysID(), Result: &schema.ActionResult{Status: schema.ActionSucceeded}}
	require.NoError(t, j.put(unheard))
	for range keepRecords {
		r := record{Job: schema.NewSysID(), Acknowledged: true, Written: time.Now().Add(-time.Hour)}
		j.records[r.Job] = r
	}
	old := record{Job: schema.NewSysID(), Acknowledged: true}
	require.NoError(t, j.put(old))
	j.records[old.Job] = record{Job: old.Job, Acknowledged: true, Written: time.Now().Add(-keepFor - time.Hour)}
	require.NoError(t, j.put(record{Job: schema.NewSysID(), Acknowledged: true}))
	_, kept := j.get(old.Job)
	require.False(t, kept)
	require.NoFileExists(t, j.path(old.Job))
	require.Len(t, j.records, keepRecords+1)
	require.Equal(t, []record{j.records[unheard.Job]}, j.open(), "what was not acknowledged stays")
}
