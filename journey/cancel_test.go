package journey

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is cancelled while the device is off-line never reaches it.
func TestACancelledJobNeverReachesItsDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveAndRun()
	d := w.enrolls(abelsLaptop)
	spared, ended := sleeper(t), sleeper(t)
	d.allows("2s", spared, ended)

	id := w.accepted(w.posts(onProcess("process", spared.pid(), nil)))
	w.until(id, "offered", func(i issue) bool { return i.has("job_offered") })
	require.Contains(t, run(t, w.clientEnv(), "", "issue", "cancel", id), "closed_cancelled")
	cancelled := w.ends(id, "closed_cancelled", "cancelled")
	require.True(t, cancelled.has("job_withdrawn"))
	w.completesAs(id, "cancelled")

	agent := d.agent()
	later := w.accepted(w.posts(onProcess("process", ended.pid(), nil)))
	w.ends(later, "closed_complete", "resolved_silently")
	require.True(t, spared.alive())
	require.False(t, w.shows(id).has("job_fetched"))
	require.NotContains(t, agent.out.String(), id)
	require.Equal(t, "0", w.incidents(id))
	run(t, w.clientEnv(), "", "issue", "cancel", id) // again, and it is what it was
}

// What is cancelled while the agent is at it: the agent hears of it with its next heartbeat and stops.
func TestAnAgentStopsWhatIsCancelledWhileItActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveAndRun()
	d := w.enrolls(abelsLaptop)
	stubborn := deafSleeper(t)
	d.allows("50s", stubborn)
	agent := d.agent()

	id := w.accepted(w.posts(onProcess("process", stubborn.pid(), nil)))
	w.until(id, "begun", func(i issue) bool { return i.has("job_begun") })
	run(t, w.clientEnv(), "", "issue", "cancel", id)
	agent.says(`msg=reported .*experience_id=` + id + ` .*status=unknown`)
	require.True(t, stubborn.alive(), "it was asked to end, and not made to")
	w.ends(id, "closed_cancelled", "cancelled")
	require.Equal(t, "0", w.incidents(id))
}
