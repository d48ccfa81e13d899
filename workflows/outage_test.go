package workflows

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"proactive/activities"
	"proactive/schema"
)

// An action of our own that could not read from Postgres what to do has done nothing yet.
func TestAnOutageOfPostgresUsesUpNoAttempt(t *testing.T) {
	s := newStory(t)
	s.plans[1] = flowAction(once, func(a *schema.PlannedAction) { a.Input = nil })
	tries := 0
	s.action(func(context.Context, schema.ActionInput) (schema.ActionResult, error) {
		if tries++; tries <= 5 {
			return schema.ActionResult{}, temporal.NewApplicationError(activities.Unavailable, activities.Unavailable)
		}
		return schema.ActionResult{Status: schema.ActionSucceeded}, nil
	})
	s.run()
	require.NotNil(t, s.outcome().Result, "%+v", s.outcome())
	require.Equal(t, 6, tries)
}
