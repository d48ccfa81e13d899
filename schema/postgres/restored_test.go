package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// A run may be ahead of a database that was restored from a backup: it wants to end the wait of a step that has not been concluded, or not
// even begun, here. A verdict would make it do the step again.
func TestAWaitThatHasNotBegunHereCannotEnd(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("200")
	_, err := w.db.ExpireWait(t.Context(), id, 1)
	require.ErrorContains(t, err, "in state open")
	w.begin(id, 1)
	_, err = w.db.ExpireWait(t.Context(), id, 1)
	require.ErrorContains(t, err, "in state in_progress")
	require.Equal(t, schema.InProgress, w.issue(id).State)
}

func TestWhatARestoredDatabaseKnowsEndsWithItsLastEvent(t *testing.T) {
	w := newIssueWorld(t)
	at, err := w.db.LastEvent(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1970, at.Year())
	id := w.submit("100")
	at, err = w.db.LastEvent(t.Context())
	require.NoError(t, err)
	require.True(t, at.Equal(w.issue(id).Timeline[0].At))
}
