package schema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAJobsEndDecidesItsStep(t *testing.T) {
	succeeded := &schema.ActionResult{Status: schema.ActionSucceeded, Message: "Ended."}
	waits := &schema.ActionResult{Status: schema.ActionWaits}
	failed := &schema.ActionResult{Status: schema.ActionHasFailed, Message: "There is no process 10644 on this device."}
	lost := &schema.ActionResult{Status: schema.ActionUnknown, Message: "The agent was restarted."}
	for name, c := range map[string]struct {
		job  schema.JobEnd
		want schema.Outcome
	}{
		"succeeded": {schema.JobEnd{State: schema.JobFinished, Result: succeeded}, schema.Outcome{Result: succeeded, Detail: "Ended."}},
		"waits":     {schema.JobEnd{State: schema.JobFinished, Result: waits}, schema.Outcome{Result: waits}},
		"failed": {schema.JobEnd{State: schema.JobFinished, Result: failed},
			schema.Outcome{Reason: schema.ActionFailed, Result: failed, Detail: failed.Message}},
		"lost track":                    {schema.JobEnd{State: schema.JobUnknown, Result: lost}, schema.Outcome{Reason: schema.OutcomeUnknown, Detail: lost.Message}},
		"fell silent":                   {schema.JobEnd{State: schema.JobUnknown}, schema.Outcome{Reason: schema.OutcomeUnknown}},
		"expired":                       {schema.JobEnd{State: schema.JobExpired}, schema.Outcome{Reason: schema.NoDevice}},
		"timed out":                     {schema.JobEnd{State: schema.JobTimedOut, Begun: true, Idempotent: true}, schema.Outcome{Reason: schema.ActionTimedOut}},
		"timed out, not to be repeated": {schema.JobEnd{State: schema.JobTimedOut, Begun: true}, schema.Outcome{Reason: schema.OutcomeUnknown}},
		"still offered":                 {schema.JobEnd{State: schema.JobOffered}, schema.Outcome{Reason: schema.NoDevice}},
		"still leased":                  {schema.JobEnd{State: schema.JobLeased}, schema.Outcome{Reason: schema.NoDevice}},
		"still at it":                   {schema.JobEnd{State: schema.JobBegun, Begun: true, Idempotent: true}, schema.Outcome{Reason: schema.ActionTimedOut}},
		"withdrawn unbegun":             {schema.JobEnd{State: schema.JobWithdrawn}, schema.Outcome{Reason: schema.NoDevice}},
		"withdrawn when begun":          {schema.JobEnd{State: schema.JobWithdrawn, Begun: true, Idempotent: true}, schema.Outcome{Reason: schema.ActionTimedOut}},
		"finished with nothing":         {schema.JobEnd{State: schema.JobFinished}, schema.Outcome{Reason: schema.OutcomeUnknown}},
	} {
		t.Run(name, func(t *testing.T) {
			c.job.Step, c.want.Step = 3, 3
			require.Equal(t, c.want, schema.JobOutcome(c.job))
		})
	}
}
