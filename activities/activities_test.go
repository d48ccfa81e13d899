package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"proactive/schema"
)

// failing is a database that says no.
type failing struct{ err error }

func (f failing) Begin(context.Context, string, int, func(schema.StepFacts) (schema.Decision, error)) (schema.Plan, error) {
	return schema.Plan{}, f.err
}

func (f failing) Conclude(context.Context, string, schema.Outcome) (schema.Verdict, error) {
	return schema.Verdict{}, f.err
}

func (f failing) ExpireWait(context.Context, string, int) (schema.Verdict, error) {
	return schema.Verdict{}, f.err
}

func (f failing) Turn(context.Context, string, int, schema.Heard, schema.WriteCode) (schema.Turn, error) {
	return schema.Turn{}, f.err
}

func (f failing) Acted(context.Context, string, schema.Outcome) (schema.Turn, error) {
	return schema.Turn{}, f.err
}

func (f failing) DeskNotifications(context.Context, string) ([]string, error) { return nil, f.err }

func (f failing) DeskUnreached(context.Context, string) error { return f.err }

func TestAnErrorOfPostgresIsACodeInTemporal(t *testing.T) {
	for _, c := range []struct {
		err   error
		code  string
		final bool
	}{
		{fmt.Errorf("begin: %w", schema.ErrNoRecord), "no_such_issue", true},
		{fmt.Errorf("dial db.internal for fred.luddy: %w", schema.ErrUnavailable), "database_unavailable", false},
		{errors.New(`duplicate key: fred.luddy`), "internal_error", false},
	} {
		acts := New(failing{c.err})
		for name, call := range map[string][]any{"Begin": {acts.Begin, "i", 1}, "Conclude": {acts.Conclude, "i", schema.Outcome{}}, "ExpireWait": {acts.ExpireWait, "i", 1},
			"Turn": {acts.Turn, "i", 1, schema.Heard{}}, "Acted": {acts.Acted, "i", schema.Outcome{}},
			"DeskNotifications": {acts.DeskNotifications, "i"}, "DeskTold": {acts.DeskTold, "i"}} {
			var suite testsuite.WorkflowTestSuite
			suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
			env := suite.NewTestActivityEnvironment()
			env.RegisterActivity(acts)
			_, err := env.ExecuteActivity(call[0], call[1:]...)
			var coded *temporal.ApplicationError
			require.ErrorAs(t, err, &coded, name)
			assert.Equal(t, c.code, coded.Type())
			assert.Equal(t, c.code, coded.Message())
			assert.Equal(t, c.final, coded.NonRetryable())
			assert.NotContains(t, err.Error(), "fred")
			assert.NoError(t, errors.Unwrap(coded))
		}
	}
}
