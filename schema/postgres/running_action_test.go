package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAnAttemptIsNotedWithWhatItGotInAnswer(t *testing.T) {
	w := newIssueWorld(t)
	id := w.submit("100")
	w.begin(id, 1)
	kept := func() string {
		return value[string](w, `SELECT coalesce(output::text, '') FROM sn_pren_experience_issue_step`)
	}
	require.NoError(t, w.db.NoteAttempt(t.Context(), id, 1, "Attempt 1: no answer.", nil))
	require.Empty(t, kept())
	require.NoError(t, w.db.NoteAttempt(t.Context(), id, 1, "Attempt 2: the host answered 500.", []byte(`{"status":500}`)))
	require.NoError(t, w.db.NoteAttempt(t.Context(), id, 1, "Attempt 3: no\x00 answer.", nil))
	require.Equal(t, `{"status":500}`, kept(), "a later attempt without an answer leaves it there")
	story := w.issue(id).Timeline
	require.Equal(t, "Attempt 2: the host answered 500.", story[len(story)-2].Detail)
	require.Equal(t, schema.EventActionAttempt, story[len(story)-1].Event)
	require.ErrorIs(t, w.db.NoteAttempt(t.Context(), "nobody's", 1, "An attempt.", nil), schema.ErrNoRecord)
	w.sound()
}
