package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// A Temporal whose database was made anew knows none of the runs.
func TestTheIssuesOfALostNamespaceCanBeTakenOver(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	lost := w.connected()
	begun, waiting := w.report("100"), w.report("100", func(r *schema.Report) { r.Endpoint.UserName = "beth.anglin" })
	claimed, err := w.db.ClaimInbox(t.Context(), lost.namespaceID, 10, time.Minute)
	require.NoError(t, err)
	require.NoError(t, w.db.Delivered(t.Context(), lost.namespaceID, claimed))
	_, err = w.db.Begin(t.Context(), begun, 1, func(f schema.StepFacts) (schema.Decision, error) {
		return schema.Decision{Plan: schema.Plan{Step: f.Step, Conclude: schema.ActionFailed}}, nil
	})
	require.NoError(t, err)

	anew := newWorld(t, withHook(nowhere))
	w.temporal = anew.temporal
	now := w.connected()
	n, err := w.db.Adopt(t.Context(), now.namespaceID)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	w.sweep(now)
	assert.Equal(t, schema.EngineLost, w.becomes(begun, schema.ClosedIncomplete).EndReason)
	w.engine()
	w.becomes(waiting, schema.ClosedComplete) // nothing had happened yet, so it is started again
}
