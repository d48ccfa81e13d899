package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// heard lets the engine have had every message.
func (w *issueWorld) heard(namespace string) {
	w.t.Helper()
	for claimed := w.claim(50, time.Minute); len(claimed) > 0; claimed = w.claim(50, time.Minute) {
		require.NoError(w.t, w.db.Delivered(w.t.Context(), namespace, claimed))
	}
}

func (w *issueWorld) candidate(id string) schema.Candidate {
	w.t.Helper()
	found, err := w.db.Unfinished(w.t.Context(), "", []string{id})
	require.NoError(w.t, err)
	require.Len(w.t, found, 1)
	return found[0]
}

func (w *issueWorld) overdue(namespace string) (ids []string) {
	w.t.Helper()
	found, err := w.db.Overdue(w.t.Context(), namespace, 100)
	require.NoError(w.t, err)
	for _, c := range found {
		ids = append(ids, c.ExperienceID)
	}
	return ids
}

func TestOverdueIsWhatIsPastItsTimeAndHasNothingMoreToHear(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("100")
	require.NoError(t, w.db.MakeDue(t.Context(), id))
	require.Empty(t, w.overdue("here"), "its message waits")
	w.heard("here")
	require.Equal(t, []string{id}, w.overdue("here"))
	require.Empty(t, w.overdue("elsewhere"), "another namespace's issues are none of ours")
	w.begin(id, 1)
	require.Empty(t, w.overdue("here"), "it has begun, and has all the time of its action")
	require.NoError(t, w.db.MakeDue(t.Context(), id))
	w.conclude(id, success(1))
	require.Empty(t, w.overdue("here"), "it is closed")
	require.NoError(t, w.db.MakeDue(t.Context(), id))
	require.Empty(t, w.overdue("here"))
}

func TestALostIssueIsClosedOnlyAsItWasSeen(t *testing.T) {
	w := newIssueWorld(t)
	id := w.in(schema.InProgress)
	seen := w.candidate(id)
	for what, other := range map[string]func(*schema.Candidate){
		"another step":  func(c *schema.Candidate) { c.Step++ },
		"another state": func(c *schema.Candidate) { c.State = schema.Open },
		"another time":  func(c *schema.Candidate) { c.DueAt = c.DueAt.Add(time.Microsecond) },
	} {
		c := seen
		other(&c)
		done, err := w.db.CloseLost(t.Context(), c, "Lost.", true)
		require.NoError(t, err)
		require.False(t, done, what)
	}
	done, err := w.db.CloseLost(t.Context(), seen, "Lost.", true)
	require.NoError(t, err)
	require.True(t, done)
	issue := w.issue(id)
	require.Equal(t, []any{schema.ClosedIncomplete, schema.EngineLost, "incident"}, []any{issue.State, issue.EndReason, issue.FallbackResult})
	require.Equal(t, []string{"created", "lost"}, w.kinds(id))
	done, err = w.db.CloseLost(t.Context(), seen, "Lost.", true)
	require.NoError(t, err)
	require.False(t, done)
	w.sound()
}

func TestOnlyAnOpenIssueIsStartedAgain(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("100")
	w.heard("here")
	require.NoError(t, w.db.MakeDue(t.Context(), id))
	seen := w.candidate(id)
	done, err := w.db.Requeue(t.Context(), seen)
	require.NoError(t, err)
	require.True(t, done)
	require.Empty(t, w.overdue("here"))
	done, err = w.db.Requeue(t.Context(), seen)
	require.NoError(t, err)
	require.False(t, done, "not twice")
	claimed := w.claim(10, time.Minute)
	require.Len(t, claimed, 1)
	require.Equal(t, schema.Message{Seq: 2, Kind: schema.InboxCreated, Step: 1}, claimed[0].Message)
	w.begin(id, 1)
	done, err = w.db.Requeue(t.Context(), w.candidate(id))
	require.NoError(t, err)
	require.False(t, done, "it has begun")
}

func TestAnIssueAtALaterStepIsStartedAgainAtThatStep(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	w.submit("100", withID(id))
	w.heard("here")
	done, err := w.db.Requeue(t.Context(), w.candidate(id))
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, schema.Message{Seq: 3, Kind: schema.InboxCreated, Step: 2}, w.claim(10, time.Minute)[0].Message)
}
