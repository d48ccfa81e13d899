package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// rings fails the test when nobody rings in time.
func rings(t *testing.T, woken <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-woken:
	case <-time.After(20 * time.Second):
		t.Fatal(what)
	}
}

// joined are two processes that wake each other; each has heard of the other.
func (w *issueWorld) joined(other *DB) {
	w.t.Helper()
	for _, db := range []*DB{w.db, other} {
		require.NoError(w.t, db.Listen())
	}
	w.hears(other, w.db)
	w.hears(w.db, other)
}

// hears returns when what rings at one is heard at the other: to listen takes a moment to begin, or to begin again.
func (w *issueWorld) hears(at, from *DB) {
	w.t.Helper()
	woken, stop := at.bell.wait("test", "joined")
	defer stop()
	end := time.After(20 * time.Second)
	for {
		from.bell.ring("test", "joined")
		select {
		case <-woken:
			return
		case <-end:
			w.t.Fatal("one does not hear the other")
		case <-time.After(betweenNotify):
		}
	}
}

func TestAReportInOneProcessWakesTheRelayAndTheReadersOfAnother(t *testing.T) {
	w := newIssueWorld(t)
	other := w.several(1)[0]
	w.joined(other)
	inbox, stop := other.InboxRings()
	defer stop()
	news, stop := other.bell.wait(topicIssue, "mine")
	defer stop()
	w.submit("100", withID("mine"))
	rings(t, inbox, "the relay was not woken")
	rings(t, news, "the reader was not woken")
}

func TestAnOfferedJobWakesTheDeviceThatWaitsAtAnotherProcess(t *testing.T) {
	w := newIssueWorld(t)
	other := w.several(1)[0]
	w.joined(other)
	job, stop := other.AwaitJob(md5("fred-laptop"))
	defer stop()
	w.in(schema.InProgress)
	rings(t, job, "the device was not woken")
}

func TestWhoeverWaitsForNewsOfAnIssueIsToldOfAnyMove(t *testing.T) {
	w := newIssueWorld(t)
	other := w.several(1)[0]
	w.joined(other)
	id := w.submit("100")
	for n, move := range []func(){
		func() { w.begin(id, 1) }, func() { w.conclude(id, success(1)) },
	} {
		since := len(w.issue(id).Timeline)
		told := make(chan error, 1)
		go func() { told <- other.WaitIssue(t.Context(), id, since) }()
		move()
		select {
		case err := <-told:
			require.NoError(t, err)
		case <-time.After(20 * time.Second):
			t.Fatal("move", n)
		}
	}
}

func TestProcessesHearEachOtherAgainAfterTheirConnectionsWereCut(t *testing.T) {
	w := newIssueWorld(t)
	other, proxy := w.proxied()
	w.joined(other)
	woken, stop := other.bell.wait(topicInbox, "")
	defer stop()
	proxy.Refuse(true)
	proxy.CutAll()
	w.submit("100") // nobody can tell the other
	proxy.Refuse(false)
	rings(t, woken, "after the cut everybody looks")
	w.hears(other, w.db)
	w.hears(w.db, other)
}

func TestWhatCouldNotBeToldIsToldLater(t *testing.T) {
	w := newIssueWorld(t)
	other, proxy := w.proxied()
	w.joined(other)
	woken, stop := w.db.bell.wait(topicIssue, "mine")
	defer stop()
	proxy.Refuse(true)
	proxy.CutAll()
	other.bell.ring(topicIssue, "mine")
	for len(other.bell.changed) > 0 { // until it was taken up, to fail
	}
	proxy.Refuse(false)
	rings(t, woken, "the ring was lost")
}

func TestVeryManyRingsAreOneThatWakesEverybody(t *testing.T) {
	w := newIssueWorld(t)
	other := w.several(1)[0]
	w.joined(other)
	woken, stop := other.bell.wait(topicIssue, "unheard of")
	defer stop()
	for i := range 2 * maxOutside {
		w.db.bell.ring(topicIssue, fmt.Sprintf("%0100d", i))
	}
	rings(t, woken, "nobody was woken")
}

func TestANotificationFitsIntoWhatPostgresTakes(t *testing.T) {
	var all []ring
	for i := range 500 {
		all = append(all, ring{topicIssue, fmt.Sprintf("%0100d", i)})
	}
	lines := 0
	for _, payload := range payloads(schema.NewSysID(), all, false) {
		require.Less(t, len(payload), 8000)
		for _, c := range payload {
			if c == '\n' {
				lines++
			}
		}
	}
	require.Equal(t, 500, lines)
}
